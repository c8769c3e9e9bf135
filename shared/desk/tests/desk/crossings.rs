//! Crossings on real desks: two offices act before they hear of each other, and what is under way arrives in any order. One test
//! for each row of the table in DOMAIN.md; the rules alone are tested in `waymark_domain::referral::crossing`.

mod consents;
mod journeys;
mod offers;
mod orders;
mod places;
mod scenes;

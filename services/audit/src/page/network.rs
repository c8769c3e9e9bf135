//! Who referred to whom: a ring of offices with an arrow for each pair, and the same as a table.

use std::fmt::Write as _;

use super::{HIDDEN_BELOW, Names, people, row, say, table};
use crate::verify::Referred;

/// Offices in the drawing, at most; the table has all.
const DRAWN_MAX: usize = 16;
const SIZE: f64 = 520.0;
/// Height when there are two offices only.
const PAIR: f64 = 130.0;
const RING: f64 = 185.0;
const NODE: f64 = 26.0;

pub(super) fn draw(page: &mut String, referred: &[Referred], names: &Names) {
    page.push_str("<h2>Who referred to whom</h2>\n");
    if referred.is_empty() {
        return say(page, "Nobody referred to anybody.");
    }
    let mut offices: Vec<&str> =
        referred.iter().flat_map(|one| [one.from.as_str(), one.to.as_str()]).collect();
    offices.sort_unstable();
    offices.dedup();
    if offices.len() <= DRAWN_MAX {
        ring(page, &offices, referred, names);
    }
    let caption = format!("Referrals between offices; counts below {HIDDEN_BELOW} are not told");
    table(page, &caption, &["From", "To", "#For a service", "#To hand over", "#She was met"], |rows| {
        for one in referred {
            let (from, to) = (names.of_office(&one.from), names.of_office(&one.to));
            row(rows, &[&from, &to, &people(one.services), &people(one.hand_overs), &people(one.met)]);
        }
    });
}

fn ring(page: &mut String, offices: &[&str], referred: &[Referred], names: &Names) {
    let (middle, height) = (SIZE / 2.0, if offices.len() == 2 { PAIR } else { SIZE });
    let at = |office: &str| {
        let number = offices.iter().position(|known| *known == office).unwrap_or_default();
        let begin = if offices.len() == 2 { std::f64::consts::PI } else { -std::f64::consts::FRAC_PI_2 };
        let turn = std::f64::consts::TAU * number as f64 / offices.len() as f64 + begin;
        (middle + RING * turn.cos(), height / 2.0 + RING * turn.sin())
    };
    let _ = writeln!(
        page,
        "<svg viewBox=\"0 0 {SIZE} {height}\" width=\"{SIZE}\" height=\"{height}\" role=\"img\" aria-label=\"Arrows from each office to those it referred to; the table below says the same.\">\n\
         <defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0 8 4 0 8z\"/></marker></defs>"
    );
    for one in referred.iter().filter(|one| one.from != one.to) {
        let (from, to) = (at(&one.from), at(&one.to));
        let (across, down) = (to.0 - from.0, to.1 - from.1);
        let length = across.hypot(down).max(1.0);
        let (x, y) = (across / length, down / length);
        // A bend to the left keeps the arrows of both directions apart.
        let bend = (f64::midpoint(from.0, to.0) + y * 30.0, f64::midpoint(from.1, to.1) - x * 30.0);
        let (begin, end) = (towards(from, bend, NODE), towards(to, bend, NODE + 3.0));
        let _ = writeln!(
            page,
            "<path class=\"edge\" d=\"M{:.1} {:.1}Q{:.1} {:.1} {:.1} {:.1}\" marker-end=\"url(#tip)\"/>\n\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" class=\"soft\">{}</text>",
            begin.0,
            begin.1,
            bend.0,
            bend.1,
            end.0,
            end.1,
            bend.0,
            bend.1,
            short(one.services + one.hand_overs)
        );
    }
    for office in offices {
        let (x, y) = at(office);
        let below = y + NODE + 15.0;
        let _ = writeln!(
            page,
            "<circle class=\"node\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{NODE}\"/>\n\
             <text x=\"{x:.1}\" y=\"{below:.1}\" text-anchor=\"middle\">{}</text>",
            names.of_office(office)
        );
    }
    page.push_str("</svg>\n");
}

/// The point at a distance from one point on the way to another.
fn towards(from: (f64, f64), to: (f64, f64), distance: f64) -> (f64, f64) {
    let (across, down) = (to.0 - from.0, to.1 - from.1);
    let length = across.hypot(down).max(1.0);
    (from.0 + across / length * distance, from.1 + down / length * distance)
}

/// A count beside an arrow.
fn short(count: u64) -> String {
    if count < HIDDEN_BELOW { format!("&lt;{HIDDEN_BELOW}") } else { count.to_string() }
}

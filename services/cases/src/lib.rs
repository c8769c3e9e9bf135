//! Projection of open cases and referrals, and its services

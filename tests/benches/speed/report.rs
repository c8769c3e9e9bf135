//! One line of JSON for each figure, with the limit that was measured beside it in the same run.

use serde_json::json;

/// What a figure is held against.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reach {
    /// At least this share of the limit.
    Share(f64),
    /// At most this many times the limit.
    Times(f64),
    /// At most this, in the figure's own unit.
    AtMost(f64),
    /// At least this, in the figure's own unit.
    AtLeast(f64),
    /// Nothing is demanded; told because it explains another figure.
    Told,
}

/// A figure of the table.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    /// What was measured beside it, and its value in the unit of the figure.
    pub(crate) limit: Option<(&'static str, f64)>,
    pub(crate) reach: Reach,
}

impl Row {
    /// Prints the line; `false` when the reach is missed.
    pub(crate) fn print(&self) -> bool {
        let ratio = self.limit.map(|(_, limit)| self.value / limit);
        let (reach, met) = match self.reach {
            Reach::Share(share) => (format!(">= {share} x"), ratio.map(|ratio| ratio >= share)),
            Reach::Times(times) => (format!("<= {times} x"), ratio.map(|ratio| ratio <= times)),
            Reach::AtMost(most) => (format!("<= {most} {}", self.unit), Some(self.value <= most)),
            Reach::AtLeast(least) => (format!(">= {least} {}", self.unit), Some(self.value >= least)),
            Reach::Told => ("-".to_owned(), None),
        };
        let line = json!({
            "name": self.name,
            "value": rounded(self.value),
            "unit": self.unit,
            "limit": self.limit.map(|(name, value)| json!({ "name": name, "value": rounded(value) })),
            "ratio": ratio.map(rounded),
            "reach": reach,
            "met": met,
        });
        println!("{line}");
        met.unwrap_or(true)
    }
}

fn rounded(value: f64) -> f64 {
    let scale = if value.abs() >= 100.0 { 1.0 } else { 1_000.0 };
    (value * scale).round() / scale
}

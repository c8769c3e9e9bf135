//! Counts as a record tells them: less than eleven is never told, nor what would give it away.

/// The smallest count that is told (k ≥ 11).
const TOLD_MIN: u32 = 11;

/// A count by itself.
pub(crate) fn told(count: u32) -> String {
    if count < TOLD_MIN { format!("<{TOLD_MIN}") } else { count.to_string() }
}

/// Tells counts that add up to one another: with one of them hidden, the others are told in tens, so that no difference tells it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts {
    hides: bool,
}

impl Parts {
    /// Of the counts of every row that shares one sum.
    pub(crate) fn of(counts: impl IntoIterator<Item = u32>) -> Self {
        Self { hides: counts.into_iter().any(|count| count < TOLD_MIN) }
    }

    /// One of the rows, or their sum.
    pub(crate) fn told(self, count: u32) -> String {
        if self.hides && count >= TOLD_MIN { format!("{}+", count / 10 * 10) } else { told(count) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_than_eleven_is_not_told() {
        assert_eq!([0, 1, 10, 11, 300].map(told), ["<11", "<11", "<11", "11", "300"]);
    }

    #[test]
    fn no_difference_of_what_is_told_gives_a_hidden_count() {
        for hidden in 0..11 {
            let parts = Parts::of([15, hidden]);
            let shown = [15, hidden, 15 + hidden].map(|count| parts.told(count));
            assert_eq!(shown[..2], ["10+", "<11"]);
            assert!(shown[2] == "10+" || shown[2] == "20+", "{}", shown[2]);
        }
        let open = Parts::of([15, 20]);
        assert_eq!([15, 20, 35].map(|count| open.told(count)), ["15", "20", "35"]);
    }
}

//! How the offices of a run decide and erase: as the domain says, or wrong on purpose.

use std::sync::Arc;

use waymark_desk::{DomainRules, Duty, Keeping, Rules};
use waymark_domain::time::DAY;
use waymark_domain::words::{Category, RetentionGround};

/// What is the same at every office of a run.
#[derive(Clone)]
pub struct Conduct {
    /// What decides.
    pub rules: Arc<dyn Rules>,
    /// Nothing is erased, because every office waits with it for ever.
    pub erases_never: bool,
}

impl Default for Conduct {
    fn default() -> Self {
        Self { rules: Arc::new(DomainRules), erases_never: false }
    }
}

impl Conduct {
    /// What an office has decided about erasing: most erase at once, some wait a day for somebody to claim a ground, some have a duty
    /// to keep.
    #[must_use]
    pub fn keeping(&self, office: u16) -> Keeping {
        let waits = if office.is_multiple_of(4) { DAY } else { 0 };
        let duty =
            Duty { categories: vec![Category::Identity], ground: RetentionGround::LegalObligation, days: 10 };
        Keeping {
            wait_seconds: if self.erases_never { 1 << 40 } else { waits },
            duty: office.is_multiple_of(5).then_some(duty),
            closed_case_days: None,
        }
    }
}

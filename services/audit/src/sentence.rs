//! Each event as one plain English sentence, also those that this version cannot read.

use waymark_desk::Seen;
use waymark_domain::describe::describe;
use waymark_domain::event::rule_of;
use waymark_domain::ids::OfficeId;

/// What happened, told of the office that wrote it.
pub(crate) fn sentence(seen: &Seen, name: &dyn Fn(OfficeId) -> String) -> String {
    match &seen.event {
        Ok(event) => describe(seen.author(), event, name),
        Err(_) => {
            let kind = rule_of(seen.kind).map_or("unknown", |rule| rule.name);
            let who = name(seen.author());
            format!(
                "{who} wrote an entry of a newer version (kind {}, {kind}); it is kept and not applied.",
                seen.kind
            )
        }
    }
}

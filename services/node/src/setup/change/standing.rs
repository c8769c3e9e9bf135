//! Whether an office takes part: suspended for a while, active again, or left for good.

use std::collections::BTreeSet;

use waymark_api::exit::Exit;
use waymark_seal::roster::{OfficeState, Roster};

use crate::fault::Fault;

/// Gives offices another state. Each is named once.
pub(crate) fn apply(roster: &mut Roster, changes: &[(OfficeState, &str)]) -> Result<(), Fault> {
    let mut named = BTreeSet::new();
    for (state, name) in changes {
        let office = super::office(roster, name)?;
        if !named.insert(office.id) {
            return Err(Fault::usage(format!("the office {} is named twice", office.name))
                .next("Say once what becomes of an office."));
        }
        let conflict = |what: &str| Fault::new(Exit::Conflict, format!("the office {} {what}", office.name));
        match (office.state, *state) {
            (OfficeState::Left, OfficeState::Left) => return Err(conflict("has left already")),
            (OfficeState::Left, OfficeState::Active | OfficeState::Suspended) => {
                return Err(conflict("has left, and who has left does not come back")
                    .next("Let it join anew, with `waymark office create`."));
            }
            (OfficeState::Active, OfficeState::Active) => return Err(conflict("is not suspended")),
            (OfficeState::Suspended, OfficeState::Suspended) => return Err(conflict("is suspended already")),
            (OfficeState::Active | OfficeState::Suspended, state) => office.state = state,
        }
    }
    Ok(())
}

//! What a version of the roster changes besides taking in offices: one file for each kind of change. A change says what cannot be done
//! and changes nothing then; what no version may do at all, the chain of the roster refuses.

pub(crate) mod keys;
pub(crate) mod roots;
pub(crate) mod standing;

use waymark_api::exit::Exit;
use waymark_seal::roster::{Office, Roster};

use crate::fault::Fault;

/// The office that somebody names: by its name in the roster or by its identifier.
fn office<'r>(roster: &'r mut Roster, named: &str) -> Result<&'r mut Office, Fault> {
    let lower = named.to_lowercase();
    let is_named =
        |office: &&mut Office| office.name.to_lowercase() == lower || office.id.to_string() == lower;
    let mut found = roster.offices.iter_mut().filter(is_named);
    let office = found.next().ok_or_else(|| {
        Fault::new(Exit::NotFound, "the roster has no office of that name or identifier")
            .next("`waymark roster show` lists its offices.")
    })?;
    if found.next().is_some() {
        return Err(Fault::new(Exit::Conflict, "the roster has two offices of that name")
            .next("Name the office by its identifier; `waymark roster show` lists them."));
    }
    Ok(office)
}

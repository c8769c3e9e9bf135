//! New keys of an office: for its log from the next head on, and for cosigning others' logs.

use waymark_api::exit::Exit;
use waymark_seal::checkpoint::Head;
use waymark_seal::roster::{LogRange, OfficeState, Roster};

use crate::fault::Fault;
use crate::setup::keys_file::{KeysFile, LogKeys};

/// Ends the key that signs the office's log at the head that the file names, and lets the new one follow; puts the new witness key in
/// place of the old one.
pub(crate) fn apply(roster: &mut Roster, file: &KeysFile) -> Result<(), Fault> {
    let wrong = |what: &str| {
        Fault::new(Exit::Conflict, format!("the new keys of {} do not fit the roster: {what}", file.name))
            .next("Let the office run `waymark office rotate` once more, after adopting the newest roster.")
    };
    if file.network != roster.network {
        return Err(Fault::usage(format!("the new keys of {} are for another network", file.name)));
    }
    let office = roster.offices.iter_mut().find(|office| office.id == file.office);
    let office = office.ok_or_else(|| wrong("it names no office there"))?;
    if office.name != file.name {
        return Err(wrong("that office has another name there"));
    }
    if office.state == OfficeState::Left {
        return Err(Fault::new(
            Exit::Conflict,
            format!("the office {} has left, and signs nothing more", office.name),
        ));
    }
    if let Some(LogKeys { ends, key }) = file.log_key {
        let current = office.logs.last_mut().filter(|range| range.end.is_none());
        let current = current.ok_or_else(|| wrong("that office has no log in use there"))?;
        if current.key == key {
            return Err(wrong("it has that key already"));
        }
        if current.log != file.log || ends.size < current.from {
            return Err(wrong("the head at which the old key is to end is not one of the log in use there"));
        }
        current.end = Some(Head { size: ends.size, root: ends.root });
        office.logs.push(LogRange { log: file.log, from: ends.size + 1, end: None, key });
    }
    if let Some(witness) = file.witness_key {
        if office.witness == Some(witness) {
            return Err(wrong("it has that witness key already"));
        }
        office.witness = Some(witness);
    }
    Ok(())
}

//! What one version of the roster changes compared with the one before, in sentences: what root holders read before they sign.
//!
//! Every difference between two versions gives a sentence; a draft may come from another program than this one.

use std::collections::BTreeSet;

use waymark_seal::roster::{LogRange, Office, OfficeState, Roster};

/// What `after` changes, the root keys first, then office by office.
pub(crate) fn sentences(before: &Roster, after: &Roster) -> Vec<String> {
    let mut told = roots(before, after);
    for office in &after.offices {
        let name = &office.name;
        match before.office(&office.id) {
            Some(old) => told.extend(changed(old, office).into_iter().map(|what| format!("{name}: {what}"))),
            None => told.push(format!(
                "{name}: a new office of {}, {}, at {}, {}",
                office.organisation,
                country(office),
                office.slot_name(),
                standing(office.state)
            )),
        }
    }
    let gone = before.offices.iter().filter(|office| after.office(&office.id).is_none());
    told.extend(gone.map(|office| format!("{}: is not named any more", office.name)));
    let (from, until) = (before.expires_at.day(), after.expires_at.day());
    if before.expires_at != after.expires_at {
        told.push(format!("in force until {until}, before until {from}"));
    }
    told
}

fn roots(before: &Roster, after: &Roster) -> Vec<String> {
    let mut told = Vec::new();
    let counts = |roster: &Roster| format!("{} of {}", roster.threshold, roster.roots.len());
    if counts(before) != counts(after) {
        told.push(format!("root keys that must sign: {} → {}", counts(before), counts(after)));
    }
    let old: BTreeSet<_> = before.roots.iter().map(|root| (&root.name, root.key)).collect();
    let new: BTreeSet<_> = after.roots.iter().map(|root| (&root.name, root.key)).collect();
    told.extend(old.difference(&new).map(|(name, _)| format!("root key {name}: removed")));
    told.extend(new.difference(&old).map(|(name, _)| format!("root key {name}: added")));
    told
}

fn changed(old: &Office, new: &Office) -> Vec<String> {
    let mut told = Vec::new();
    if old.state != new.state {
        told.push(standing(new.state).to_owned());
    }
    let common = old.logs.iter().zip(&new.logs);
    let rewritten = common.clone().any(|(old, new)| {
        (old.log, old.from, old.key) != (new.log, new.from, new.key)
            || old.end.is_some_and(|end| Some(end) != new.end)
    });
    if rewritten || new.logs.len() < old.logs.len() {
        told.push("an earlier log key was changed, which no version may do".to_owned());
    }
    let ended = common.filter(|(old, new)| old.end.is_none() && new.end.is_some());
    let followed = new.logs.iter().skip(old.logs.len());
    told.extend(ended.map(|(_, range)| ended_at(range, new)));
    told.extend(followed.map(opened));
    match (old.witness, new.witness) {
        (old, new) if old == new => {}
        (_, None) => told.push("it witnesses others no more".to_owned()),
        (None, Some(_)) => told.push("it witnesses others from now on".to_owned()),
        (Some(_), Some(_)) => told.push("new witness key".to_owned()),
    }
    for (what, before, after) in [
        ("name", old.name.clone(), new.name.clone()),
        ("organisation", old.organisation.clone(), new.organisation.clone()),
        ("country", country(old), country(new)),
        ("institution", old.institution.word().to_owned(), new.institution.word().to_owned()),
        ("roles", roles(old), roles(new)),
        ("post box", old.slot_name(), new.slot_name()),
    ] {
        if before != after {
            told.push(format!("{what} changed from {before} to {after}"));
        }
    }
    told
}

/// How a range ends: the next key goes on in the same log, or the log is closed.
fn ended_at(range: &LogRange, office: &Office) -> String {
    let size = range.end.map_or(0, |end| end.size);
    let goes_on = office.logs.iter().any(|next| next.log == range.log && next.from > range.from);
    if goes_on {
        format!("its old log key ends with entry {}", grouped(size))
    } else {
        format!("its log {} is closed after entry {}", range.log, grouped(size))
    }
}

fn opened(range: &LogRange) -> String {
    let ended = if range.end.is_some() { ", which has ended" } else { "" };
    match range.from {
        0 => format!("it goes on in log {} under a new key{ended}", range.log),
        from => format!("new log key from entry {} on{ended}", grouped(from)),
    }
}

const fn standing(state: OfficeState) -> &'static str {
    match state {
        OfficeState::Active => "active",
        OfficeState::Suspended => "suspended",
        OfficeState::Left => "has left for good",
    }
}

fn country(office: &Office) -> String {
    office.country.iter().map(|letter| char::from(*letter)).collect()
}

fn roles(office: &Office) -> String {
    office.roles.iter().map(|role| role.word()).collect::<Vec<_>>().join(", ")
}

/// A number with a comma between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut told = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU16;

    use super::*;
    use waymark_domain::ids::{Hash, NetworkId, OfficeId};
    use waymark_domain::time::Timestamp;
    use waymark_domain::words::{Institution, OfficeRole};
    use waymark_seal::checkpoint::Head;
    use waymark_seal::note::Verifier;
    use waymark_seal::sign::{PublicKey, RootKey};

    fn key(seed: u8) -> PublicKey {
        RootKey::from_seed(&[seed; 32]).public()
    }

    fn office(number: u8, name: &str) -> Office {
        Office {
            id: OfficeId([number; 16]),
            slot: NonZeroU16::new(number.into()).expect("slots count from 1"),
            state: OfficeState::Active,
            country: *b"BG",
            institution: Institution::Ngo,
            roles: vec![OfficeRole::Office],
            name: name.to_owned(),
            organisation: format!("{name} help"),
            logs: vec![LogRange { log: 0, from: 0, end: None, key: key(100 + number) }],
            witness: Some(key(150 + number)),
        }
    }

    fn roster() -> Roster {
        let root = |name: &str, seed| Verifier { name: name.to_owned(), key: key(seed) };
        Roster {
            network: NetworkId([7; 16]),
            version: 1,
            previous: Hash([0; 32]),
            expires_at: Timestamp(1_800_000_000),
            threshold: 2,
            roots: vec![root("anna", 1), root("boris", 2), root("chitra", 3)],
            offices: vec![office(1, "north"), office(2, "south")],
        }
    }

    fn told(change: impl Fn(&mut Roster)) -> Vec<String> {
        let mut after = roster();
        change(&mut after);
        sentences(&roster(), &after)
    }

    #[test]
    fn each_change_is_told_in_its_sentence() {
        assert_eq!(told(|_| ()), Vec::<String>::new());
        let end = Some(Head { size: 1_233, root: Hash([4; 32]) });
        let rotated = told(|after| {
            after.offices[0].logs[0].end = end;
            after.offices[0].logs.push(LogRange { log: 0, from: 1_234, end: None, key: key(9) });
        });
        assert_eq!(
            rotated,
            ["north: its old log key ends with entry 1,233", "north: new log key from entry 1,234 on"]
        );
        let closed = told(|after| {
            after.offices[0].logs[0].end = end;
            after.offices[0].logs.push(LogRange { log: 1, from: 0, end: None, key: key(9) });
        });
        assert_eq!(
            closed,
            ["north: its log 0 is closed after entry 1,233", "north: it goes on in log 1 under a new key"]
        );
        assert_eq!(told(|after| after.offices[1].state = OfficeState::Suspended), ["south: suspended"]);
        assert_eq!(told(|after| after.offices[1].state = OfficeState::Left), ["south: has left for good"]);
        assert_eq!(told(|after| after.offices[1].witness = Some(key(9))), ["south: new witness key"]);
        assert_eq!(told(|after| after.threshold = 3), ["root keys that must sign: 2 of 3 → 3 of 3"]);
        let other_root = told(|after| after.roots[0].key = key(9));
        assert_eq!(other_root, ["root key anna: removed", "root key anna: added"]);
        assert!(
            told(|after| after.offices.push(office(3, "east")))[0]
                .starts_with("east: a new office of east help")
        );
    }

    #[test]
    fn no_difference_goes_untold() {
        type Change = fn(&mut Roster);
        let changes: [Change; 14] = [
            |after| after.expires_at = Timestamp(1_900_000_000),
            |after| after.threshold = 1,
            |after| after.roots.truncate(2),
            |after| after.roots[0].name = "dora".to_owned(),
            |after| after.offices.truncate(1),
            |after| after.offices[0].slot = NonZeroU16::new(9).expect("a slot"),
            |after| after.offices[0].country = *b"NO",
            |after| after.offices[0].institution = Institution::Shelter,
            |after| after.offices[0].roles = vec![OfficeRole::Partner],
            |after| after.offices[0].name = "other".to_owned(),
            |after| after.offices[0].organisation = "other".to_owned(),
            |after| after.offices[0].logs[0].key = key(9),
            |after| after.offices[0].logs.clear(),
            |after| after.offices[0].witness = None,
        ];
        for (at, change) in changes.into_iter().enumerate() {
            assert!(!told(change).is_empty(), "change {at} is not told");
        }
    }
}

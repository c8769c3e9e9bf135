//! The text of a roster version: one fact a line, one form only.
//!
//! ```text
//! waymark-roster/v1
//! network <32 hex>
//! version <decimal>
//! previous <64 hex>
//! expires <seconds since 1970>
//! threshold <decimal>
//! root <name> <64 hex>                                              once for each root key
//! office <32 hex> <slot> <state> <country> <institution> <roles>    once for each office, then its lines:
//! name <text>
//! organisation <text>
//! log <incarnation> <from> <to> <root> <64 hex>                     `-` for to and root while the key is in use
//! witness <64 hex>                                                  when it witnesses
//! ```

use std::num::NonZeroU16;

use waymark_domain::ids::{Hash, OfficeId};
use waymark_domain::time::Timestamp;
use waymark_domain::words::{Institution, OfficeRole};

use super::{LogRange, NAME_MAX, Office, OfficeState, Roster, RosterFault};
use crate::checkpoint::{Head, decimal};
use crate::note::{Verifier, is_name};
use crate::prefix;
use crate::sign::PublicKey;

pub(super) fn write(roster: &Roster) -> String {
    let mut text = prefix::ROSTER.text.to_owned();
    let mut line = |fact: std::fmt::Arguments<'_>| {
        text.push_str(&fact.to_string());
        text.push('\n');
    };
    line(format_args!("network {}", roster.network));
    line(format_args!("version {}", roster.version));
    line(format_args!("previous {}", roster.previous));
    line(format_args!("expires {}", roster.expires_at.0));
    line(format_args!("threshold {}", roster.threshold));
    for root in &roster.roots {
        line(format_args!("root {} {}", root.name, root.key));
    }
    for office in &roster.offices {
        let [one, two] = office.country.map(char::from);
        let roles: Vec<_> = office.roles.iter().map(|role| role.word()).collect();
        line(format_args!(
            "office {} {} {} {one}{two} {} {}",
            office.id,
            office.slot_name(),
            office.state.word(),
            office.institution.word(),
            roles.join(","),
        ));
        line(format_args!("name {}", office.name));
        line(format_args!("organisation {}", office.organisation));
        for range in &office.logs {
            match range.end {
                Some(end) => line(format_args!(
                    "log {} {} {} {} {}",
                    range.log, range.from, end.size, end.root, range.key
                )),
                None => line(format_args!("log {} {} - - {}", range.log, range.from, range.key)),
            }
        }
        if let Some(witness) = &office.witness {
            line(format_args!("witness {witness}"));
        }
    }
    text
}

pub(super) fn read(text: &str) -> Result<Roster, RosterFault> {
    let body = text.strip_prefix(prefix::ROSTER.text).ok_or(RosterFault::Malformed(1))?;
    let mut lines = Lines { rest: body, number: 1 };
    let network = lines.fact("network")?.parse().map_err(|_| lines.malformed())?;
    let version = lines.number("version")?;
    let previous = lines.fact("previous")?.parse().map_err(|_| lines.malformed())?;
    let expires_at = Timestamp(lines.number("expires")?);
    let threshold = lines.number("threshold")?;
    let mut roots = Vec::new();
    while let Some(fact) = lines.fact_if("root") {
        let (name, key) = fact.split_once(' ').filter(|(name, _)| is_name(name)).ok_or(lines.malformed())?;
        roots.push(Verifier { name: name.to_owned(), key: lines.key(key)? });
    }
    let mut offices = Vec::new();
    while !lines.rest.is_empty() {
        offices.push(lines.office()?);
    }
    Ok(Roster { network, version, previous, expires_at, threshold, roots, offices })
}

struct Lines<'a> {
    rest: &'a str,
    /// Line read last, from 1.
    number: usize,
}

impl<'a> Lines<'a> {
    const fn malformed(&self) -> RosterFault {
        RosterFault::Malformed(self.number)
    }

    /// What follows `word` on the next line, if that line begins with it.
    fn fact_if(&mut self, word: &str) -> Option<&'a str> {
        let (line, rest) = self.rest.split_once('\n')?;
        let fact = line.strip_prefix(word)?.strip_prefix(' ')?;
        self.rest = rest;
        self.number += 1;
        Some(fact)
    }

    fn fact(&mut self, word: &str) -> Result<&'a str, RosterFault> {
        self.fact_if(word).ok_or(RosterFault::Malformed(self.number + 1))
    }

    fn number<N: TryFrom<u64>>(&mut self, word: &str) -> Result<N, RosterFault> {
        let fact = self.fact(word)?;
        self.narrow(fact)
    }

    fn narrow<N: TryFrom<u64>>(&self, text: &str) -> Result<N, RosterFault> {
        decimal(text).and_then(|number| N::try_from(number).ok()).ok_or(self.malformed())
    }

    fn key(&self, text: &str) -> Result<PublicKey, RosterFault> {
        let bytes: Hash = text.parse().map_err(|_| self.malformed())?;
        PublicKey::new(bytes.0).map_err(|_| RosterFault::WeakKey(self.number))
    }

    fn label(&mut self, word: &str) -> Result<String, RosterFault> {
        let fact = self.fact(word)?;
        let plain = !fact.is_empty() && fact.len() <= NAME_MAX && fact.trim() == fact;
        let plain = plain && !fact.chars().any(char::is_control);
        plain.then(|| fact.to_owned()).ok_or(self.malformed())
    }

    fn office(&mut self) -> Result<Office, RosterFault> {
        let fact = self.fact("office")?;
        let words: Vec<_> = fact.split(' ').collect();
        let &[id, slot, state, country, institution, roles] = words.as_slice() else {
            return Err(self.malformed());
        };
        let (id, slot, state, country, institution, roles) =
            parse_office(id, slot, state, country, institution, roles).ok_or(self.malformed())?;
        let name = self.label("name")?;
        let organisation = self.label("organisation")?;
        let mut logs = Vec::new();
        while let Some(fact) = self.fact_if("log") {
            logs.push(self.log_range(fact)?);
        }
        let witness = self.fact_if("witness").map(|key| self.key(key)).transpose()?;
        Ok(Office { id, slot, state, country, institution, roles, name, organisation, logs, witness })
    }

    fn log_range(&self, fact: &str) -> Result<LogRange, RosterFault> {
        let words: Vec<_> = fact.split(' ').collect();
        let &[log, from, to, root, key] = words.as_slice() else { return Err(self.malformed()) };
        let end = match (to, root) {
            ("-", "-") => None,
            _ => Some(Head { size: self.narrow(to)?, root: root.parse().map_err(|_| self.malformed())? }),
        };
        // The last size must leave room for the next key's first.
        if end.is_some_and(|end| end.size == u64::MAX) {
            return Err(self.malformed());
        }
        Ok(LogRange { log: self.narrow(log)?, from: self.narrow(from)?, end, key: self.key(key)? })
    }
}

type OfficeWords = (OfficeId, NonZeroU16, OfficeState, [u8; 2], Institution, Vec<OfficeRole>);

fn parse_office(
    id: &str,
    slot: &str,
    state: &str,
    country: &str,
    institution: &str,
    roles: &str,
) -> Option<OfficeWords> {
    let slot = slot.strip_prefix('s')?.parse().ok()?;
    let country: [u8; 2] = country.as_bytes().try_into().ok()?;
    let country = country.iter().all(u8::is_ascii_uppercase).then_some(country)?;
    let roles = roles.split(',').map(OfficeRole::from_word).collect::<Option<_>>()?;
    let state = OfficeState::from_word(state)?;
    Some((id.parse().ok()?, slot, state, country, Institution::from_word(institution)?, roles))
}

impl OfficeState {
    /// The word as the roster writes it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Left => "left",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Active, Self::Suspended, Self::Left].into_iter().find(|state| state.word() == word)
    }
}

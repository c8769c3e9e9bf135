//! Which cosignatures are enough: a quorum of witnesses, counted by organisation (C2SP tlog-policy).
//!
//! The network's own rule is [`Policy::of_office`]: two organisations other than the log's. An auditor may bring another one as a
//! file.

use std::collections::{BTreeMap, BTreeSet};

use waymark_domain::ids::OfficeId;

use crate::checkpoint::{Origin, decimal};
use crate::cosign::Cosigner;
use crate::roster::{OfficeState, Roster};
use crate::sign::PublicKey;
use crate::vkey::{self, LOG, WITNESS};

/// Organisations other than the log's own that must have cosigned.
pub const QUORUM: usize = 2;
/// Bytes of a policy file, at most.
pub const POLICY_MAX: usize = 256 * 1024;
/// Logs, witnesses and groups, each at most.
pub const NAMES_MAX: usize = 1_024;

/// A quorum over witnesses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The logs for which it holds: name and key. None: any.
    pub logs: Vec<(String, PublicKey)>,
    /// The witnesses, by name in this policy.
    pub witnesses: BTreeMap<String, Cosigner>,
    groups: Vec<Group>,
    quorum: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    name: String,
    needed: usize,
    members: Vec<String>,
}

/// Why a text is not a policy: what is wrong in which line, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the policy: {what}")]
pub struct PolicyFault {
    /// The line; 0 for the whole.
    pub line: usize,
    /// What is wrong.
    pub what: &'static str,
}

impl Policy {
    /// The rule of the network for one log: [`QUORUM`] other organisations, or as many as there are if there are fewer.
    #[must_use]
    pub fn of_office(roster: &Roster, office: &OfficeId, log: Option<(&Origin, &PublicKey)>) -> Self {
        let own = roster.office(office).map(|office| office.organisation.as_str());
        let mut witnesses = BTreeMap::new();
        let mut by_organisation: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for other in &roster.offices {
            let taking_part = other.state == OfficeState::Active && Some(other.organisation.as_str()) != own;
            let Some(key) = other.witness.filter(|_| taking_part) else { continue };
            let name = other.slot_name();
            witnesses.insert(name.clone(), Cosigner::of(&roster.network, &other.id, key));
            by_organisation.entry(&other.organisation).or_default().push(name);
        }
        let mut groups: Vec<Group> = (1..)
            .zip(by_organisation.into_values())
            .map(|(number, members)| Group { name: format!("organisation-{number}"), needed: 1, members })
            .collect();
        let members: Vec<String> = groups.iter().map(|group| group.name.clone()).collect();
        let quorum = (!members.is_empty()).then(|| "others".to_owned());
        if let Some(name) = &quorum {
            groups.push(Group { name: name.clone(), needed: members.len().min(QUORUM), members });
        }
        let logs = log.map(|(origin, key)| (origin.to_string(), *key)).into_iter().collect();
        Self { logs, witnesses, groups, quorum }
    }

    /// Whether the witnesses that `cosigned` names (by their names in this policy) are enough.
    #[must_use]
    pub fn met(&self, cosigned: &BTreeSet<&str>) -> bool {
        let Some(quorum) = &self.quorum else { return true };
        let mut met: BTreeSet<&str> =
            cosigned.iter().copied().filter(|name| self.witnesses.contains_key(*name)).collect();
        for group in &self.groups {
            let members = group.members.iter().filter(|member| met.contains(member.as_str())).count();
            if members >= group.needed {
                met.insert(&group.name);
            }
        }
        met.contains(quorum.as_str())
    }

    /// Whether no cosignature is asked for at all.
    #[must_use]
    pub const fn asks_for_none(&self) -> bool {
        self.quorum.is_none()
    }

    /// The policy as a file.
    #[must_use]
    pub fn encode(&self) -> String {
        let logs = self.logs.iter().map(|(name, key)| format!("log {}\n", vkey::encode(name, LOG, key)));
        let witnesses =
            self.witnesses.iter().map(|(name, witness)| format!("witness {name} {}\n", witness.vkey()));
        let groups = self
            .groups
            .iter()
            .map(|group| format!("group {} {} {}\n", group.name, group.needed, group.members.join(" ")));
        let quorum = format!("quorum {}\n", self.quorum.as_deref().unwrap_or("none"));
        logs.chain(witnesses).chain(groups).chain([quorum]).collect()
    }

    /// Reads a policy file.
    ///
    /// # Errors
    /// [`PolicyFault`] names the line.
    pub fn parse(text: &str) -> Result<Self, PolicyFault> {
        let whole = |what| PolicyFault { line: 0, what };
        if text.len() > POLICY_MAX {
            return Err(whole("it is too large"));
        }
        let lines = text.strip_suffix('\n').ok_or(whole("it does not end with a newline"))?;
        let mut reading = Reading::default();
        for (number, line) in (1..).zip(lines.split('\n')) {
            reading.line(line).map_err(|what| PolicyFault { line: number, what })?;
        }
        let quorum = reading.quorum.ok_or(whole("it has no quorum line"))?;
        Ok(Self { logs: reading.logs, witnesses: reading.witnesses, groups: reading.groups, quorum })
    }
}

#[derive(Default)]
struct Reading {
    logs: Vec<(String, PublicKey)>,
    witnesses: BTreeMap<String, Cosigner>,
    groups: Vec<Group>,
    members: BTreeSet<String>,
    quorum: Option<Option<String>>,
}

impl Reading {
    fn line(&mut self, line: &str) -> Result<(), &'static str> {
        if line.bytes().any(|byte| (byte < 0x20 && byte != b'\t') || byte == 0x7f) {
            return Err("a control character");
        }
        let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
        let Some(word) = words.next() else { return Ok(()) };
        if word.starts_with('#') {
            return Ok(());
        }
        let words: Vec<&str> = words.collect();
        match (word, words.as_slice()) {
            ("log", [vkey] | [vkey, _]) => self.log(vkey),
            ("witness", [name, vkey] | [name, vkey, _]) => self.witness(name, vkey),
            ("group", [name, needed, members @ ..]) => self.group(name, needed, members),
            ("quorum", [name]) => self.quorum(name),
            _ => Err("not a line of a policy"),
        }
    }

    fn log(&mut self, text: &str) -> Result<(), &'static str> {
        let (name, key) = vkey::parse(text, LOG)?;
        if self.logs.len() >= NAMES_MAX || self.logs.iter().any(|(_, known)| *known == key) {
            return Err("a log twice, or too many");
        }
        self.logs.push((name, key));
        Ok(())
    }

    fn witness(&mut self, name: &str, text: &str) -> Result<(), &'static str> {
        self.fresh(name)?;
        let (of, key) = vkey::parse(text, WITNESS)?;
        if self.witnesses.values().any(|known| known.key == key) {
            return Err("a witness twice");
        }
        self.witnesses.insert(name.to_owned(), Cosigner { name: of, key });
        Ok(())
    }

    fn group(&mut self, name: &str, needed: &str, members: &[&str]) -> Result<(), &'static str> {
        self.fresh(name)?;
        for member in members {
            if !self.is_known(member) {
                return Err("a member that no line before defines");
            }
            if !self.members.insert((*member).to_owned()) {
                return Err("a member of two groups");
            }
        }
        let needed = match needed {
            "all" => members.len(),
            "any" => 1,
            number => decimal(number)
                .and_then(|number| usize::try_from(number).ok())
                .ok_or("not a number of members")?,
        };
        if needed == 0 || needed > members.len() {
            return Err("more members needed than there are, or none");
        }
        let members = members.iter().map(|member| (*member).to_owned()).collect();
        self.groups.push(Group { name: name.to_owned(), needed, members });
        Ok(())
    }

    fn quorum(&mut self, name: &str) -> Result<(), &'static str> {
        if self.quorum.is_some() {
            return Err("a second quorum");
        }
        if name != "none" && !self.is_known(name) {
            return Err("a quorum that no line before defines");
        }
        self.quorum = Some((name != "none").then(|| name.to_owned()));
        Ok(())
    }

    fn is_known(&self, name: &str) -> bool {
        self.witnesses.contains_key(name) || self.groups.iter().any(|group| group.name == name)
    }

    fn fresh(&self, name: &str) -> Result<(), &'static str> {
        if self.witnesses.len() + self.groups.len() >= NAMES_MAX {
            return Err("too many names");
        }
        if name == "none" || self.is_known(name) { Err("a name twice") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::WitnessKey;

    fn witness(seed: u8) -> Cosigner {
        Cosigner { name: format!("witness.example/{seed}"), key: WitnessKey::from_seed(&[seed; 32]).public() }
    }

    /// The example of c2sp.org/tlog-policy.
    fn example() -> String {
        let mut text = String::from("# two groups\n\n");
        for (name, seed) in [("X1", 1), ("X2", 2), ("X3", 3)] {
            text += &format!("witness {name} {}\n", witness(seed).vkey());
        }
        text += "group X-witnesses 2 X1 X2 X3\n";
        for (name, seed) in [("Y1", 4), ("Y2", 5), ("Y3", 6)] {
            text += &format!("\twitness  {name} {} https://y.example/ \n", witness(seed).vkey());
        }
        text + "group Y-witnesses any Y1 Y2 Y3\ngroup X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n"
    }

    #[test]
    fn the_published_example_means_what_it_says() {
        let policy = Policy::parse(&example()).unwrap();
        let met = |names: &[&str]| policy.met(&names.iter().copied().collect());
        assert!(met(&["X1", "X3", "Y2"]));
        assert!(met(&["X1", "X2", "X3", "Y1", "Y2", "Y3"]));
        assert!(!met(&["X1", "X2", "X3"]));
        assert!(!met(&["X1", "Y1", "Y2", "Y3"]));
        // Names that are not witnesses count for nothing, not even those of groups.
        assert!(!met(&["X-and-Y", "X-witnesses", "Y-witnesses"]));
        assert_eq!(Policy::parse(&policy.encode()), Ok(policy));
    }

    #[test]
    fn a_policy_without_quorum_asks_for_nobody_and_a_bad_line_is_named() {
        assert!(Policy::parse("quorum none\n").unwrap().met(&BTreeSet::new()));
        let good = example();
        let (x1, y1) = (witness(1).vkey(), witness(4).vkey());
        let cases = [
            (String::new(), 0),
            (good.trim_end().to_owned(), 0),
            (good.replace("quorum X-and-Y\n", ""), 0),
            (good.replace("quorum X-and-Y", "quorum nobody"), 12),
            (good.clone() + "quorum X1\n", 13),
            (good.replace("2 X1 X2 X3", "4 X1 X2 X3"), 6),
            (good.replace("2 X1 X2 X3", "0 X1 X2 X3"), 6),
            (good.replace("2 X1 X2 X3", "02 X1 X2 X3"), 6),
            (good.replace("2 X1 X2 X3", "2 X1 X2 X2"), 6),
            (good.replace("2 X1 X2 X3", "2 X1 X2 X9"), 6),
            (good.replace("any Y1 Y2 Y3", "any X1 Y2 Y3"), 10),
            (good.replace(&y1, &x1), 7),
            (good.replace("witness X2", "witness X1"), 4),
            (good.replace("witness X2", "witness none"), 4),
            (good.replace(&x1, &vkey::encode("witness.example/1", LOG, &witness(1).key)), 3),
            (good.replace(&x1, &x1.replace("example/1", "example/9")), 3),
            (good.replace("# two", "two"), 1),
            (good.replace("# two", "# \u{1}two"), 1),
        ];
        for (text, line) in cases {
            assert_eq!(Policy::parse(&text).map_err(|fault| fault.line), Err(line), "{text}");
        }
    }
}

//! A join file: the public half of a new office, for the root holders. Compared in person by its words.

use serde::{Deserialize, Serialize};
use waymark_domain::ids::{Country, Hash, NetworkId, OfficeId};
use waymark_domain::words::{Institution, OfficeRole};
use waymark_seal::roster::NAME_MAX;
use waymark_seal::sign::PublicKey;

use super::compared::{Compared, Fields};
use super::network::public_key;

/// Its name in the data folder of the office.
pub(crate) const FILE: &str = "join";

/// An office that wants to join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Join {
    /// The network.
    pub(crate) network: NetworkId,
    /// The office.
    pub(crate) office: OfficeId,
    /// Its public name.
    pub(crate) name: String,
    /// The organisation it belongs to.
    pub(crate) organization: String,
    /// Where it is.
    pub(crate) country: Country,
    /// The kind of institution.
    pub(crate) institution: Institution,
    /// What it is in the network; ascending, not empty.
    pub(crate) roles: Vec<OfficeRole>,
    /// The incarnation of its log.
    pub(crate) log: u32,
    /// The key that signs its log.
    pub(crate) log_key: PublicKey,
    /// The key that witnesses others.
    pub(crate) witness_key: PublicKey,
    /// For an office that is in the roster already: where the log before this one is to be closed.
    pub(crate) closes: Option<Closes>,
}

/// The last head of a log that is to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Closes {
    /// Entries under it.
    pub(crate) size: u64,
    /// RFC 6962 root.
    pub(crate) root: Hash,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    network: String,
    office: String,
    name: String,
    organization: String,
    country: String,
    institution: String,
    roles: Vec<String>,
    log: u32,
    log_key: String,
    witness_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    closes: Option<ClosesFile>,
}

/// A head in a file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClosesFile {
    size: u64,
    root: String,
}

impl From<Closes> for ClosesFile {
    fn from(Closes { size, root }: Closes) -> Self {
        Self { size, root: root.to_string() }
    }
}

impl TryFrom<ClosesFile> for Closes {
    type Error = String;

    fn try_from(ClosesFile { size, root }: ClosesFile) -> Result<Self, String> {
        let root = root.parse().map_err(|_| "the last head is malformed".to_owned())?;
        // The last size must leave room for the next key's first.
        (size < u64::MAX).then_some(Self { size, root }).ok_or_else(|| "a size is malformed".to_owned())
    }
}

impl Fields for File {
    const FORMAT: &str = "waymark-join/v1";

    fn format(&self) -> &str {
        &self.format
    }
}

impl Compared for Join {
    const KIND: &str = "join file";
    const ONE: &str = "a join file";
    const NEXT: &str =
        "Ask the office for the file that `waymark office create` or `waymark office recover` wrote.";

    fn text(&self) -> String {
        let file = File {
            format: File::FORMAT.to_owned(),
            network: self.network.to_string(),
            office: self.office.to_string(),
            name: self.name.clone(),
            organization: self.organization.clone(),
            country: self.country.to_string(),
            institution: self.institution.word().to_owned(),
            roles: self.roles.iter().map(|role| role.word().to_owned()).collect(),
            log: self.log,
            log_key: self.log_key.to_string(),
            witness_key: self.witness_key.to_string(),
            closes: self.closes.map(ClosesFile::from),
        };
        file.text()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file = <File as Fields>::parse(text)?;
        let malformed = |what: &str| format!("{what} is malformed");
        let mut roles = Vec::new();
        for word in &file.roles {
            roles.push(OfficeRole::from_word(word).ok_or_else(|| malformed("a role"))?);
        }
        if roles.is_empty() || !roles.is_sorted_by(|one, next| one < next) {
            return Err(malformed("the list of roles"));
        }
        let closes = file.closes.map(Closes::try_from);
        if !is_label(&file.name) || !is_label(&file.organization) {
            return Err(malformed("a name"));
        }
        Ok(Self {
            network: file.network.parse().map_err(|_| malformed("the network"))?,
            office: file.office.parse().map_err(|_| malformed("the office"))?,
            name: file.name,
            organization: file.organization,
            country: file.country.parse().map_err(|_| malformed("the country"))?,
            institution: Institution::from_word(&file.institution)
                .ok_or_else(|| malformed("the institution"))?,
            roles,
            log: file.log,
            log_key: public_key(&file.log_key)?,
            witness_key: public_key(&file.witness_key)?,
            closes: closes.transpose()?,
        })
    }
}

/// A name as the roster takes it: not empty, not too long, on one line, without space at its ends.
pub(crate) fn is_label(text: &str) -> bool {
    !text.is_empty() && text.len() <= NAME_MAX && text.trim() == text && !text.chars().any(char::is_control)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use waymark_seal::rng::Seeded;
    use waymark_seal::sign::{LogKey, WitnessKey};

    pub(crate) fn join(network: NetworkId, seed: u64) -> Join {
        let mut rng = Seeded::new(seed);
        Join {
            network,
            office: OfficeId(waymark_seal::rng::bytes(&mut rng)),
            name: format!("office {seed}"),
            organization: "Organisation".to_owned(),
            country: Country(*b"BG"),
            institution: Institution::Ngo,
            roles: vec![OfficeRole::Office, OfficeRole::Partner],
            log: 0,
            log_key: LogKey::generate(&mut rng).0.public(),
            witness_key: WitnessKey::generate(&mut rng).0.public(),
            closes: None,
        }
    }

    #[test]
    fn a_join_file_reads_back_and_a_wrong_one_is_refused() {
        let join = join(NetworkId([7; 16]), 1);
        let whole = join.text();
        let again = Join { log: 1, closes: Some(Closes { size: 9, root: Hash([3; 32]) }), ..join.clone() };
        assert_eq!(Join::parse(&again.text()), Ok(again.clone()));
        assert!(Join::parse(&again.text().replace("root = \"0303", "root = \"03")).is_err());
        assert_eq!(Join::parse(&whole), Ok(join));
        for wrong in [
            whole.replace("join/v1", "join/v2"),
            whole.replace("country = \"BG\"", "country = \"bg\""),
            whole.replace("\"ngo\"", "\"bank\""),
            whole.replace("[\"office\", \"partner\"]", "[\"partner\", \"office\"]"),
            whole.replace("[\"office\", \"partner\"]", "[]"),
            whole.replace("name = \"office 1\"", "name = \" office\""),
            format!("{whole}extra = 1\n"),
            whole[..whole.len() - 20].to_owned(),
        ] {
            assert!(Join::parse(&wrong).is_err(), "{wrong}");
        }
    }
}

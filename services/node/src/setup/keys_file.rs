//! A file of new keys: the public half of what an office made with `waymark office rotate`, for the root holders. Compared in person by
//! its words.

use serde::{Deserialize, Serialize};
use waymark_domain::ids::{NetworkId, OfficeId};
use waymark_seal::sign::PublicKey;

use super::compared::{Compared, Fields};
use super::join::{Closes, ClosesFile, is_label};
use super::network::public_key;

/// New keys of an office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeysFile {
    /// The network.
    pub(crate) network: NetworkId,
    /// The office.
    pub(crate) office: OfficeId,
    /// Its name in the roster.
    pub(crate) name: String,
    /// The incarnation of its log, which goes on.
    pub(crate) log: u32,
    /// For its log.
    pub(crate) log_key: Option<LogKeys>,
    /// For cosigning others' logs.
    pub(crate) witness_key: Option<PublicKey>,
}

/// Where the old key of a log ends, and the key that follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LogKeys {
    /// The last head under the old one.
    pub(crate) ends: Closes,
    /// The new one.
    pub(crate) key: PublicKey,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    network: String,
    office: String,
    name: String,
    log: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    log_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    witness_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ends: Option<ClosesFile>,
}

impl Fields for File {
    const FORMAT: &str = "waymark-keys/v1";

    fn format(&self) -> &str {
        &self.format
    }
}

impl Compared for KeysFile {
    const KIND: &str = "file of new keys";
    const ONE: &str = "a file of new keys";
    const NEXT: &str = "Ask the office for the file that `waymark office rotate` wrote.";

    fn text(&self) -> String {
        let file = File {
            format: File::FORMAT.to_owned(),
            network: self.network.to_string(),
            office: self.office.to_string(),
            name: self.name.clone(),
            log: self.log,
            log_key: self.log_key.map(|LogKeys { key, .. }| key.to_string()),
            witness_key: self.witness_key.map(|key| key.to_string()),
            ends: self.log_key.map(|LogKeys { ends, .. }| ends.into()),
        };
        file.text()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file = <File as Fields>::parse(text)?;
        let malformed = |what: &str| format!("{what} is malformed");
        if !is_label(&file.name) {
            return Err(malformed("a name"));
        }
        let log_key = match (file.log_key, file.ends) {
            (Some(key), Some(ends)) => Some(LogKeys { ends: ends.try_into()?, key: public_key(&key)? }),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => return Err("half of a new log key is missing".to_owned()),
        };
        let witness_key = file.witness_key.map(|key| public_key(&key)).transpose()?;
        if log_key.is_none() && witness_key.is_none() {
            return Err("it has no key".to_owned());
        }
        Ok(Self {
            network: file.network.parse().map_err(|_| malformed("the network"))?,
            office: file.office.parse().map_err(|_| malformed("the office"))?,
            name: file.name,
            log: file.log,
            log_key,
            witness_key,
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use waymark_domain::ids::Hash;
    use waymark_seal::rng::Seeded;
    use waymark_seal::sign::{LogKey, WitnessKey};

    pub(crate) fn keys(network: NetworkId, office: OfficeId, name: &str, size: u64) -> KeysFile {
        let mut rng = Seeded::new(size + 900);
        let ends = Closes { size, root: Hash([3; 32]) };
        KeysFile {
            network,
            office,
            name: name.to_owned(),
            log: 0,
            log_key: Some(LogKeys { ends, key: LogKey::generate(&mut rng).0.public() }),
            witness_key: Some(WitnessKey::generate(&mut rng).0.public()),
        }
    }

    #[test]
    fn a_file_of_new_keys_reads_back_and_half_of_one_is_refused() {
        let both = keys(NetworkId([7; 16]), OfficeId([1; 16]), "north", 9);
        let log_only = KeysFile { witness_key: None, ..both.clone() };
        let witness_only = KeysFile { log_key: None, ..both.clone() };
        for file in [&both, &log_only, &witness_only] {
            assert_eq!(KeysFile::parse(&file.text()).as_ref(), Ok(file));
        }
        assert_ne!(both.fingerprint(), log_only.fingerprint());
        let whole = both.text();
        for wrong in [
            KeysFile { log_key: None, witness_key: None, ..both }.text(),
            whole.replace("keys/v1", "join/v1"),
            whole.replace("log_key", "key"),
            whole.replace("size = 9", "size = 18446744073709551615"),
            whole.replace("root = \"0303", "root = \"03"),
            log_only.text().split("[ends]").next().expect("a text").to_owned(),
            whole.replace("name = \"north\"", "name = \"\""),
            whole[..whole.len() - 20].to_owned(),
        ] {
            assert!(KeysFile::parse(&wrong).is_err(), "{wrong}");
        }
    }
}

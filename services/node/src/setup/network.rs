//! The network file: which network it is and whose signatures make a roster. Public; handed over in person.

use serde::{Deserialize, Serialize};
use waymark_domain::ids::{Hash, NetworkId};
use waymark_seal::note::Verifier;
use waymark_seal::roster::Roster;
use waymark_seal::sign::PublicKey;

use super::compared::{Compared, Fields};
use crate::fault::Fault;

/// Its name, in the folder of the root holders and in an office's data folder.
pub(crate) const FILE: &str = "network";

/// A network as it began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Network {
    /// Its identifier.
    pub(crate) id: NetworkId,
    /// Its name.
    pub(crate) name: String,
    /// How many root keys must sign the first roster.
    pub(crate) threshold: u8,
    /// The root keys, by ascending name.
    pub(crate) roots: Vec<Verifier>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    network: String,
    name: String,
    threshold: u8,
    root: Vec<Root>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Root {
    name: String,
    key: String,
}

impl Fields for File {
    const FORMAT: &str = "waymark-network/v1";

    fn format(&self) -> &str {
        &self.format
    }
}

impl Compared for Network {
    const KIND: &str = "network file";
    const ONE: &str = "a network file";
    const NEXT: &str = "Ask a root holder for the file and compare its words.";

    fn text(&self) -> String {
        let root = |root: &Verifier| Root { name: root.name.clone(), key: root.key.to_string() };
        let file = File {
            format: File::FORMAT.to_owned(),
            network: self.id.to_string(),
            name: self.name.clone(),
            threshold: self.threshold,
            root: self.roots.iter().map(root).collect(),
        };
        file.text()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file = <File as Fields>::parse(text)?;
        let mut roots = Vec::new();
        for root in file.root {
            let key = public_key(&root.key)?;
            roots.push(Verifier { name: root.name, key });
        }
        let ordered = roots.is_sorted_by(|one, next| one.name < next.name);
        if file.threshold == 0 || usize::from(file.threshold) > roots.len() || !ordered {
            return Err("its root keys and threshold do not fit".to_owned());
        }
        let id = file.network.parse().map_err(|_| "its identifier is malformed".to_owned())?;
        Ok(Self { id, name: file.name, threshold: file.threshold, roots })
    }
}

impl Network {
    /// Refuses a first roster that other root holders signed.
    pub(crate) fn check_first(&self, roster: &Roster) -> Result<(), Fault> {
        let same =
            roster.network == self.id && roster.threshold == self.threshold && roster.roots == self.roots;
        if same {
            return Ok(());
        }
        Err(Fault::new(
            waymark_api::exit::Exit::VerificationFailed,
            "the roster belongs to another network, or to other root keys than the network file names",
        )
        .next("Compare the words of the network file with the root holders."))
    }
}

/// A public key in hexadecimal digits.
pub(super) fn public_key(text: &str) -> Result<PublicKey, String> {
    let bytes: Hash = text.parse().map_err(|_| "a key is malformed".to_owned())?;
    PublicKey::new(bytes.0).map_err(|fault| fault.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use waymark_seal::rng::Seeded;
    use waymark_seal::sign::RootKey;

    pub(crate) fn network() -> Network {
        let mut rng = Seeded::new(1);
        let roots = ["root-1", "root-2", "root-3"];
        let roots =
            roots.map(|name| Verifier { name: name.to_owned(), key: RootKey::generate(&mut rng).0.public() });
        Network { id: NetworkId([7; 16]), name: "Test".to_owned(), threshold: 2, roots: roots.to_vec() }
    }

    #[test]
    fn a_network_file_reads_back_and_a_changed_one_has_other_words() {
        let network = network();
        assert_eq!(Network::parse(&network.text()), Ok(network.clone()));
        let renamed = Network { name: "Test 2".to_owned(), ..network.clone() };
        assert_ne!(network.fingerprint(), renamed.fingerprint());
    }

    #[test]
    fn a_half_written_or_impossible_network_file_is_refused() {
        let whole = network().text();
        for wrong in [
            &whole[..whole.len() / 2],
            "",
            &whole.replace("threshold = 2", "threshold = 4"),
            &whole.replace("threshold = 2", "threshold = 0"),
            &whole.replace("network/v1", "network/v2"),
            &whole.replace("root-1", "root-9"),
            &whole.replacen("key = \"", "key = \"00", 1),
        ] {
            assert!(Network::parse(wrong).is_err(), "{wrong}");
        }
    }
}

//! The public half of a new root key, for whoever drafts the roster. Compared in person by its words.

use std::path::Path;

use serde::{Deserialize, Serialize};
use waymark_domain::ids::{Hash, NetworkId};
use waymark_seal::hash::sha256;
use waymark_seal::note::is_name;
use waymark_seal::roster::NAME_MAX;
use waymark_seal::sign::PublicKey;

use super::files;
use super::network::public_key;
use crate::fault::Fault;

const FORMAT: &str = "waymark-root/v1";

/// A root key that is to sign the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RootFile {
    /// The network.
    pub(crate) network: NetworkId,
    /// Its name in the roster.
    pub(crate) name: String,
    /// The key.
    pub(crate) key: PublicKey,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    network: String,
    name: String,
    key: String,
}

impl RootFile {
    /// The text of the file.
    pub(crate) fn text(&self) -> String {
        let file = File {
            format: FORMAT.to_owned(),
            network: self.network.to_string(),
            name: self.name.clone(),
            key: self.key.to_string(),
        };
        toml::to_string(&file).expect("texts are always TOML")
    }

    /// What people compare: the hash of the text.
    pub(crate) fn fingerprint(&self) -> Hash {
        sha256(&[self.text().as_bytes()])
    }

    /// Reads the file.
    pub(crate) fn read(path: &Path) -> Result<Self, Fault> {
        let text = files::read_text("the file of a root key", path)?;
        Self::parse(&text).map_err(|what| {
            Fault::usage(format!("{} is not the public half of a root key: {what}", path.display()))
                .next("Ask its holder for the file that `waymark network root` wrote with `--out`.")
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|fault| fault.message().to_owned())?;
        if file.format != FORMAT {
            return Err(format!("its format is not {FORMAT}"));
        }
        if !is_root_name(&file.name) {
            return Err("its name is malformed".to_owned());
        }
        let network = file.network.parse().map_err(|_| "the network is malformed".to_owned())?;
        Ok(Self { network, name: file.name, key: public_key(&file.key)? })
    }
}

/// A name as signature lines take it, and not longer than the roster does.
pub(crate) fn is_root_name(name: &str) -> bool {
    is_name(name) && name.len() <= NAME_MAX
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use waymark_seal::sign::RootKey;

    pub(crate) fn root(network: NetworkId, name: &str, seed: u8) -> RootFile {
        RootFile { network, name: name.to_owned(), key: RootKey::from_seed(&[seed; 32]).public() }
    }

    #[test]
    fn the_public_half_of_a_root_key_reads_back_and_a_wrong_one_is_refused() {
        let file = root(NetworkId([7; 16]), "anna", 4);
        let whole = file.text();
        assert_eq!(RootFile::parse(&whole), Ok(file));
        for wrong in [
            whole.replace("root/v1", "root/v2"),
            whole.replace("\"anna\"", "\"an na\""),
            whole.replace("\"anna\"", "\"an+na\""),
            whole.replace("\"anna\"", "\"\""),
            whole.replace("key = \"", "key = \"00"),
            format!("{whole}extra = 1\n"),
            whole[..whole.len() / 2].to_owned(),
        ] {
            assert!(RootFile::parse(&wrong).is_err(), "{wrong}");
        }
    }
}

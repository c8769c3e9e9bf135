//! The public half of a new root key, for whoever drafts the roster. Compared in person by its words.

use serde::{Deserialize, Serialize};
use waymark_domain::ids::NetworkId;
use waymark_seal::note::is_name;
use waymark_seal::roster::NAME_MAX;
use waymark_seal::sign::PublicKey;

use super::compared::{Compared, Fields};
use super::network::public_key;

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

impl Fields for File {
    const FORMAT: &str = "waymark-root/v1";

    fn format(&self) -> &str {
        &self.format
    }
}

impl Compared for RootFile {
    const KIND: &str = "file of a root key";
    const ONE: &str = "the public half of a root key";
    const NEXT: &str = "Ask its holder for the file that `waymark network root` wrote with `--out`.";

    fn text(&self) -> String {
        let file = File {
            format: File::FORMAT.to_owned(),
            network: self.network.to_string(),
            name: self.name.clone(),
            key: self.key.to_string(),
        };
        file.text()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file = <File as Fields>::parse(text)?;
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

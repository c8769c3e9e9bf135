//! A root key in its own file, sealed under a passphrase: Argon2id (RFC 9106), then AES-256-GCM over the seed, bound to
//! all lines above it. Its holder keeps the file away from any network; nothing but `roster sign` opens it.
//!
//! ```text
//! waymark-root-key/v1
//! network <32 hex>
//! name <name in the roster>
//! public <64 hex>
//! argon2id <KiB> <passes> <lanes> <32 hex of salt>
//! sealed <24 hex of nonce><96 hex of ciphertext and tag>
//! ```

use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use waymark_api::exit::Exit;
use waymark_domain::ids::NetworkId;
use waymark_seal::rng::{self, Rng};
use waymark_seal::sign::{PublicKey, RootKey};
use waymark_seal::vault::Cost;
use zeroize::Zeroizing;

use super::files;
use super::network::public_key;
use crate::fault::Fault;
use crate::secret::Secret;

const TITLE: &str = "waymark-root-key/v1";
const SALT: usize = 16;
const NONCE: usize = 12;
/// Seed and tag.
const SEALED: usize = 32 + 16;

/// Makes a key and the text of its file.
pub(crate) fn make(
    network: NetworkId,
    name: &str,
    secret: &Secret,
    cost: Cost,
    rng: &mut dyn Rng,
) -> Result<(PublicKey, String), Fault> {
    let (key, seed) = RootKey::generate(rng);
    let salt: [u8; SALT] = rng::bytes(rng);
    let nonce: [u8; NONCE] = rng::bytes(rng);
    let public = key.public();
    let Cost { memory_kib, passes, lanes } = cost;
    let head = format!(
        "{TITLE}\nnetwork {network}\nname {name}\npublic {public}\nargon2id {memory_kib} {passes} {lanes} {}\n",
        hex(&salt)
    );
    let mut sealed = seed.to_vec();
    cipher(secret, &cost, &salt)?
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(head.as_bytes()),
            &mut sealed,
        )
        .map_err(|_| Fault::new(Exit::Failure, "the root key could not be sealed"))?;
    Ok((public, format!("{head}sealed {}{}\n", hex(&nonce), hex(&sealed))))
}

/// A root key, opened.
pub(crate) struct Opened {
    /// The key.
    pub(crate) key: RootKey,
    /// Its name in the roster.
    pub(crate) name: String,
    /// The network it belongs to.
    pub(crate) network: NetworkId,
}

/// Opens the key in a file.
pub(crate) fn open(path: &Path, secret: &Secret) -> Result<Opened, Fault> {
    let text = files::read_text("the root key", path)?;
    let file = parse(&text).ok_or_else(|| {
        Fault::usage(format!("{} is not a root key file, or not all of one", path.display()))
            .next("Bring it back from the copy of its holder.")
    })?;
    let wrong = || {
        Fault::new(Exit::Denied, "the passphrase is wrong, or the root key file was changed")
            .next("Try the passphrase again.")
    };
    let mut sealed = Zeroizing::new(file.sealed.to_vec());
    let seed = cipher(secret, &file.cost, &file.salt)?
        .open_in_place(Nonce::assume_unique_for_key(file.nonce), Aad::from(file.head.as_bytes()), &mut sealed)
        .map_err(|_| wrong())?;
    let seed = Zeroizing::new(<[u8; 32]>::try_from(&*seed).map_err(|_| wrong())?);
    let key = RootKey::from_seed(&seed);
    if key.public() != file.public {
        return Err(wrong());
    }
    Ok(Opened { key, name: file.name.to_owned(), network: file.network })
}

struct File<'a> {
    network: NetworkId,
    name: &'a str,
    public: PublicKey,
    cost: Cost,
    salt: [u8; SALT],
    nonce: [u8; NONCE],
    sealed: [u8; SEALED],
    /// Every line above the sealed one.
    head: &'a str,
}

fn parse(text: &str) -> Option<File<'_>> {
    let head = text.get(..text.find("sealed ")?)?;
    let mut lines = text.strip_suffix('\n')?.split('\n');
    if lines.next()? != TITLE {
        return None;
    }
    let network = lines.next()?.strip_prefix("network ")?.parse().ok()?;
    let name = lines.next()?.strip_prefix("name ")?;
    let public = public_key(lines.next()?.strip_prefix("public ")?).ok()?;
    let words: Vec<_> = lines.next()?.strip_prefix("argon2id ")?.split(' ').collect();
    let &[memory, passes, lanes, salt] = words.as_slice() else { return None };
    let cost =
        Cost { memory_kib: memory.parse().ok()?, passes: passes.parse().ok()?, lanes: lanes.parse().ok()? };
    let (nonce, sealed) = lines.next()?.strip_prefix("sealed ")?.split_at_checked(NONCE * 2)?;
    let rest = lines.next();
    let (salt, nonce, sealed) = (unhex(salt)?, unhex(nonce)?, unhex(sealed)?);
    rest.is_none().then_some(File { network, name, public, cost, salt, nonce, sealed, head })
}

fn cipher(secret: &Secret, cost: &Cost, salt: &[u8; SALT]) -> Result<LessSafeKey, Fault> {
    let impossible = || Fault::usage("the cost in the root key file cannot be paid");
    // A changed file must not ask for all memory.
    if cost.memory_kib > 4 * 1024 * 1024 || cost.passes > 64 || cost.lanes > 64 {
        return Err(impossible());
    }
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).map_err(|_| impossible())?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(secret.bytes(), salt, key.as_mut_slice())
        .map_err(|_| impossible())?;
    UnboundKey::new(&AES_256_GCM, key.as_slice()).map(LessSafeKey::new).map_err(|_| impossible())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Exactly `N` bytes from lower-case digits.
fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Vec<u8> = text.as_bytes().chunks(2).map(digits).collect::<Option<_>>()?;
    let bytes: [u8; N] = bytes.try_into().ok()?;
    (hex(&bytes) == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::PassphraseArgs;

    fn secret(folder: &tempfile::TempDir, text: &str) -> Secret {
        let path = folder.path().join("pass");
        std::fs::write(&path, text).expect("written");
        let args = PassphraseArgs { passphrase_file: Some(path), passphrase_fd: None };
        args.read("a test", false).expect("read")
    }

    #[test]
    fn a_key_opens_under_its_passphrase_only_and_not_after_any_change() {
        let folder = tempfile::tempdir().expect("a folder");
        let right = secret(&folder, "right passphrase");
        let (public, text) =
            make(NetworkId([7; 16]), "root-1", &right, Cost::TEST, &mut rng::Seeded::new(3)).expect("made");
        let path = folder.path().join("root-1.key");
        std::fs::write(&path, &text).expect("written");
        let opened = open(&path, &right).expect("opened");
        assert_eq!(
            (opened.key.public(), opened.name.as_str(), opened.network),
            (public, "root-1", NetworkId([7; 16]))
        );
        assert!(open(&path, &secret(&folder, "wrong passphrase")).is_err());

        for (at, letter) in text.char_indices().filter(|(_, letter)| letter.is_ascii_hexdigit()) {
            let mut changed = text.clone();
            changed.replace_range(at..=at, if letter == '1' { "2" } else { "1" });
            std::fs::write(&path, changed).expect("written");
            assert!(open(&path, &right).is_err(), "a change at {at} went unnoticed");
        }
        for length in 0..text.len() {
            std::fs::write(&path, &text[..length]).expect("written");
            assert!(open(&path, &right).is_err(), "a file of {length} bytes was taken");
        }
    }
}

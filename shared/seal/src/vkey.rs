//! Public keys as text (C2SP signed-note, verifier keys): `<name>+<id>+<base64(type ‖ key)>`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::hash::sha256;
use crate::note::is_name;
use crate::sign::PublicKey;

/// The type of a key that signs notes: Ed25519.
pub const LOG: u8 = 0x01;
/// The type of a key that cosigns tree heads: Ed25519 with a time.
pub const WITNESS: u8 = 0x04;

/// First four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ key): what a signature line names its key by.
#[must_use]
pub fn id(name: &str, kind: u8, key: &PublicKey) -> [u8; 4] {
    let [a, b, c, d, ..] = sha256(&[name.as_bytes(), b"\n", &[kind], key.as_bytes()]).0;
    [a, b, c, d]
}

/// A key as text.
#[must_use]
pub fn encode(name: &str, kind: u8, key: &PublicKey) -> String {
    let typed = [&[kind], key.as_bytes().as_slice()].concat();
    format!("{name}+{:08x}+{}", u32::from_be_bytes(id(name, kind, key)), STANDARD.encode(typed))
}

/// Reads the name and key of a text that must be of a type.
///
/// # Errors
/// What is wrong, in words.
pub fn parse(text: &str, kind: u8) -> Result<(String, PublicKey), &'static str> {
    let (name, rest) = text.split_once('+').ok_or("not a key")?;
    let (_, typed) = rest.split_once('+').ok_or("not a key")?;
    let typed = STANDARD.decode(typed).map_err(|_| "not a key")?;
    let (found, key) = typed.split_first().ok_or("not a key")?;
    let key = <[u8; 32]>::try_from(key).map_err(|_| "not a key")?;
    if *found != kind {
        return Err("a key for another role");
    }
    let key = PublicKey::new(key).map_err(|_| "a weak key")?;
    let fits = is_name(name) && encode(name, kind, &key) == text;
    if fits { Ok((name.to_owned(), key)) } else { Err("a key whose name or id does not fit") }
}

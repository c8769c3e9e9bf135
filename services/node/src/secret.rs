//! Passphrases and passwords: from a file, a descriptor or a prompt; never from a flag or the environment.

use std::io::{BufRead as _, IsTerminal as _, Read};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use clap::Args;
use waymark_seal::vault;
use zeroize::Zeroizing;

use crate::fault::Fault;
use crate::show::output::say;

/// A new passphrase has at least so many characters.
const NEW_LENGTH_MIN: usize = 12;
const BYTES_MAX: u64 = 4 * 1024;

/// What a secret is called in what is said about it.
#[derive(Clone, Copy)]
enum Word {
    /// Opens an office or a root key.
    Passphrase,
    /// Of a member of staff.
    Password,
}

impl std::fmt::Display for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Passphrase => "passphrase",
            Self::Password => "password",
        })
    }
}

/// Where a passphrase comes from.
#[derive(Args)]
#[command(about = None, long_about = None)]
pub(crate) struct PassphraseArgs {
    /// File whose first line is the passphrase. Absent: it is asked for on the terminal.
    #[arg(long, value_name = "FILE", conflicts_with = "passphrase_fd")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Open descriptor from which the passphrase is read.
    #[arg(long, value_name = "N")]
    pub(crate) passphrase_fd: Option<u32>,
}

/// What somebody must know. Wiped when dropped; no `Debug`.
pub(crate) struct Secret(Zeroizing<String>);

impl Secret {
    /// The bytes, for a key derivation.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The text, for a call to the node.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// As the vault takes it.
    pub(crate) fn passphrase(&self) -> vault::Passphrase {
        vault::Passphrase::new(self.bytes().to_vec())
    }
}

impl PassphraseArgs {
    /// The passphrase for what `what` names; `may_ask` on a terminal.
    pub(crate) fn read(&self, what: &str, may_ask: bool) -> Result<Secret, Fault> {
        match (&self.passphrase_file, self.passphrase_fd) {
            (Some(path), _) => from_file(Word::Passphrase, path),
            (None, Some(descriptor)) => from_descriptor(descriptor),
            (None, None) => self.ask(&format!("Passphrase for {what}: "), may_ask),
        }
    }

    /// A new passphrase; asked for twice.
    pub(crate) fn read_new(&self, what: &str, may_ask: bool) -> Result<Secret, Fault> {
        let is_asked = self.passphrase_file.is_none() && self.passphrase_fd.is_none();
        let secret = self.read(what, may_ask)?;
        let secret = if is_asked {
            the_same_again(Word::Passphrase, secret, "--passphrase-file", may_ask)?
        } else {
            secret
        };
        if secret.0.chars().count() < NEW_LENGTH_MIN {
            return Err(Fault::usage(format!("the passphrase has fewer than {NEW_LENGTH_MIN} characters"))
                .next("Choose a longer one: several words drawn by dice are easy to keep in mind."));
        }
        Ok(secret)
    }

    fn ask(&self, prompt: &str, may_ask: bool) -> Result<Secret, Fault> {
        ask(Word::Passphrase, prompt, "--passphrase-file", may_ask)
    }
}

/// Where a member of staff's password comes from.
#[derive(Args)]
#[command(about = None, long_about = None)]
pub(crate) struct PasswordArgs {
    /// File whose first line is the password. Absent: it is asked for on the terminal.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl PasswordArgs {
    /// The password of an account.
    pub(crate) fn read(&self, may_ask: bool) -> Result<Secret, Fault> {
        match &self.password_file {
            Some(path) => from_file(Word::Password, path),
            None => ask(Word::Password, "Password: ", "--password-file", may_ask),
        }
    }

    /// A new password; asked for twice.
    pub(crate) fn read_new(&self, may_ask: bool) -> Result<Secret, Fault> {
        new_password(self.password_file.as_deref(), "--password-file", may_ask)
    }
}

/// The second of two members of staff who decide.
#[derive(Args)]
#[command(about = None, long_about = None)]
pub(crate) struct SecondArgs {
    /// Name of the second member of staff, who agrees to this call with her own password.
    #[arg(long, value_name = "NAME")]
    pub(crate) second: String,
    /// File whose first line is her password. Absent: she is asked for it on the terminal.
    #[arg(long, value_name = "FILE")]
    second_password_file: Option<PathBuf>,
}

impl SecondArgs {
    /// Her password.
    pub(crate) fn read(&self, may_ask: bool) -> Result<Secret, Fault> {
        let prompt = format!("Password of {}, who agrees: ", self.second);
        match &self.second_password_file {
            Some(path) => from_file(Word::Password, path),
            None => ask(Word::Password, &prompt, "--second-password-file", may_ask),
        }
    }
}

/// The first administrator of an office.
#[derive(Args)]
#[command(about = None, long_about = None)]
pub(crate) struct AdministratorArgs {
    /// Name with which the first administrator signs in.
    #[arg(long, value_name = "NAME", default_value = "administrator")]
    pub(crate) administrator: String,
    /// File whose first line is that administrator's password. Absent: it is asked for on the terminal.
    #[arg(long, value_name = "FILE")]
    administrator_password_file: Option<PathBuf>,
}

impl AdministratorArgs {
    /// The password of the administrator.
    pub(crate) fn read(&self, may_ask: bool) -> Result<Secret, Fault> {
        new_password(self.administrator_password_file.as_deref(), "--administrator-password-file", may_ask)
    }
}

/// A new password from a file, or asked for twice.
pub(crate) fn new_password(file: Option<&Path>, option: &str, may_ask: bool) -> Result<Secret, Fault> {
    match file {
        Some(path) => from_file(Word::Password, path),
        None => {
            let typed = ask(Word::Password, "New password: ", option, may_ask)?;
            the_same_again(Word::Password, typed, option, may_ask)
        }
    }
}

/// What was typed, once it was typed a second time.
fn the_same_again(what: Word, typed: Secret, option: &str, may_ask: bool) -> Result<Secret, Fault> {
    let again = ask(what, "The same again: ", option, may_ask)?;
    if *again.0 == *typed.0 {
        Ok(typed)
    } else {
        Err(Fault::usage(format!("the two {what}s differ")).next("Try again."))
    }
}

/// The first line of a file.
fn from_file(what: Word, path: &Path) -> Result<Secret, Fault> {
    let file = std::fs::File::open(path)
        .map_err(|fault| Fault::file(&format!("the {what} cannot be read from"), path, &fault))?;
    warn_of_readers(path, &file);
    first_line(what, file)
}

fn from_descriptor(descriptor: u32) -> Result<Secret, Fault> {
    let path = PathBuf::from(format!("/dev/fd/{descriptor}"));
    let file = std::fs::File::open(&path).map_err(|fault| {
        Fault::usage(format!("the passphrase cannot be read from descriptor {descriptor}: {fault}"))
    })?;
    first_line(Word::Passphrase, file)
}

fn first_line(what: Word, source: impl Read) -> Result<Secret, Fault> {
    let mut line = Zeroizing::new(String::new());
    std::io::BufReader::new(source.take(BYTES_MAX))
        .read_line(&mut line)
        .map_err(|fault| Fault::usage(format!("the {what} cannot be read: {fault}")))?;
    if line.len() as u64 == BYTES_MAX && !line.ends_with('\n') {
        return Err(Fault::usage(format!(
            "the first line has more than {BYTES_MAX} bytes: this is no {what}"
        )));
    }
    taken(what, &line)
}

/// Whoever can read the file can open what it protects.
fn warn_of_readers(path: &Path, file: &std::fs::File) {
    const OTHERS: u32 = 0o044;
    if file.metadata().is_ok_and(|is| is.is_file() && is.permissions().mode() & OTHERS != 0) {
        say(format_args!(
            "Others on this machine can read {}: keep it to yourself with `chmod 600`.",
            path.display()
        ));
    }
}

fn ask(what: Word, prompt: &str, option: &str, may_ask: bool) -> Result<Secret, Fault> {
    if !may_ask || !std::io::stdin().is_terminal() {
        return Err(Fault::usage(format!("a {what} is needed and nobody can be asked"))
            .next(format!("Name a file with `{option}`.")));
    }
    let typed = rpassword::prompt_password(prompt).map(Zeroizing::new);
    taken(what, &typed.map_err(|fault| Fault::usage(format!("the {what} cannot be read: {fault}")))?)
}

fn taken(what: Word, line: &str) -> Result<Secret, Fault> {
    let secret = line.trim_end_matches(['\n', '\r']);
    if secret.is_empty() {
        return Err(Fault::usage(format!("the {what} is empty")));
    }
    Ok(Secret(Zeroizing::new(secret.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(text: &str) -> (tempfile::TempDir, PassphraseArgs) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("pass");
        std::fs::write(&path, text).expect("written");
        (folder, PassphraseArgs { passphrase_file: Some(path), passphrase_fd: None })
    }

    #[test]
    fn the_first_line_counts_without_its_end() {
        let (_folder, args) = args("four words by dice\r\nanother line\n");
        assert_eq!(
            args.read_new("a test", false).ok().map(|secret| secret.bytes().to_vec()).as_deref(),
            Some(&b"four words by dice"[..])
        );
    }

    #[test]
    fn an_empty_or_short_new_passphrase_is_refused_without_being_told() {
        for text in ["", "\n", "canary pass"] {
            let (_folder, args) = args(text);
            let told = args.read_new("a test", false).err().expect("refused").to_string();
            assert!(!told.contains("canary"), "{told}");
        }
    }

    #[test]
    fn a_password_is_never_called_a_passphrase() {
        let folder = tempfile::tempdir().expect("a folder");
        let (absent, empty) = (folder.path().join("absent"), folder.path().join("empty"));
        let long = folder.path().join("long");
        std::fs::write(&empty, "\n").expect("written");
        std::fs::write(&long, "x".repeat(5_000)).expect("written");
        for path in [absent, empty, long] {
            let args = PasswordArgs { password_file: Some(path) };
            let told = args.read(false).err().expect("refused").to_string();
            assert!(told.to_lowercase().contains("password") && !told.contains("passphrase"), "{told}");
        }
    }

    #[test]
    fn nobody_is_asked_when_that_is_not_wanted() {
        let args = PassphraseArgs { passphrase_file: None, passphrase_fd: None };
        assert!(args.read("a test", false).err().expect("refused").to_string().contains("--passphrase-file"));
    }
}

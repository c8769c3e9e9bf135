//! The access token: whoever can read the file in the data folder may call the node. Made anew at every start.

use std::path::Path;

use subtle::ConstantTimeEq as _;
use tonic::service::Interceptor;
use tonic::{Request, Status};
use waymark_api::error;
use waymark_seal::rng::{self, System};
use zeroize::Zeroizing;

use crate::client::node::ACCESS;
use crate::fault::Fault;
use crate::setup::files::{self, Readers};

/// Lets through calls that carry the token.
#[derive(Clone)]
pub(super) struct Access {
    /// What the metadata `authorization` must be.
    expected: Zeroizing<String>,
}

impl Access {
    /// Makes a token and writes it where the owner of the data folder, and nobody else, can read it.
    pub(super) fn write(folder: &Path) -> Result<Self, Fault> {
        let bytes: Zeroizing<[u8; 32]> = Zeroizing::new(rng::bytes(&mut System));
        let token = Zeroizing::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        let line = Zeroizing::new(format!("{}\n", token.as_str()));
        files::replace("the access file", &folder.join(ACCESS), line.as_bytes(), Readers::Owner)?;
        Ok(Self { expected: Zeroizing::new(format!("Bearer {}", token.as_str())) })
    }
}

impl Interceptor for Access {
    /// # Security
    /// Compared in constant time; what is missing and what is wrong are one answer.
    fn call(&mut self, request: Request<()>) -> Result<Request<()>, Status> {
        let told =
            request.metadata().get("authorization").map(|value| value.as_encoded_bytes()).unwrap_or_default();
        if bool::from(told.ct_eq(self.expected.as_bytes())) { Ok(request) } else { Err(error::no_access()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_in_the_file_opens() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut access = Access::write(folder.path()).expect("written");
        let token = std::fs::read_to_string(folder.path().join(ACCESS)).expect("read");
        let mut opens = |authorization: Option<String>| {
            let mut request = Request::new(());
            if let Some(text) = authorization {
                request.metadata_mut().insert("authorization", text.parse().expect("metadata"));
            }
            access.call(request).is_ok()
        };
        assert!(opens(Some(format!("Bearer {}", token.trim()))));
        assert!(!opens(None));
        for wrong in ["Bearer ", "Bearer 00", token.trim(), &format!("bearer {}", token.trim())] {
            assert!(!opens(Some(wrong.to_owned())), "{wrong}");
        }
        let mut later = Access::write(folder.path()).expect("written again");
        let mut request = Request::new(());
        request
            .metadata_mut()
            .insert("authorization", format!("Bearer {}", token.trim()).parse().expect("metadata"));
        assert!(later.call(request).is_err(), "the token of an earlier start still opens");
    }
}

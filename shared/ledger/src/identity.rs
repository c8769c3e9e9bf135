//! Whose log this is, and who signs and recognises its tree heads. The ledger itself holds no keys.

use waymark_domain::ids::{NetworkId, OfficeId};
use waymark_seal::checkpoint::Head;

use crate::bytes::{Fields, Put};

/// One incarnation of one office's log in one network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The network.
    pub network: NetworkId,
    /// The office.
    pub office: OfficeId,
    /// The incarnation, from 0.
    pub log: u32,
}

impl Identity {
    pub(crate) fn put(&self, buffer: &mut Vec<u8>) {
        buffer.put(self.network.as_bytes());
        buffer.put(self.office.as_bytes());
        buffer.put_u32(self.log);
    }

    pub(crate) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let network = NetworkId(fields.array()?);
        let office = OfficeId(fields.array()?);
        Some(Self { network, office, log: fields.u32()? })
    }
}

/// Signs tree heads of this log and recognises its own signatures.
pub trait HeadSigner: Send + Sync {
    /// The signed checkpoint of `head`.
    fn sign(&self, head: &Head) -> Vec<u8>;

    /// The head that `checkpoint` signs, when it is a checkpoint of this log under a key of this office.
    fn verify(&self, checkpoint: &[u8]) -> Option<Head>;
}

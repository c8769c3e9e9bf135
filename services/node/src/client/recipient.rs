//! An office as people name it: by its name in the roster, or by its identifier.

use waymark_api::exit::Exit;
use waymark_domain::ids::OfficeId;

use super::node::Node;
use crate::fault::Fault;

/// A name or an identifier.
#[derive(Debug, Clone)]
pub(crate) struct OfficeName(String);

impl std::str::FromStr for OfficeName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() { Err("not an office: the name is empty") } else { Ok(Self(text.to_owned())) }
    }
}

impl OfficeName {
    /// The identifier; the node is asked only for a name.
    pub(crate) async fn resolve(&self, node: &Node) -> Result<String, Fault> {
        if self.0.parse::<OfficeId>().is_ok() {
            return Ok(self.0.clone());
        }
        let offices = node.all_offices().await?;
        let named: Vec<_> =
            offices.iter().filter(|office| office.name.to_lowercase() == self.0.to_lowercase()).collect();
        match named.as_slice() {
            [office] => Ok(office.office.clone()),
            [] => Err(Fault::new(Exit::NotFound, "no office of the network has that name")
                .next("Look it up with `waymark office list`.")),
            _ => Err(Fault::usage("several offices of the network have that name")
                .next("Use the identifier that `waymark office list` shows.")),
        }
    }

    /// The identifier, or an empty text when no office is named.
    pub(crate) async fn resolve_if_any(name: Option<&Self>, node: &Node) -> Result<String, Fault> {
        match name {
            Some(name) => name.resolve(node).await,
            None => Ok(String::new()),
        }
    }
}

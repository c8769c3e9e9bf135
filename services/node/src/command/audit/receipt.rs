//! `waymark audit receipt`: what another office has signed of an event, as a file and as a square to print.

use std::path::PathBuf;

use clap::Args;
use qrcode::render::svg::Color;
use qrcode::{EcLevel, QrCode};
use waymark_api::exit::Exit;
use waymark_api::v1;
use waymark_domain::ids::EventId;

use crate::client::tool::Tool;
use crate::fault::{Done, Fault};
use crate::setup::files::{self, Readers};
use crate::show::output::{data, say};

/// Write down what another office has signed of an event: that it wrote it, or that it received it
#[derive(Args)]
pub(crate) struct Receipt {
    /// The event: one of another office, or one of this office that another has received.
    event: EventId,
    /// File to write. Absent: standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Also write it as a QR code, an SVG picture for paper.
    #[arg(long, value_name = "FILE")]
    qr: Option<PathBuf>,
}

impl Receipt {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let request = v1::GetReceiptRequest { event_id: self.event.to_string() };
        let receipt = tool.node().await?.audit().get_receipt(request).await?.into_inner().receipt;
        if let Some(path) = &self.qr {
            files::create("the picture", path, picture(&receipt)?.as_bytes(), Readers::All)?;
        }
        match &self.out {
            Some(path) => {
                files::create("the receipt", path, &receipt, Readers::All)?;
                say("Anybody who has the network's roster can check it: `waymark audit verify-receipt`.");
            }
            None => data(String::from_utf8_lossy(&receipt).trim_end())?,
        }
        Ok(Exit::Done)
    }
}

fn picture(receipt: &[u8]) -> Result<String, Fault> {
    let code = QrCode::with_error_correction_level(receipt, EcLevel::L).map_err(|_| {
        Fault::new(Exit::Failure, "the receipt is too long for a QR code").next("Hand on the file instead.")
    })?;
    Ok(code.render::<Color<'_>>().min_dimensions(600, 600).build())
}

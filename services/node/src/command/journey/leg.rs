//! `waymark journey leg`: books a leg; the same number again replaces it.

use clap::Args;
use waymark_api::v1;
use waymark_api::v1::stop::Place;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::content::{field_words, fields};
use crate::client::input::{Input, Source};
use crate::client::moment::TimeArg;
use crate::client::recipient::OfficeName;
use crate::client::tool::Tool;
use crate::client::word::word;
use crate::fault::{Done, Fault};

/// Book a leg; the same number again replaces it
///
/// Places, times, mode and carrier go sealed, and only under her consent for travel; else the other office learns the days.
#[derive(Args)]
#[command(
    after_help = "Example:\n  waymark journey leg REFERRAL --number 1 --leaves DEHAM --reaches BGSOF --mode air \\\n      --departs 2026-09-01T08:00:00+02:00 --arrives 2026-09-01T12:00:00+03:00 --escorting-office north"
)]
pub(crate) struct Leg {
    /// The referral of the hand-over.
    referral: ThreadId,
    /// 1, 2, … in order.
    #[arg(long, value_name = "N")]
    number: u32,
    /// From: UN/LOCODE. Absent: the name in the input.
    #[arg(long, value_name = "LOCODE")]
    leaves: Option<String>,
    /// To: UN/LOCODE. Absent: the name in the input.
    #[arg(long, value_name = "LOCODE")]
    reaches: Option<String>,
    /// How.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::TravelMode>())]
    mode: v1::TravelMode,
    /// Departure, with the local offset there.
    #[arg(long, value_name = "TIME")]
    departs: TimeArg,
    /// Arrival, with the local offset there.
    #[arg(long, value_name = "TIME")]
    arrives: TimeArg,
    /// The office that escorts: name or identifier. It is not thereby responsible.
    #[arg(long, value_name = "OFFICE")]
    escorting_office: OfficeName,
    /// Minutes between check-ins; 0: none.
    #[arg(long, value_name = "N", default_value_t = 0)]
    check_in_minutes: u32,
    /// JSON input, `-` for standard input: {"leaves_name", "reaches_name", "carrier", "travel_document", "itinerary", "travel_needs"}, none of them required
    #[arg(long = "from", value_name = "FILE")]
    source: Option<Source>,
    #[command(flatten)]
    change: ChangeArgs,
}

impl Leg {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let change = Change::new(tool, self.change);
        let mut known = field_words(v1::Category::Travel);
        known.extend(["leaves_name", "reaches_name"]);
        let mut input = Input::read(self.source.as_ref(), &known)?;
        let from = stop(self.leaves, &mut input, "leaves_name", "--leaves")?;
        let to = stop(self.reaches, &mut input, "reaches_name", "--reaches")?;
        let itinerary = fields(input)?;
        let node = tool.node().await?;
        let leg = v1::LegPlan {
            number: self.number,
            from: Some(from),
            to: Some(to),
            mode: self.mode.into(),
            departs: Some(self.departs.zoned(change.now())),
            arrives: Some(self.arrives.zoned(change.now())),
            escorting_office: self.escorting_office.resolve(&node).await?,
            check_in_minutes: self.check_in_minutes,
        };
        let request = v1::BookLegRequest {
            options: change.options(),
            referral: self.referral.to_string(),
            leg: Some(leg),
            itinerary: (!itinerary.values.is_empty()).then_some(itinerary),
        };
        let answer = node.returns().book_leg(request).await;
        change.done(answer, "The leg is booked.")
    }
}

/// A stop by its code, or by its name in the input: a public place, never an address.
pub(super) fn stop(
    locode: Option<String>,
    input: &mut Input,
    key: &str,
    flag: &str,
) -> Result<v1::Stop, Fault> {
    let name = input.text_if_any(key)?;
    let place = match (locode, name.is_empty()) {
        (Some(locode), true) => Place::Locode(locode),
        (None, false) => Place::Name(name),
        (Some(_), false) => {
            return Err(Fault::usage(format!("both {flag} and `{key}` are given")).next("Give one of them."));
        }
        (None, true) => {
            return Err(Fault::usage(format!("neither {flag} nor `{key}` is given")).next(format!(
                "Give a UN/LOCODE with {flag}, or the name of a public place as `{key}` in the input."
            )));
        }
    };
    Ok(v1::Stop { place: Some(place) })
}

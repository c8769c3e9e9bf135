//! The parts of a bundle as they come, and as JSON.

use waymark_api::exit::Exit;
use waymark_api::v1;
use waymark_api::v1::get_subject_access_response::Part;

use crate::client::content;
use crate::fault::Fault;
use crate::show::json::Json;
use crate::show::message;
use crate::show::names::Names;

/// Everything that came.
#[derive(Default)]
pub(super) struct Parts {
    pub start: Option<v1::SubjectAccessStart>,
    pub case: Option<Json>,
    pub referrals: Vec<Json>,
    pub holdings: Vec<Json>,
    pub sections: Vec<Json>,
    pub events: Vec<Json>,
    /// Parts after the first.
    count: u32,
    end: Option<v1::SubjectAccessEnd>,
}

impl Parts {
    /// Takes one message. A part that this program does not know is counted, and is missed at the end.
    pub(super) fn take(&mut self, message: v1::GetSubjectAccessResponse) {
        let Some(part) = message.part else { return };
        self.count += u32::from(!matches!(part, Part::Start(_)));
        match part {
            Part::Start(start) => self.start = Some(start),
            Part::Case(case) => self.case = Some(message::json(&case)),
            Part::Referral(referral) => self.referrals.push(message::json(&referral)),
            Part::Holding(holding) => self.holdings.push(message::json(&holding)),
            Part::Section(section) => self.sections.push(flat(&section)),
            Part::Event(event) => self.events.push(message::json(&event)),
            Part::End(end) => self.end = Some(end),
        }
    }

    /// The last part, if nothing is missing before it.
    pub(super) fn end(&self) -> Result<v1::SubjectAccessEnd, Fault> {
        let announced = self.start.as_ref().map(|start| start.parts);
        self.end.filter(|_| announced == Some(self.count)).ok_or_else(|| {
            Fault::new(Exit::Unreachable, "the bundle broke off before it was whole")
                .kept("No file was written; the sections opened so far are noted as shown.")
                .next("Ask for it again.")
        })
    }

    /// Everything but the sections, as one JSON text; offices are named in it.
    pub(super) fn record(&self, names: &Names) -> String {
        let case = self.case.clone().unwrap_or(Json::Null);
        let list = |rows: &[Json]| Json::List(rows.to_vec());
        let record = Json::object([
            ("about", self.start.as_ref().map_or(Json::Null, message::json)),
            ("offices", self.offices(names)),
            ("case", case),
            ("referrals", list(&self.referrals)),
            ("holders", list(&self.holdings)),
            ("events", list(&self.events)),
        ]);
        format!("{record}\n")
    }

    /// The names of the offices that hold or wrote anything, or that she was asked about.
    fn offices(&self, names: &Names) -> Json {
        let holders = self.holdings.iter().map(|holding| holding.at("office"));
        let parties = self.referrals.iter().map(|referral| referral.at("summary.other_office"));
        let consents = match self.case.as_ref().map(|case| case.at("consents")) {
            Some(Json::List(consents)) => consents.as_slice(),
            _ => &[],
        };
        let recipients = consents.iter().map(|consent| consent.at("scope.recipient"));
        let mut named: Vec<(String, Json)> = Vec::new();
        for office in holders.chain(parties).chain(recipients).filter_map(Json::as_text) {
            if named.iter().all(|(known, _)| known != office) {
                named.push((office.to_owned(), Json::text(names.of(office))));
            }
        }
        Json::Object(named)
    }
}

/// A section with its content as people read it.
fn flat(section: &v1::SubjectAccessSection) -> Json {
    let mut shown = Vec::new();
    for (key, value) in message::json(section).into_members() {
        if key == "content" { shown.extend(content::flat(value)) } else { shown.push((key, value)) }
    }
    Json::Object(shown)
}

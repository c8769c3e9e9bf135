//! `waymark consent give`: the person consented. Refused unless she was told all seven points.

use std::str::FromStr;

use clap::Args;
use waymark_api::v1;
use waymark_domain::ids::ThreadId;

use crate::client::change::{Change, ChangeArgs};
use crate::client::input::{Input, Source};
use crate::client::moment::DayArg;
use crate::client::recipient::OfficeName;
use crate::client::tool::Tool;
use crate::client::word::{Vocabulary, numbers, word};
use crate::fault::{Done, Fault};

/// Record that the person consented
#[derive(Args)]
#[command(
    after_help = "Example:\n  waymark consent give CASE --recipient south --purpose safe_return --category identity,contact \\\n      --last-day +180d --form written --told all"
)]
pub(crate) struct Give {
    /// The case.
    case: ThreadId,
    /// The one office that may have the data: name or identifier.
    #[arg(long, value_name = "OFFICE")]
    recipient: OfficeName,
    /// For what. May be repeated.
    #[arg(long, required = true, value_delimiter = ',', value_name = "WORD", value_parser = word::<v1::Purpose>())]
    purpose: Vec<v1::Purpose>,
    /// Which data. May be repeated.
    #[arg(long, required = true, value_delimiter = ',', value_name = "WORD", value_parser = word::<v1::Category>())]
    category: Vec<v1::Category>,
    /// First day. Absent: today.
    #[arg(long, value_name = "DAY", default_value = "today")]
    first_day: DayArg,
    /// Last day, at most twelve months later.
    #[arg(long, value_name = "DAY")]
    last_day: DayArg,
    /// The recipient may refer her onward.
    #[arg(long)]
    onward: bool,
    /// How she consented.
    #[arg(long, value_name = "WORD", value_parser = word::<v1::ConsentForm>())]
    form: v1::ConsentForm,
    /// What she was told: `all`, or words of interview, purpose, use, research, right_to_see, storage_time, withdrawal.
    #[arg(long, required = true, value_delimiter = ',', value_name = "WORD")]
    told: Vec<Told>,
    /// JSON input, `-` for standard input: {"witness": "…", "interpreter": "…", "language": "…", "guardian": "…"}, none of them required
    #[arg(long = "from", value_name = "FILE")]
    source: Option<Source>,
    #[command(flatten)]
    change: ChangeArgs,
}

/// What she was told.
#[derive(Debug, Clone, Copy)]
enum Told {
    All,
    One(v1::Disclosure),
}

impl FromStr for Told {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "all" {
            return Ok(Self::All);
        }
        v1::Disclosure::of_word(text).map(Self::One).ok_or(
            "not one of all, interview, purpose, use, research, right_to_see, storage_time, withdrawal",
        )
    }
}

impl Give {
    pub(crate) async fn run(self, tool: &Tool) -> Done {
        let circumstances = circumstances(self.source.as_ref())?;
        let change = Change::new(tool, self.change);
        let node = tool.node().await?;
        let request = v1::GiveConsentRequest {
            options: change.options(),
            case: self.case.to_string(),
            scope: Some(v1::ConsentScope {
                recipient: self.recipient.resolve(&node).await?,
                purposes: numbers(&self.purpose),
                categories: numbers(&self.category),
                onward: self.onward,
                from_on: self.first_day.text(change.now()),
                until_on: self.last_day.text(change.now()),
            }),
            form: self.form.into(),
            told: told(&self.told),
            circumstances: Some(circumstances),
        };
        let answer = node.consents().give_consent(request).await;
        change.done(answer, "The consent is recorded.")
    }
}

fn told(told: &[Told]) -> Vec<i32> {
    let each = told.iter().flat_map(|told| match told {
        Told::All => v1::Disclosure::all().collect(),
        Told::One(one) => vec![*one],
    });
    each.map(Into::into).collect()
}

fn circumstances(source: Option<&Source>) -> Result<v1::ConsentCircumstances, Fault> {
    let mut input = Input::read(source, &["witness", "interpreter", "language", "guardian"])?;
    Ok(v1::ConsentCircumstances {
        witness: input.text_if_any("witness")?,
        interpreter: input.text_if_any("interpreter")?,
        language: input.text_if_any("language")?,
        guardian: input.text_if_any("guardian")?,
    })
}

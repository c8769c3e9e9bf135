//! One thread: who was responsible, which consent held, what was due, and every event, drawn along time and told in a table.

use std::fmt::Write as _;

use waymark_api::html::escaped;
use waymark_domain::time::Timestamp;

use super::{Names, moment, row, table};
use crate::verify::{TimeVerdict, Timeline, TimelineEvent};

const WIDTH: f64 = 920.0;
const LEFT: f64 = 110.0;
const LANE: f64 = 24.0;
/// A bar as long as this has room for a name.
const NAMED: f64 = 120.0;
/// Events drawn, at most; the table has up to [`TOLD_MAX`].
const DRAWN_MAX: usize = 400;
const TOLD_MAX: usize = 1_000;

pub(super) fn draw(page: &mut String, thread: &Timeline, names: &Names) {
    let parties = match (&thread.sender, &thread.receiver) {
        (Some(from), Some(to)) => format!(" from {} to {}", names.of_office(from), names.of_office(to)),
        _ => String::new(),
    };
    let _ = writeln!(
        page,
        "<section class=\"thread\">\n<h3>{}{parties}{}</h3>\n<p class=\"soft\">As the log of {} has it. <code>{}</code></p>",
        if thread.kind == "case" { "Case" } else { "Referral" },
        match thread.phase.as_str() {
            "" => String::new(),
            phase => format!(": {}", escaped(&phase.replace('_', " "))),
        },
        names.of_office(&thread.office),
        escaped(&thread.thread)
    );
    Drawing::of(thread).draw(page, thread, names);
    spans(page, thread);
    events(page, thread, names);
    page.push_str("</section>\n");
}

/// The scale: from the first moment of a thread to the last.
struct Drawing {
    from: u64,
    until: u64,
}

impl Drawing {
    fn of(thread: &Timeline) -> Self {
        let events = thread.events.iter().map(|event| event.claimed_at);
        let due = thread.deadlines.iter().flat_map(|due| [Some(due.from), due.met_at]).flatten();
        let ends = thread.consents.iter().filter_map(|consent| consent.ended_at);
        let all: Vec<u64> = events.chain(due).chain(ends).collect();
        let from = all.iter().copied().min().unwrap_or_default();
        // A claimed time of the far future must not press everything else into one line.
        let until = all.iter().copied().max().unwrap_or_default().min(from.saturating_add(10 * 365 * 86_400));
        Self { from, until: until.max(from + 60) }
    }

    fn x(&self, at: u64) -> f64 {
        let at = at.clamp(self.from, self.until) - self.from;
        LEFT + (WIDTH - LEFT - 10.0) * at as f64 / (self.until - self.from) as f64
    }

    fn draw(&self, page: &mut String, thread: &Timeline, names: &Names) {
        let moves = thread.events.iter().any(|event| event.responsible.is_some());
        let lanes = 1 + usize::from(moves) + thread.consents.len() + thread.deadlines.len();
        let height = LANE * lanes as f64 + 30.0;
        let _ = writeln!(
            page,
            "<svg viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\" aria-label=\"The thread along time; the tables below say the same.\">"
        );
        let mut y = 4.0 - LANE;
        if moves {
            y += LANE;
            self.responsible(page, thread, names, y);
        }
        for consent in &thread.consents {
            y += LANE;
            let (from, until) = (self.x(consent.from), self.x(consent.ended_at.unwrap_or(consent.until)));
            lane(page, "consent", y);
            let _ = writeln!(
                page,
                "<rect class=\"consent\" x=\"{from:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"14\"/>",
                (until - from).max(1.0)
            );
        }
        for due in &thread.deadlines {
            y += LANE;
            lane(page, due.what, y);
            let class = if due.missed { "deadline missed" } else { "deadline" };
            let (from, by, middle) = (self.x(due.from), self.x(due.by), y + 7.0);
            let _ = writeln!(page, "<path class=\"{class}\" d=\"M{from:.1} {middle:.1}H{by:.1}m0 -6v12\"/>");
        }
        y += LANE;
        lane(page, "events", y);
        for (event, number) in thread.events.iter().zip(1..).take(DRAWN_MAX) {
            let class = if event.findings.is_empty() { "event" } else { "event found" };
            let x = self.x(event.claimed_at);
            let _ = writeln!(
                page,
                "<path class=\"{class}\" d=\"M{x:.1} {y:.1}v14\"><title>{number}</title></path>"
            );
        }
        let below = y + LANE + 8.0;
        let _ = writeln!(
            page,
            "<path class=\"axis\" d=\"M{LEFT} {:.1}H{:.1}\"/>\n<text class=\"soft\" x=\"{LEFT}\" y=\"{below:.1}\">{}</text>\n\
             <text class=\"soft\" x=\"{:.1}\" y=\"{below:.1}\" text-anchor=\"end\">{}</text>\n</svg>",
            y + LANE - 4.0,
            WIDTH - 10.0,
            Timestamp(self.from),
            WIDTH - 10.0,
            Timestamp(self.until)
        );
    }

    /// Who is responsible from which event on.
    fn responsible(&self, page: &mut String, thread: &Timeline, names: &Names, y: f64) {
        lane(page, "responsible", y);
        let changes: Vec<(&str, u64)> = thread
            .events
            .iter()
            .filter_map(|event| Some((event.responsible.as_deref()?, event.claimed_at)))
            .collect();
        for (number, (office, from)) in changes.iter().enumerate() {
            let until = changes.get(number + 1).map_or(self.until, |(_, at)| *at);
            let class = if Some(*office) == thread.receiver.as_deref() { "b" } else { "a" };
            let (left, right) = (self.x(*from), self.x(until));
            let _ = writeln!(
                page,
                "<rect class=\"bar {class}\" x=\"{left:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"14\"><title>{}</title></rect>",
                (right - left).max(1.0),
                names.of_office(office)
            );
            if right - left > NAMED {
                let (left, y, name) = (left + 4.0, y + 11.0, names.of_office(office));
                let _ = writeln!(page, "<text class=\"on\" x=\"{left:.1}\" y=\"{y:.1}\">{name}</text>");
            }
        }
    }
}

fn lane(page: &mut String, word: &str, y: f64) {
    let _ = writeln!(page, "<text class=\"soft\" x=\"0\" y=\"{:.1}\">{}</text>", y + 11.0, escaped(word));
}

fn spans(page: &mut String, thread: &Timeline) {
    if !thread.consents.is_empty() {
        table(page, "Consent", &["From", "Until", "Ended", "Covers"], |rows| {
            for consent in &thread.consents {
                let ended = consent.ended_at.map(moment).unwrap_or_default();
                let (from, until) = (moment(consent.from), moment(consent.until));
                row(rows, &[&from, &until, &ended, &escaped(&consent.categories.join(", "))]);
            }
        });
    }
    if !thread.deadlines.is_empty() {
        table(page, "What was due", &["What", "From", "By", "Done"], |rows| {
            for due in &thread.deadlines {
                let done = match (due.met_at, due.missed) {
                    (Some(at), false) => moment(at),
                    (Some(at), true) => format!("late, {}", moment(at)),
                    (None, true) => "missed".to_owned(),
                    (None, false) => "not yet due".to_owned(),
                };
                let (from, by) = (moment(due.from), moment(due.by));
                row(rows, &[&escaped(due.what), &from, &by, &done]);
            }
        });
    }
}

fn events(page: &mut String, thread: &Timeline, names: &Names) {
    table(
        page,
        "What happened",
        &["#", "Written", "Known here, if later", "What", "Time", "Findings"],
        |rows| {
            for (event, number) in thread.events.iter().zip(1..).take(TOLD_MAX) {
                let known =
                    if event.known_at == event.claimed_at { String::new() } else { moment(event.known_at) };
                let found: Vec<String> =
                    event.findings.iter().map(|code| format!("<code>{}</code>", code.word())).collect();
                row(
                    rows,
                    &[
                        &format!("{number}"),
                        &moment(event.claimed_at),
                        &known,
                        &told(event, names),
                        time(event.time),
                        &found.join(" "),
                    ],
                );
            }
        },
    );
    if thread.events.len() > TOLD_MAX {
        super::say(page, &format!("{} more events are not told here.", thread.events.len() - TOLD_MAX));
    }
}

fn told(event: &TimelineEvent, names: &Names) -> String {
    let mut told = escaped(&event.sentence);
    if let Some(office) = &event.responsible {
        let _ = write!(told, " <strong>Responsible from here: {}.</strong>", names.of_office(office));
    }
    told
}

const fn time(verdict: Option<TimeVerdict>) -> &'static str {
    match verdict {
        Some(TimeVerdict::Proven) => "proven",
        Some(TimeVerdict::Contradicted) => "contradicted",
        Some(TimeVerdict::Undecidable) => "undecided",
        None => "",
    }
}

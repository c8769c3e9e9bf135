//! The verdict on a bundle as one page, for the screen and for paper: summary, findings, who referred to whom, and the story of threads.
//!
//! One file without scripts, fonts or pictures from elsewhere; everything drawn stands in a table beside the drawing. It holds no personal
//! data, and counts below [`HIDDEN_BELOW`] are not told: in a small network they would point at a person.

mod network;
mod timeline;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use waymark_api::html::escaped;
use waymark_domain::time::Timestamp;

use crate::verify::{Class, Finding, LogReport, Report, Timeline, Trust};

/// Counts of people below this are told as "fewer than".
pub const HIDDEN_BELOW: u64 = 5;
/// Threads with a finding that are told, at most.
const FOUND_MAX: usize = 500;
/// Threads without one.
const PLAIN_MAX: usize = 200;

/// What is collected while a bundle is verified.
#[derive(Debug, Default)]
pub struct Page {
    found: Vec<Timeline>,
    plain: Vec<Timeline>,
    left_out: u64,
}

impl Page {
    /// Takes the story of a thread; of very many only the first are kept, those with a finding before the others.
    pub fn take(&mut self, timeline: Timeline) {
        let has_finding = timeline.events.iter().any(|event| !event.findings.is_empty())
            || timeline.deadlines.iter().any(|deadline| deadline.missed);
        let (kept, max) =
            if has_finding { (&mut self.found, FOUND_MAX) } else { (&mut self.plain, PLAIN_MAX) };
        if kept.len() < max {
            kept.push(timeline);
        } else {
            self.left_out += 1;
        }
    }

    /// The page; `words`: the fingerprint of the first roster version as it is read out.
    #[must_use]
    pub fn finish(self, report: &Report, words: &str, made_at: Timestamp) -> String {
        let names = Names::of(report);
        let mut page = String::from(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <meta name=\"robots\" content=\"noindex\">\n<title>Audit of a Waymark network</title>\n<style>\n",
        );
        page.push_str(include_str!("report.css"));
        page.push_str("</style>\n</head>\n<body>\n");
        summary(&mut page, report, words, made_at);
        findings(&mut page, report, &names);
        logs(&mut page, &report.logs);
        network::draw(&mut page, &report.referred, &names);
        self.threads(&mut page, &names);
        page.push_str("</body>\n</html>\n");
        page
    }

    fn threads(&self, page: &mut String, names: &Names) {
        page.push_str("<h2>Threads</h2>\n");
        if self.left_out > 0 {
            say(page, &format!("{} more threads are not told here; all were checked.", self.left_out));
        }
        if self.found.is_empty() && self.plain.is_empty() {
            say(page, "No thread was read.");
        }
        self.found.iter().chain(&self.plain).for_each(|thread| timeline::draw(page, thread, names));
    }
}

/// Names of offices, as far as the report knows them.
struct Names(BTreeMap<String, String>);

impl Names {
    fn of(report: &Report) -> Self {
        Self(report.logs.iter().map(|log| (log.office.clone(), log.name.clone())).collect())
    }

    /// The name, ready for the page; of an office whose log is not at hand the beginning of its id.
    fn of_office(&self, office: &str) -> String {
        match self.0.get(office).filter(|name| !name.is_empty()) {
            Some(name) => escaped(name),
            None => escaped(&office.chars().take(8).collect::<String>()),
        }
    }
}

fn summary(page: &mut String, report: &Report, words: &str, made_at: Timestamp) {
    page.push_str("<h1>Audit of a Waymark network</h1>\n");
    let _ = writeln!(
        page,
        "<p class=\"soft\">Made on {} from the signed logs alone. All times are UTC. No personal data.</p>",
        moment(made_at.0)
    );
    let (class, verdict) = match report.verdict {
        None => ("", "The bundle is whole: every check held.".to_owned()),
        Some(Class::Undecided) => {
            ("", "Nothing is wrong as far as the bundle goes; what it leaves open stands below.".to_owned())
        }
        Some(class) => (" bad", format!("The bundle does not hold: {}.", class.word())),
    };
    let _ = writeln!(page, "<p class=\"verdict{class}\">{verdict}</p>");
    let roster = &report.roster;
    let trust = match roster.trust {
        Trust::Confirmed => "The fingerprint of the first one was compared in person.",
        Trust::Unconfirmed => {
            "Nobody has compared the fingerprint of the first one: all trust comes from it."
        }
        Trust::Differs => "The first one is not the one that was compared.",
    };
    let cosigned = match roster.cosigned_by {
        None => "Who has cosigned the newest was not read this time.".to_owned(),
        Some(0) => "No office has told the others that it holds the newest.".to_owned(),
        Some(1) => "Offices of 1 organisation have cosigned the newest.".to_owned(),
        Some(more) => {
            format!("Offices of {more} organisations have cosigned the newest: they hold the same.")
        }
    };
    let _ = writeln!(
        page,
        "<p>Roster: {}, in force until {}. {trust} {cosigned}</p>\n<p class=\"soft\">Words of the first: {}; in hex <code>{}</code></p>",
        match roster.versions {
            1 => "1 version".to_owned(),
            more => format!("{more} versions"),
        },
        moment(roster.expires_at),
        escaped(words),
        escaped(&roster.fingerprint)
    );
}

fn findings(page: &mut String, report: &Report, names: &Names) {
    page.push_str("<h2>Findings</h2>\n");
    if report.counts.is_empty() {
        return say(page, "None.");
    }
    table(page, "How often each verdict was given", &["Verdict", "#Number"], |rows| {
        for (code, count) in &report.counts {
            row(rows, &[&format!("<code>{}</code>", escaped(code)), &count.to_string()]);
        }
    });
    table(
        page,
        "The first of each, in the order in which things are checked",
        &["Verdict", "Class", "Where", "What"],
        |rows| {
            for finding in &report.findings {
                let code = format!("<code>{}</code>", finding.code.word());
                row(rows, &[&code, finding.class.word(), &place(finding, names), &escaped(&finding.what)]);
            }
        },
    );
}

fn place(finding: &Finding, names: &Names) -> String {
    let office = finding.office.as_deref().map(|office| names.of_office(office));
    let index = finding.index.map(|index| format!("entry {index}"));
    let thread = finding.thread.as_deref().map(|thread| format!("thread <code>{}</code>", escaped(thread)));
    [office, index, thread].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn logs(page: &mut String, logs: &[LogReport]) {
    page.push_str("<h2>Logs</h2>\n");
    let columns = [
        "Office",
        "#Entries",
        "#Of others",
        "#Witnessed up to",
        "Witnessed at",
        "#Disclosures",
        "#Asked to erase",
        "#Times proven",
    ];
    table(page, "Each office's log", &columns, |rows| {
        for log in logs {
            let at = log.witnessed_at.map_or_else(|| "by no quorum".to_owned(), moment);
            let times = log.times;
            let all = times.proven + times.contradicted + times.undecidable;
            row(
                rows,
                &[
                    &format!("{} ({})", escaped(&log.name), log.log),
                    &log.size.to_string(),
                    &log.received.to_string(),
                    &log.witnessed.to_string(),
                    &at,
                    &people(log.disclosures),
                    &people(log.withdrawals),
                    &format!("{} of {all}", times.proven),
                ],
            );
        }
    });
}

/// A moment for people: seconds are enough, and the zone is told once.
fn moment(at: u64) -> String {
    let at = Timestamp(at).to_string();
    format!("<time datetime=\"{at}\">{}</time>", at.replace('T', " ").trim_end_matches('Z'))
}

/// A count of people or of what was done for them.
fn people(count: u64) -> String {
    match count {
        0 => "0".to_owned(),
        1..HIDDEN_BELOW => format!("fewer than {HIDDEN_BELOW}"),
        more => more.to_string(),
    }
}

fn say(page: &mut String, sentence: &str) {
    let _ = writeln!(page, "<p>{}</p>", escaped(sentence));
}

/// A table; a heading that begins with `#` stands over numbers. Cells are HTML.
fn table(page: &mut String, caption: &str, columns: &[&str], rows: impl FnOnce(&mut String)) {
    let _ = write!(page, "<table>\n<caption>{}</caption>\n<thead><tr>", escaped(caption));
    for column in columns {
        let _ = match column.strip_prefix('#') {
            Some(number) => write!(page, "<th scope=\"col\" class=\"number\">{}</th>", escaped(number)),
            None => write!(page, "<th scope=\"col\">{}</th>", escaped(column)),
        };
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    rows(page);
    page.push_str("</tbody>\n</table>\n");
}

fn row(page: &mut String, cells: &[&str]) {
    page.push_str("<tr>");
    for cell in cells {
        let few = cell.starts_with("fewer than");
        let number = !cell.is_empty() && (few || cell.bytes().all(|byte| byte.is_ascii_digit()));
        let class = if number { " class=\"number\"" } else { "" };
        let _ = write!(page, "<td{class}>{cell}</td>");
    }
    page.push_str("</tr>\n");
}

#[cfg(test)]
mod tests;

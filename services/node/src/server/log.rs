//! The node's log: one JSON object a line on standard error. Only fields of a short list are written, so that no code
//! anywhere can put more into it; of other people's crates only level and target.

use std::fmt::{self, Write as _};
use std::io::{self, Write as _};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use crate::clock;
use crate::config::LogLevel;
use crate::show::json::Json;

/// Fields that may be written: positions, names of rules and faults, identifiers without meaning. Nothing that a person
/// wrote or that is said of a person.
const ALLOWED: &[&str] = &[
    "address", "category", "count", "event", "failure", "fault", "index", "log", "office", "reason",
    "refused", "size", "slot", "staff", "thread", "verdict", "version", "wait", "whom",
];
/// Whose words are written.
const OWN: &str = "waymark";
/// The access log.
const ACCESS: &str = "waymark::access";
/// Bytes of one value, at most.
const VALUE_MAX: usize = 500;

/// How lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum LogFormat {
    /// One JSON object a line.
    #[default]
    Json,
    /// For reading along.
    Text,
}

/// Begins to write. A second call in one process changes nothing.
pub(super) fn start(level: LogLevel, format: LogFormat) {
    // What a panic says may quote what somebody wrote; where it happened quotes nobody.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
        tracing::error!(fault = place, "a call stopped in the middle; nothing that was answered is lost");
    }));
    let lines = Lines { level: Level::from(level), format };
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(lines));
}

impl From<LogLevel> for Level {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
        }
    }
}

struct Lines {
    level: Level,
    format: LogFormat,
}

impl Lines {
    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        // Who was shown what is written whatever else is.
        if metadata.target() == ACCESS {
            return true;
        }
        let most = if is_own(metadata) { self.level } else { self.level.min(Level::WARN) };
        *metadata.level() <= most
    }
}

impl<S: Subscriber> Layer<S> for Lines {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        self.wants(metadata)
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let line = line(event, self.format);
        // A log that cannot be written has nobody to tell.
        let _ = writeln!(io::stderr().lock(), "{line}");
    }
}

fn is_own(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with(OWN)
}

fn line(event: &Event<'_>, format: LogFormat) -> String {
    let metadata = event.metadata();
    let mut taken = Taken { own: is_own(metadata), members: Vec::new() };
    event.record(&mut taken);
    let mut members = vec![
        ("time".to_owned(), Json::text(clock::now().to_string())),
        ("level".to_owned(), Json::text(metadata.level().as_str().to_lowercase())),
        ("target".to_owned(), Json::text(metadata.target())),
    ];
    members.extend(taken.members);
    match format {
        LogFormat::Json => Json::Object(members).to_string(),
        LogFormat::Text => members.iter().fold(String::new(), |mut line, (key, value)| {
            let separator = if line.is_empty() { "" } else { " " };
            let _ = match (key.as_str(), value.as_text()) {
                ("time" | "level" | "message", Some(text)) => write!(line, "{separator}{text}"),
                _ => write!(line, "{separator}{key}={value}"),
            };
            line
        }),
    }
}

/// Takes what may be written.
struct Taken {
    own: bool,
    members: Vec<(String, Json)>,
}

impl Taken {
    fn take(&mut self, field: &Field, value: impl FnOnce() -> Json) {
        let allowed = field.name() == "message" || ALLOWED.contains(&field.name());
        if self.own && allowed {
            self.members.push((field.name().to_owned(), value()));
        }
    }
}

impl Visit for Taken {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.take(field, || Json::from(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.take(field, || Json::from(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.take(field, || Json::from(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.take(field, || bounded(value.to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.take(field, || bounded(format!("{value:?}")));
    }
}

fn bounded(mut text: String) -> Json {
    if text.len() > VALUE_MAX {
        let end = (0..=VALUE_MAX).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    Json::Text(text)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Keeps the lines instead of writing them.
    struct Kept(Arc<Mutex<Vec<String>>>);

    impl<S: Subscriber> Layer<S> for Kept {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            self.0.lock().expect("one writer").push(line(event, LogFormat::Json));
        }
    }

    fn lines(write: impl FnOnce()) -> Vec<String> {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let subscriber = tracing_subscriber::registry().with(Kept(Arc::clone(&kept)));
        tracing::subscriber::with_default(subscriber, write);

        kept.lock().expect("one reader").clone()
    }

    #[test]
    fn a_field_that_is_not_listed_never_shows() {
        let told = lines(
            || tracing::info!(target: "waymark_desk", index = 7, name = "Canary", given_name = %"Canary", "kept"),
        );
        assert_eq!(told.len(), 1);
        assert!(told[0].contains(r#""message":"kept""#) && told[0].contains(r#""index":7"#), "{}", told[0]);
        assert!(!told[0].contains("Canary") && !told[0].contains("given_name"), "{}", told[0]);
        assert!(serde_json::from_str::<Json>(&told[0]).is_ok());
    }

    #[test]
    fn of_other_crates_only_level_and_target_show() {
        let told = lines(|| tracing::warn!(target: "async_nats", fault = "Canary", "Canary"));
        assert!(told[0].contains("async_nats") && !told[0].contains("Canary"), "{}", told[0]);
    }

    #[test]
    fn a_long_value_is_cut() {
        let long = "é".repeat(VALUE_MAX);
        let told = lines(|| tracing::warn!(target: "waymark", reason = long.as_str(), "cut"));
        assert!(told[0].len() < 2 * VALUE_MAX, "{}", told[0].len());
    }
}

//! Offices and the hub go away and come back: what is promised all the same. Short stories of north and south only.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::harness::{Network, Office, until};

/// North, south and a referral that north may offer.
pub struct Pair {
    /// The running network.
    pub network: Network,
    case: String,
    consent: String,
}

impl Pair {
    /// Two offices that know each other, and a case at north whose person consents to legal aid from south.
    ///
    /// # Errors
    /// When a step is refused.
    pub fn begin(folder: &Path) -> Result<Self> {
        let wanted = [("north", "DE", "ngo", &["office"][..]), ("south", "BG", "ngo", &["office"][..])];
        let mut network = Network::create(folder, &wanted)?;
        network.start_all()?;
        let north = network.office("north");
        let case = id(&until("north may open a case", || Ok(north.does(&["case", "open"], None).ok()))?)?;
        north.does(
            &["case", "record", &case, "--category", "contact"],
            Some(json!({"code_word": "marigold"})),
        )?;
        let give = ["consent", "give", &case, "--recipient", "south", "--purpose", "legal"];
        let how =
            ["--category", "triage,contact", "--last-day", "+90d", "--form", "written", "--told", "all"];
        let given = north.does(&[&give[..], &how[..]].concat(), None)?;
        let consent = given["consent"].as_str().context("no consent")?.to_owned();
        let pair = Self { network, case, consent };
        // South's inbox key has come when an offer would be possible.
        until("north may offer", || Ok(pair.north().does(&pair.offer(&["--dry-run"]), None).ok()))?;
        Ok(pair)
    }

    /// North.
    #[must_use]
    pub fn north(&self) -> &Office {
        self.network.office("north")
    }

    /// South.
    #[must_use]
    pub fn south(&self) -> &Office {
        self.network.office("south")
    }

    fn offer<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let offer = ["referral", "offer", &self.case, "--recipient", "south", "--kind", "service"];
        let what = ["--consent", &self.consent, "--purpose", "legal", "--first-day", "+7d"];
        let triage = ["--language", "bg", "--urgency", "normal", "--risk", "low"];
        [&offer[..], &what[..], &triage[..], more].concat()
    }

    /// North offers; the referral.
    ///
    /// # Errors
    /// When it is refused.
    pub fn offers(&self) -> Result<String> {
        id(&self.north().does(&self.offer(&[]), None)?)
    }

    /// Each message of a referral as an office reads it, in its order, each once.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub fn messages(&self, office: &Office, referral: &str) -> Result<Vec<String>> {
        let told = office.cli().lines(&["audit", "replay", "--thread", referral], None)?;
        let lines = told.iter().filter_map(|line| line.get("line"));
        let events: Vec<&Value> = lines
            .filter(|line| line["kind_name"] == json!("MessageSent"))
            .map(|line| &line["event_id"])
            .collect();
        let mut messages = Vec::new();
        for event in events {
            let event = event.as_str().context("no event id")?;
            let reveal = ["case", "reveal", referral, "--category", "coordination", "--event", event];
            let shown = office.does(&reveal, None)?;
            messages.push(shown["message"].as_str().context("no message")?.to_owned());
        }
        Ok(messages)
    }
}

fn id(answer: &Value) -> Result<String> {
    answer["thread"].as_str().map(str::to_owned).with_context(|| format!("no thread in {answer}"))
}

/// Sees a referral in a phase.
fn sees(office: &Office, referral: &str, phase: &str) -> Result<Value> {
    office.sees(phase, &["referral", "show", referral], |shown| shown["phase"] == json!(phase))
}

/// The hub loses its stream while south is away: what north wrote comes all the same, once and in order.
///
/// # Errors
/// When something is lost or doubled.
pub fn lost_stream(folder: &Path) -> Result<()> {
    let mut pair = Pair::begin(folder)?;
    let referral = pair.offers()?;
    sees(pair.north(), &referral, "delivered")?;
    pair.network.office_mut("south").stop()?;
    let sent: Vec<String> = (1..=5).map(|number| format!("message {number}")).collect();
    for text in &sent {
        pair.north().does(&["referral", "message", &referral], Some(json!({ "text": text })))?;
    }
    until("the hub has taken everything", || Ok((pair.network.hub.waiting()? > 0).then_some(())))?;
    pair.network.hub.lose_stream();
    pair.network.provision_again()?;
    ensure!(pair.network.hub.waiting()? == 0, "the hub still holds something");
    pair.network.restart("south")?;
    let south = pair.south();
    until("every message has come", || {
        Ok((pair.messages(south, &referral)?.len() >= sent.len()).then_some(()))
    })?;
    ensure!(pair.messages(south, &referral)? == sent, "{:?}", pair.messages(south, &referral)?);
    ensure!(pair.messages(pair.north(), &referral)? == sent, "north's own history changed");
    south.does(&["audit", "verify"], None)?;
    Ok(())
}

/// South is away while north offers, writes and withdraws: on its return it sees the end, and what was disclosed to nobody.
///
/// # Errors
/// When it sees something else.
pub fn away(folder: &Path) -> Result<()> {
    let mut pair = Pair::begin(folder)?;
    pair.network.office_mut("south").kill()?;
    let referral = pair.offers()?;
    pair.north().does(&["referral", "withdraw", &referral, "--by", "person"], None)?;
    pair.network.restart("south")?;
    sees(pair.south(), &referral, "withdrawn_by_person")?;
    let shown = pair.south().cli().refused(&["case", "reveal", &referral, "--category", "triage"], None)?;
    ensure!(shown.exit == 3, "a withdrawn offer opens: {shown}");
    until("north sees that south knows", || {
        let told = pair.north().cli().lines(&["audit", "replay", "--thread", &referral], None)?;
        let knows = |line: &Value| line["line"]["kind_name"] == json!("WithdrawalAcknowledged");
        Ok(told.iter().any(knows).then_some(()))
    })?;
    sees(pair.north(), &referral, "withdrawn_by_person")?;
    Ok(())
}

/// South is started from an old copy of its folder, and once more with nobody there to tell it: it writes nothing and says why.
///
/// # Errors
/// When it writes.
pub fn old_copy(folder: &Path) -> Result<()> {
    let mut pair = Pair::begin(folder)?;
    pair.network.office_mut("south").stop()?;
    let data = pair.south().data().to_owned();
    let backup = folder.join("backup");
    copy(&data, &backup)?;
    pair.network.restart("south")?;
    let referral = pair.offers()?;
    let south = pair.south();
    until("south acknowledges", || Ok(south.does(&["referral", "acknowledge", &referral], None).ok()))?;
    sees(pair.north(), &referral, "acknowledged")?;
    pair.network.office_mut("south").kill()?;
    std::fs::remove_dir_all(&data)?;
    copy(&backup, &data)?;
    let before = size_of_log(&data)?;
    pair.network.restart("south")?;
    is_behind(pair.south())?;
    pair.network.office_mut("south").stop()?;
    pair.network.hub.kill();
    pair.network.restart("south")?;
    is_behind(pair.south())?;
    ensure!(size_of_log(&data)? == before, "something was signed");
    Ok(())
}

/// South's newest folder is lost. The root holders close its log, and south goes on in the next one from an old copy: what the copy
/// held is there, what was lost comes back from north, and the referral goes on.
///
/// # Errors
/// When something is missing or doubled on either side.
pub fn recovered(folder: &Path) -> Result<()> {
    let mut pair = Pair::begin(folder)?;
    let south_case = id(&pair.south().does(&["case", "open"], None)?)?;
    let referral = pair.offers()?;
    sees(pair.south(), &referral, "delivered")?;
    pair.network.office_mut("south").stop()?;
    let data = pair.south().data().to_owned();
    let backup = folder.join("backup");
    copy(&data, &backup)?;
    pair.network.restart("south")?;
    let south = pair.south();
    south.does(&["referral", "acknowledge", &referral], None)?;
    south.does(&["referral", "message", &referral], Some(json!({"text": "which court?"})))?;
    until("the message has come", || Ok((pair.messages(pair.north(), &referral)?.len() == 1).then_some(())))?;
    pair.north().does(&["referral", "message", &referral], Some(json!({"text": "the one in Ruse"})))?;
    until("the answer has come", || Ok((pair.messages(pair.south(), &referral)?.len() == 2).then_some(())))?;
    pair.network.office_mut("south").kill()?;
    std::fs::remove_dir_all(&data)?;
    copy(&backup, &data)?;
    pair.network.restart("south")?;
    is_behind(pair.south())?;
    pair.network.office_mut("south").stop()?;
    pair.network.open_next_log("south")?;
    pair.network.restart("south")?;
    let south = pair.south();
    south.sees("that north has given back", &["office", "status"], |shown| {
        let peers = shown["peers"].as_array();
        let awaited = peers.is_some_and(|peers| peers.iter().any(|peer| peer["awaited"] == json!(true)));
        shown["start_guard"] == json!("open") && shown["head"]["log"] == json!(1) && !awaited
    })?;
    south.does(&["case", "show", &south_case], None)?;
    sees(south, &referral, "acknowledged")?;
    south.does(&["referral", "accept", &referral], None)?;
    let phases = |office: &Office| -> Result<Value> {
        Ok(office.does(&["referral", "show", &referral], None)?["phase"].clone())
    };
    until("both see the same", || {
        let (south, north) = (phases(pair.south())?, phases(pair.north())?);
        Ok((south == north && south != json!("acknowledged")).then_some(()))
    })?;
    ensure!(pair.messages(pair.north(), &referral)?.len() == 2, "north's history changed");
    for office in [pair.north(), pair.south()] {
        office.does(&["audit", "verify"], None)?;
        let status = office.does(&["office", "status"], None)?;
        ensure!(matches!(&status["anomalies"], Value::Null) || status["anomalies"] == json!(0), "{status}");
    }
    Ok(())
}

fn is_behind(south: &Office) -> Result<()> {
    south.sees("that it is behind", &["office", "status"], |shown| {
        shown["start_guard"] != json!("open") && shown["start_guard_advice"].to_string().contains("old copy")
    })?;
    let refused = south.cli().refused(&["case", "open"], None)?;
    ensure!(refused.reason == "START_GUARD", "a command was refused otherwise: {refused}");
    Ok(())
}

/// South's index is removed after a crash: the same rows, and what waited goes out.
///
/// # Errors
/// When a row or a letter is missing.
pub fn without_index(folder: &Path) -> Result<()> {
    let mut pair = Pair::begin(folder)?;
    let referral = pair.offers()?;
    let south = pair.south();
    until("south acknowledges", || Ok(south.does(&["referral", "acknowledge", &referral], None).ok()))?;
    // A receipt that comes meanwhile changes when a row changed, and nothing else.
    let rows = |pair: &Pair| -> Result<Vec<Value>> {
        let mut rows = pair.south().cli().lines(&["referral", "list"], None)?;
        for row in rows.iter_mut().filter_map(Value::as_object_mut) {
            row.retain(|field, _| !matches!(field.as_str(), "etag" | "changed_at"));
        }
        Ok(rows)
    };
    let before = rows(&pair)?;
    pair.network.hub.kill();
    pair.south().does(&["referral", "ask", &referral], Some(json!({"text": "which court?"})))?;
    let waits = |pair: &Pair| waiting(pair.south());
    ensure!(waits(&pair)? >= 1, "a question waits for the hub, and the status does not say so");
    let with_question = rows(&pair)?;
    ensure!(before != with_question, "a question changes the row");
    pair.network.office_mut("south").kill()?;
    std::fs::remove_dir_all(pair.south().data().join("index"))?;
    pair.network.hub.restart();
    pair.network.restart("south")?;
    let again = rows(&pair)?;
    ensure!(again == with_question, "after the index was made again: {again:?}, before: {with_question:?}");
    sees(pair.north(), &referral, "information_requested")?;
    until("nothing waits any more", || Ok((waits(&pair)? == 0).then_some(())))
}

/// How many entries wait at an office, as it says, which is also what waits for the others together.
fn waiting(office: &Office) -> Result<u64> {
    let status = office.does(&["office", "status"], None)?;
    let waits = status["outbox"].as_u64().or(status["outbox"].as_str().and_then(|text| text.parse().ok()));
    let waits = waits.unwrap_or_default();
    ensure!((waits > 0) == status["outbox_oldest_at"].is_string(), "since when: {status}");
    Ok(waits)
}

fn size_of_log(data: &Path) -> Result<Vec<u8>> {
    Ok(std::fs::read(data.join("log").join("checkpoint"))?)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()))?;
        } else {
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

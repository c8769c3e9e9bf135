//! A return case goes from one office to another, end to end: three organisations, three processes, one hub.
//!
//! Every step is asserted. South's node is killed once and the hub once; nothing is lost or doubled.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::Narrator;
use crate::harness::{Network, Office};

/// What the story leaves behind, for those who go on with it.
pub struct Played {
    /// The running network.
    pub network: Network,
    /// North's case.
    pub case: String,
    /// The hand-over from north to south.
    pub hand_over: String,
    /// The referral from north to harbour.
    pub shelter: String,
}

/// Plays the story in `folder`.
///
/// # Errors
/// At the first step that does not go as it must.
pub fn play(folder: &Path, narrator: &mut dyn Narrator) -> Result<Played> {
    let network = begin(folder, narrator)?;
    let directory = import_directory(folder, &network, narrator)?;
    ensure!(directory > 0, "the directory of south is empty");
    let mut story = Story::open_case(network, narrator)?;
    story.offer(narrator)?;
    story.answer_questions(narrator)?;
    story.disclose(narrator)?;
    story.find_shelter(narrator)?;
    story.prepare_journey(narrator)?;
    story.depart(narrator)?;
    story.travel(narrator)?;
    story.receive(narrator)?;
    story.look_back(narrator)?;
    let Story { network, case, hand_over, shelter, .. } = story;
    Ok(Played { network, case, hand_over, shelter })
}

/// 1. The network, its notices and its directory.
fn begin(folder: &Path, narrator: &mut dyn Narrator) -> Result<Network> {
    narrator.chapter("1. A network begins");
    let mut network = Network::create(
        folder,
        &[
            ("north", "DE", "ngo", &["office"]),
            ("south", "BG", "ngo", &["office"]),
            ("harbour", "BG", "shelter", &["partner"]),
        ],
    )?;
    narrator.say(
        "Offices north and south and the shelter harbour are in the roster, signed by 2 of 3 root holders.",
    );
    network.start_all()?;
    for office in &network.offices {
        let profile = ["office", "profile", "--language", "bg,en", "--service", "safe_return,safe_shelter"];
        let hours = [
            "--workday",
            "monday,tuesday,wednesday,thursday,friday",
            "--opens",
            "09:00",
            "--closes",
            "17:00",
        ];
        office.does(&[&profile[..], &hours[..]].concat(), None)?;
    }
    for office in &network.offices {
        all_know(office, network.offices.len())?;
    }
    narrator.say("Three nodes run and know each other's profile and inbox key.");
    let harbour = network.office("harbour");
    let unit = harbour
        .does(&["shelter", "publish", "--kind", "single", "--admits", "women", "--maximum", "2"], None)?;
    ensure!(unit["unit"].is_string(), "harbour published no unit");
    network.office("north").sees("harbour's places", &["shelter", "list", "--office", "harbour"], |row| {
        row["available"] == json!(2)
    })?;
    narrator.say("Harbour tells everybody that it has 2 single rooms; no personal data in that.");
    Ok(network)
}

/// Every other office has told its profile and its inbox key.
fn all_know(office: &Office, how_many: usize) -> Result<()> {
    crate::harness::until("the offices know each other", || {
        let rows = office.cli().lines(&["office", "list"], None)?;
        let known = rows.iter().filter(|row| {
            row["inbox_until_on"].is_string()
                && row["profile"]["languages"].as_array().is_some_and(|known| !known.is_empty())
        });
        Ok((known.count() == how_many).then_some(()))
    })
}

/// South's directory of services: real data when they are at hand, otherwise our own.
fn import_directory(folder: &Path, network: &Network, narrator: &mut dyn Narrator) -> Result<usize> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let shared = root.join("../shared/data");
    let real = [
        ("illinois", shared.join("illinois-legal-aid"), "hsds_csv"),
        ("hsds", shared.join("hsds-3.0/examples"), "hsds_json"),
    ];
    let own = [("own", root.join("deploy/directory"), "hsds_json")];
    let sources: Vec<_> = if shared.is_dir() { real.to_vec() } else { own.to_vec() };
    let south = network.office("south");
    let mut taken = 0;
    for (name, path, format) in sources {
        let report = folder.join(format!("{name}.report"));
        let output = south
            .cli()
            .command()
            .args(["--json", "directory", "import", name])
            .arg(&path)
            .args(["--format", format])
            .output()?;
        std::fs::write(&report, &output.stdout)?;
        let code = output.status.code().unwrap_or(-1);
        ensure!(
            code == 0 || code == 9,
            "the import of {name} ended with {code}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let lines: Vec<Value> = output
            .stdout
            .split(|byte| *byte == b'\n')
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect();
        let faults = lines.iter().filter(|line| line["fault"].is_object()).count();
        let summary =
            lines.iter().find_map(|line| line.get("summary")).context("no summary of the import")?;
        let services = summary["services"].as_u64().context("no number of services")? as usize;
        narrator.say(&format!("South imports the directory {name}: {services} services; {faults} rows could not be read, each reported."));
        ensure!((code == 9) == (faults > 0), "the exit code does not say whether rows were refused");
        taken += services;
    }
    Ok(taken)
}

/// A referral's phase, empty when there is none.
fn phase(shown: &Value) -> &str {
    shown["phase"].as_str().unwrap_or_default()
}

struct Story {
    network: Network,
    case: String,
    consent_south: String,
    consent_harbour: String,
    hand_over: String,
    shelter: String,
}

/// The event or thread id that a command answered with.
fn id(answer: &Value, key: &str) -> Result<String> {
    answer[key].as_str().map(str::to_owned).with_context(|| format!("no {key} in {answer}"))
}

impl Story {
    fn north(&self) -> &Office {
        self.network.office("north")
    }

    fn south(&self) -> &Office {
        self.network.office("south")
    }

    fn harbour(&self) -> &Office {
        self.network.office("harbour")
    }

    /// 2. A case at north, and what the person consents to.
    fn open_case(network: Network, narrator: &mut dyn Narrator) -> Result<Self> {
        narrator.chapter("2. She comes to north");
        let north = network.office("north");
        let case = id(&north.does(&["case", "open"], None)?, "thread")?;
        let sections = [
            ("identity", json!({"given_name": "Canary", "family_name": "Testperson", "nationality": "BG"})),
            (
                "contact",
                json!({"safe_phone": "+000 555 0100", "safe_times": "weekdays 10 to 12", "code_word": "lantern"}),
            ),
            ("safety", json!({"threats": "former employer knows her village"})),
            ("travel", json!({"travel_document": "emergency travel certificate"})),
            ("health", json!({"health_needs": "asthma"})),
            ("shelter", json!({"shelter_needs": "a quiet room"})),
        ];
        for (category, section) in sections {
            north.does(&["case", "record", &case, "--category", category], Some(section))?;
        }
        let give = |recipient, purposes, categories, last| {
            let what = ["--purpose", purposes, "--category", categories, "--last-day", last];
            let how = ["--form", "written", "--told", "all"];
            let command = ["consent", "give", &case, "--recipient", recipient];
            north
                .does(&[&command[..], &what[..], &how[..]].concat(), None)
                .and_then(|answer| id(&answer, "consent"))
        };
        let consent_south =
            give("south", "safe_return,social_inclusion", "triage,identity,contact,safety,travel", "+180d")?;
        let consent_harbour = give("harbour", "safe_shelter", "triage,shelter,contact", "+60d")?;
        narrator
            .say("North records identity, contact, safety, travel and health, and two consents she gave:");
        narrator.say(
            "  south: safe return and social inclusion, five categories, six months, no onward sharing;",
        );
        narrator.say("  harbour: safe shelter, three categories, two months.");
        let (hand_over, shelter) = (String::new(), String::new());
        Ok(Self { case, consent_south, consent_harbour, hand_over, shelter, network })
    }

    /// 3a. The offer: no identity.
    fn offer(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
        narrator.chapter("3. North asks south to take over");
        let offer = ["referral", "offer", &self.case, "--recipient", "south", "--kind", "hand_over"];
        let basis = ["--consent", &self.consent_south, "--purpose", "safe_return", "--first-day", "+14d"];
        let triage = ["--language", "bg,en", "--urgency", "normal", "--risk", "medium"];
        let request = ["--request-id", "000102030405060708090a0b0c0d0e0f"];
        let command = [&offer[..], &basis[..], &triage[..], &request[..]].concat();
        let answer = self.north().does(&command, None)?;
        let again = self.north().does(&command, None)?;
        ensure!(answer["event_ids"] == again["event_ids"], "a repeated request was carried out twice");
        self.hand_over = id(&answer, "referral").or_else(|_| id(&answer, "thread"))?;
        let offered = self.south().sees("the offer", &["referral", "show", &self.hand_over], |shown| {
            phase(shown) == "delivered" || phase(shown) == "offered"
        })?;
        ensure!(!offered.to_string().contains("Canary"), "an offer shows identity");
        let triage = self.south().does(&["case", "reveal", &self.hand_over, "--category", "triage"], None)?;
        ensure!(triage["triage"]["risk"] == json!("medium"), "the triage does not open: {triage}");
        self.south()
            .refused(&["case", "reveal", &self.hand_over, "--category", "identity"], "")
            .map_or_else(
                |_| Ok(()),
                |fault| if fault.exit == 3 { Ok(()) } else { Err(anyhow::anyhow!("identity: {fault}")) },
            )?;
        narrator.say("South sees service, dates, languages, urgency and risk band; no identity.");
        self.north().sees("that the offer arrived", &["referral", "show", &self.hand_over], |shown| {
            phase(shown) == "delivered"
        })?;
        narrator.say("North sees the machine receipt: delivered.");
        Ok(())
    }

    /// 3b. A human acknowledges and asks; south's node is killed in between.
    fn answer_questions(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
        let hand_over = self.hand_over.clone();
        self.south().does(&["referral", "acknowledge", &hand_over], None)?;
        self.network.office_mut("south").kill()?;
        narrator.say("South's node is killed (kill -9) right after its acknowledgement.");
        self.network.restart("south")?;
        let ask = || {
            self.south().does(
                &["referral", "ask", &hand_over],
                Some(json!({"text": "Does she travel with a child?"})),
            )
        };
        let asked = crate::harness::until("south may write again", || Ok(ask().ok()))?;
        let question = id(&asked, "question")?;
        self.north().sees(
            "the acknowledgement and the question",
            &["referral", "show", &hand_over],
            |shown| phase(shown) == "information_requested",
        )?;
        let text = self.north().sees(
            "the question's text",
            &["case", "reveal", &hand_over, "--category", "coordination"],
            |shown| shown["message"].is_string(),
        )?;
        ensure!(text["message"] == json!("Does she travel with a child?"), "the question reads {text}");
        self.north().does(
            &["referral", "answer", &hand_over, "--question", &question],
            Some(json!({"text": "No, alone."})),
        )?;
        self.south()
            .sees("the answer", &["referral", "show", &hand_over], |shown| phase(shown) == "acknowledged")?;
        narrator
            .say("Started again, south asks one question and gets the answer. Nothing was lost or doubled.");
        Ok(())
    }

    /// 3c. Accepted: what she consented to arrives and opens; what she did not, does not.
    fn disclose(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
        let hand_over = &self.hand_over;
        self.south().does(&["referral", "accept", hand_over], None)?;
        let identity = self.south().sees(
            "her identity",
            &["case", "reveal", hand_over, "--category", "identity"],
            |shown| shown["fields"]["given_name"] == json!("Canary"),
        )?;
        ensure!(identity["fields"]["family_name"] == json!("Testperson"), "identity reads {identity}");
        for category in ["contact", "safety", "travel"] {
            self.south().does(&["case", "reveal", hand_over, "--category", category], None)?;
        }
        let health =
            self.south().cli().refused(&["case", "reveal", hand_over, "--category", "health"], None)?;
        ensure!(health.exit == 3, "health: {health}");
        self.north().refused(
            &["referral", "disclose", hand_over, "--category", "health"],
            "CATEGORY_NOT_CONSENTED",
        )?;
        self.south().does(&["referral", "request", hand_over, "--category", "health"], None)?;
        self.south().sees("the refusal", &["referral", "show", hand_over], |shown| {
            shown.to_string().contains("not_consented")
        })?;
        narrator
            .say("South accepts. Identity, contact, safety and travel arrive and open; health is not there.");
        narrator.say("Asked to disclose health, north refuses: she did not consent to it.");
        Ok(())
    }

    /// 4. A place at harbour; the hub is killed in between. The address only after confirmation.
    fn find_shelter(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
        narrator.chapter("4. A place to stay");
        let offer = ["referral", "offer", &self.case, "--recipient", "harbour", "--kind", "service"];
        let basis = ["--consent", &self.consent_harbour, "--purpose", "safe_shelter", "--first-day", "+15d"];
        let triage = ["--language", "bg", "--urgency", "urgent", "--risk", "medium"];
        let answer = self.north().does(&[&offer[..], &basis[..], &triage[..]].concat(), None)?;
        self.shelter = id(&answer, "referral").or_else(|_| id(&answer, "thread"))?;
        self.network.hub.kill();
        narrator.say("The hub is killed (kill -9) while the referral is under way.");
        self.network.hub.restart();
        let shelter = self.shelter.clone();
        self.harbour()
            .sees("the referral", &["referral", "show", &shelter], |shown| !phase(shown).is_empty())?;
        self.harbour().does(&["referral", "acknowledge", &shelter], None)?;
        self.harbour().does(&["referral", "accept", &shelter], None)?;
        self.north().sees("the accept", &["referral", "show", &shelter], |shown| {
            matches!(phase(shown), "accepted" | "confirmed" | "disclosed")
        })?;
        let nights = ["--first-night", "today", "--nights", "14"];
        self.north()
            .does(&[&["shelter", "request", &shelter, "--kind", "single"][..], &nights[..]].concat(), None)?;
        let units = self.harbour().does(&["shelter", "list"], None)?;
        let unit = id(&units, "unit").or_else(|_| id(&units, "unit_id")).or_else(|_| id(&units, "id"))?;
        let hold = ["shelter", "hold", &shelter, "--unit", &unit];
        crate::harness::until("harbour holds a place", || Ok(self.harbour().does(&hold, None).ok()))?;
        let address = json!({"address": "12 Canary Quay", "entry": "ring twice"});
        let early = ["shelter", "address", &shelter, "--last-day", "+30d", "--from", "-"];
        let too_early = self.harbour().cli().refused(&early, Some(&address))?;
        narrator.say("Harbour holds a place. Its address is not released before it is confirmed.");
        ensure!(
            too_early.exit != 0 && !too_early.told.contains("Canary Quay"),
            "the refusal tells the address"
        );
        self.harbour().does(&["shelter", "confirm", &shelter], None)?;
        self.harbour().does(&["shelter", "address", &shelter, "--last-day", "+30d"], Some(address))?;
        let shown = self.north().sees(
            "the address",
            &["case", "reveal", &shelter, "--category", "shelter"],
            |shown| shown["fields"]["shelter_address"].is_string(),
        )?;
        ensure!(shown["fields"]["shelter_address"] == json!("12 Canary Quay"), "the address reads {shown}");
        self.north().sees("one place fewer", &["shelter", "list", "--office", "harbour"], |row| {
            row["available"] == json!(1)
        })?;
        narrator.say("Confirmed: now north, and nobody else, has the address. One place fewer is free.");
        Ok(())
    }

    /// 5a. Everything that must be green before she leaves.
    fn prepare_journey(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
        narrator.chapter("5. The journey");
        let hand_over = &self.hand_over;
        self.north().does(&["journey", "propose", hand_over, "--depart", "+1d"], None)?;
        self.south().sees("the proposal", &["journey", "show", hand_over], |shown| {
            shown["phase"] == json!("proposed")
        })?;
        let risk = |threat: &str| json!({"rows": [{"threat": threat, "likelihood": 2, "severity": 3, "mitigation": 4}], "summary": "can travel"});
        let assess = ["journey", "assess", hand_over, "--verdict", "go", "--assessed-on", "today"];
        self.north().does(&assess, Some(risk("followed to the airport")))?;
        self.south().does(&assess, Some(risk("recognised in her village")))?;
        self.north().sees("both assessments", &["journey", "show", hand_over], |shown| {
            shown["phase"] == json!("risk_assessed")
        })?;
        self.north().does(&["journey", "decide", hand_over, "--verdict", "go"], None)?;
        let red = self.north().refused(&["journey", "depart", hand_over], "GATES_RED")?;
        for gate in ["documents", "reception", "escort", "place"] {
            ensure!(red.told.contains(gate), "the refusal does not name the gate {gate}: {red}");
        }
        narrator.say("Both sides have assessed the risk: go. Departure is refused while gates are red, and says which.");
        self.north().does(&["journey", "documents", hand_over, "--valid-until", "+60d"], None)?;
        for (number, from, to, departs, arrives, by) in
            [("1", "DEHAM", "BGSOF", "+1h", "+4h", "north"), ("2", "BGSOF", "BGPDV", "+5h", "+7h", "south")]
        {
            let leg = ["journey", "leg", hand_over, "--number", number, "--leaves", from, "--reaches", to];
            let mode = [
                "--mode",
                if number == "1" { "air" } else { "road" },
                "--departs",
                departs,
                "--arrives",
                arrives,
            ];
            let care = ["--escorting-office", by, "--check-in-minutes", "120"];
            self.north()
                .does(&[&leg[..], &mode[..], &care[..]].concat(), Some(json!({"itinerary": "seat 12A"})))?;
        }
        self.north()
            .does(&["journey", "escort", hand_over, "--leg", "1"], Some(json!({"name": "Escort North"})))?;
        self.south().sees("both legs", &["journey", "show", hand_over], |shown| {
            shown["legs"].as_array().is_some_and(|legs| legs.len() == 2)
        })?;
        self.south()
            .does(&["journey", "escort", hand_over, "--leg", "2"], Some(json!({"name": "Escort South"})))?;
        let meet = ["journey", "reception", hand_over, "--meets", "+4h", "--place", "BGSOF"];
        self.south().does(&meet, Some(json!({"contact": "blue umbrella"})))?;
        let place = ["journey", "place", hand_over, "--shelter-referral", &self.shelter];
        self.north()
            .does(&[&place[..], &["--first-night", "today", "--last-night", "+13d"]].concat(), None)?;
        let clear = ["journey", "clear", hand_over];
        crate::harness::until("all gates are green", || Ok(self.north().does(&clear, None).ok()))?;
        narrator
            .say("Documents, two legs with escorts, reception and a place for the first nights: cleared.");
        Ok(())
    }

    /// 5b. She leaves; north stays responsible.
    fn depart(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
        let hand_over = &self.hand_over;
        self.north().does(&["journey", "depart", hand_over], None)?;
        self.south().sees("the departure", &["journey", "show", hand_over], |shown| {
            shown["phase"] == json!("departed")
        })?;
        self.responsible("north")?;
        narrator.say("She has left. North is the responsible office.");
        Ok(())
    }

    /// 5c. Two legs, each with check-ins and the escort's confirmation.
    fn travel(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
        let hand_over = &self.hand_over;
        for (leg, office) in [("1", self.north()), ("2", self.south())] {
            for step in ["leg-start", "check-in", "leg-confirm"] {
                let command = ["journey", step, hand_over, "--leg", leg];
                crate::harness::until("the leg goes on", || Ok(office.does(&command, None).ok()))?;
            }
            let other = if leg == "1" { self.south() } else { self.north() };
            other.sees("the end of the leg", &["journey", "show", hand_over], |shown| {
                let legs = shown["legs"].as_array().cloned().unwrap_or_default();
                legs.iter().filter(|leg| !leg["confirmed_at"].is_null()).count().to_string() == leg
            })?;
        }
        self.south().does(&["journey", "arrive", hand_over], None)?;
        self.responsible("north")?;
        narrator.say("Two legs, checked in and confirmed by their escorts; she has arrived. North is still responsible.");
        Ok(())
    }

    /// 5d. South has met her: from that entry on it is responsible, and nobody else.
    fn receive(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
        let hand_over = &self.hand_over;
        self.south().does(&["journey", "receive", hand_over], None)?;
        self.responsible("south")?;
        narrator
            .say("South confirms that it has met her: from that entry on south is the responsible office.");
        let follow_ups = self.south().cli().lines(&["journey", "follow-ups", hand_over], None)?;
        ensure!(!follow_ups.is_empty(), "no follow-ups are scheduled");
        self.south()
            .does(&["journey", "follow-up", hand_over, "--number", "1", "--outcome", "well"], None)?;
        self.north().does(&["case", "close", &self.case, "--outcome", "handed_over"], None)?;
        narrator.say("Follow-ups are scheduled and the first is recorded. North's case closes: handed over.");
        Ok(())
    }

    /// 6. What each office has now, and what happened, as sentences.
    fn look_back(&mut self, narrator: &mut dyn Narrator) -> Result<()> {
        narrator.chapter("6. What each office sees");
        for office in &self.network.offices {
            for list in [["case", "list"], ["shelter", "list"], ["journey", "list"]] {
                let rows = office.cli().lines(&list, None)?;
                narrator.say(&format!("{}: {} {}: {}", office.name, list[0], list[1], rows.len()));
                ensure!(!format!("{rows:?}").contains("Canary"), "a list of {} shows a name", office.name);
            }
        }
        let replay = self.south().cli().lines(&["audit", "replay", "--thread", &self.hand_over], None)?;
        let sentences: Vec<&Value> = replay.iter().filter_map(|line| line.get("line")).collect();
        ensure!(sentences.len() >= 25, "only {} sentences in the replay", sentences.len());
        for sentence in &sentences {
            narrator.say(&format!("  {}", sentence["sentence"].as_str().unwrap_or_default()));
        }
        let event_ids: std::collections::BTreeSet<_> =
            sentences.iter().map(|line| line["event_id"].to_string()).collect();
        ensure!(event_ids.len() == sentences.len(), "an event was applied twice");
        let at = sentences
            .get(sentences.len() / 2)
            .and_then(|line| line["known_at"].as_str())
            .context("no time in a line")?;
        let earlier = self
            .south()
            .cli()
            .lines(&["audit", "replay", "--thread", &self.hand_over, "--as-of", at], None)?;
        let earlier = earlier.iter().filter(|line| line.get("line").is_some()).count();
        ensure!(
            earlier > 0 && earlier <= sentences.len(),
            "the replay as of an earlier moment has {earlier} lines"
        );
        narrator.say(&format!("As of {at} south knew {earlier} of these {} entries.", sentences.len()));
        for office in &self.network.offices {
            office.does(&["audit", "verify"], None)?;
        }
        narrator.say("Each office's log verifies: every leaf, path and signature.");
        Ok(())
    }

    /// Both offices come to name the same responsible office; never both, never none.
    fn responsible(&self, name: &str) -> Result<()> {
        let id = json!(self.network.office(name).id);
        for office in [self.north(), self.south()] {
            office.sees(
                &format!("{name} as responsible"),
                &["referral", "show", &self.hand_over],
                |shown| shown["responsible_office"] == id,
            )?;
        }
        Ok(())
    }
}

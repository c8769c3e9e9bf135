"""The tables of WIRE.md, "Kinds" and "Public parts", and a reader of public parts that is driven by them."""

from dataclasses import dataclass
from typing import Any

from .postcard import Fault, Reader

CATEGORIES = ("triage identity contact safety travel shelter health legal family work narrative coordination"
              " office").split()
COORDINATION = CATEGORIES.index("coordination")

# number | kind | writer | audience | basis | may seal | public part; `person` is the eleven categories about
# a person, a line that begins with a space continues the one before
KIND_TABLE = """
1 | LogOpened | own | nobody | none |  | previous: Option<ClosedHead>
2 | Received | own | one office | none |  | entry: Ref, bodies: Vec<Hash>
3 | Receipted | own | nobody | none |  | entries: Vec<Ref>
4 | Erased | either party | one office | none |  | because: EventId, keys: Vec<KeyId>, outcome:
  ErasureOutcome
5 | RetentionClaimed | either party | one office | none |  | because: EventId, categories: Vec<Category>,
  ground: RetentionGround, until: Day
6 | EntryInError | either party | one office | none, reply | coordination | entry: EventId
7 | CarriedOver | own | nobody | none |  | entry: Ref, bodies: Vec<Hash>
8 | GivenBack | own | nobody | none |  | office: OfficeId, log: u32
9 | Cosigned | own | nobody | none |  | size: u64, root: Hash, cosignatures: Vec<Cosignature>
10 | Witnessed | own | nobody | none |  | office: OfficeId, log: u32, size: u64, root: Hash, signature:
  Signature
11 | FraudProven | own | network | none |  | office: OfficeId, log: u32, proof: Vec<u8>
12 | RosterWitnessed | own | network | none |  | version: u32, root: Hash, at: Timestamp, signature:
  Signature
16 | OfficeProfile | own | network | none |  | languages: Vec<String>, services: Vec<Purpose>, hours:
  WorkingHours
17 | InboxKey | own | network | none |  | key: KemPublic, from: Day, until: Day, destroyed_on: Day
18 | CapacityNotice | own | network | none |  | unit: UnitId, kind: UnitKind, admits: Admits, available:
  u16, maximum: u16, as_of: Timestamp
32 | CaseOpened | own | nobody | own data | office | minor: bool, barred: Vec<Country>, referral:
  Option<ThreadId>
33 | SectionRecorded | own | nobody | own data | person, office | category: Category
34 | ConsentGiven | own | nobody | own data | office | scope: ConsentScope, form: ConsentForm, told:
  Vec<Disclosure>
35 | ConsentRefused | own | nobody | own data | office | recipient: OfficeId
36 | ConsentChanged | own | nobody | own data | office | consent: EventId, scope: ConsentScope
37 | ConsentEnded | own | nobody | own data | office | consent: EventId, by: EndedBy
38 | CaseLinked | own | nobody | own data |  | referral: ThreadId, other: OfficeId, side: LinkSide, kind:
  ReferralKind, consent: Option<EventId>, released: Option<EventId>
39 | CaseClosed | own | nobody | own data | office | outcome: CaseOutcome
40 | CaseReopened | own | nobody | own data | office |
41 | SafeguardsChanged | own | nobody | own data |  | minor: bool, barred: Vec<Country>
42 | SectionShown | own | nobody | own data |  | event: EventId, category: Category
43 | CaseErasureOrdered | own | nobody | own data |  | reason: ErasureReason
44 | CaseErased | own | nobody | own data |  | because: EventId, keys: Vec<KeyId>
48 | ConsentReleased | sender | one office | none |  | purposes: Vec<Purpose>, categories: Vec<Category>,
  onward: bool, from: Day, until: Day
49 | ConsentNarrowed | sender | one office | none |  | chain: EventId, purposes: Vec<Purpose>, categories:
  Vec<Category>, onward: bool, until: Day
50 | ConsentRenewed | sender | one office | none |  | chain: EventId, until: Day
51 | ConsentWithdrawn | sender | one office | none |  | chain: EventId, by: EndedBy
52 | ConsentExpired | sender | one office | none |  | chain: EventId
53 | EmergencyDeclared | either party | one office | none, reply | coordination | ground: EmergencyGround,
  categories: Vec<Category>, first: StaffId, second: StaffId, review_by: Timestamp
54 | EmergencyDisclosed | either party | one office | emergency | identity, contact, safety, travel,
  shelter, health, family, coordination | emergency: EventId, categories: Vec<Category>
55 | EmergencyReviewed | either party | one office | none |  | emergency: EventId, upheld: bool, told_on:
  Day
56 | ThreadKey | receiver | one office | none |  | key: KemPublic
57 | ThreadKeyReplaced | either party | one office | none |  | key: KemPublic
58 | RegrantRequested | either party | one office | none |  | keys: Vec<KeyId>
59 | GrantRejected | either party | one office | none |  | event: EventId, category: Category, fault:
  GrantFault
60 | WithdrawalAcknowledged | receiver | one office | none |  | because: EventId
61 | SectionsRegranted | sender | one office | consent | person | request: EventId, categories:
  Vec<Category>
64 | ReferralOffered | sender | one office | consent | triage | kind: ReferralKind, consent: EventId,
  purposes: Vec<Purpose>, urgency: Urgency, deadlines: Deadlines, thread_key: KemPublic, minor: bool
65 | QuestionAnswered | sender | one office | reply | coordination | question: EventId
66 | AcceptConfirmed | sender | one office | none |  | accept: EventId, barred: Vec<Country>
67 | OfferExpired | sender | one office | none |  | late_accept: Option<EventId>
68 | SectionsDisclosed | sender | one office | consent | person | categories: Vec<Category>
69 | DisclosureRefused | sender | one office | none, reply | coordination | request: EventId, categories:
  Vec<Category>, reason: NotDisclosed
70 | ReferralWithdrawn | sender | one office | none, reply | coordination | by: EndedBy
71 | ReferralRedirected | sender | nobody | own data | office | to: ThreadId
72 | DeadlineMissed | sender | one office | none |  | deadline: Deadline
73 | DeadlineReminded | sender | one office | none |  | deadline: Deadline
74 | DeadlineEscalated | sender | one office | none |  | deadline: Deadline
80 | ReferralAcknowledged | receiver | one office | none |  |
81 | QuestionAsked | receiver | one office | reply | coordination |
82 | ReferralAccepted | receiver | one office | none, reply | coordination |
83 | ReferralDeclined | receiver | one office | none, reply | coordination | reason: DeclineReason
84 | DisclosureRequested | receiver | one office | none, reply | coordination | categories: Vec<Category>
85 | ServiceScheduled | receiver | one office | none, reply | coordination | at: Timestamp
86 | ServiceStarted | receiver | one office | none |  |
87 | ServiceCompleted | receiver | one office | none, reply | coordination | outcome: Outcome
88 | PersonContacted | receiver | one office | none |  | at: Timestamp
92 | CancellationRequested | either party | one office | none, reply | coordination |
93 | CancellationAgreed | either party | one office | none |  |
94 | MessageSent | either party | one office | reply | coordination |
96 | PlaceRequested | sender | one office | none, reply | coordination | kind: UnitKind, from: Day, nights:
  u16, persons: u8
97 | PlaceGivenUp | sender | one office | none, reply | coordination | reason: PlaceReason
98 | PlaceChosen | sender | one office | none |  | request: EventId
100 | PlaceHeld | receiver | one office | none |  | request: EventId, unit: UnitId, places: u16, until:
  Timestamp
101 | PlaceRefused | receiver | one office | none, reply | coordination | request: EventId, reason:
  PlaceReason
102 | PlaceConfirmed | receiver | one office | none |  | request: EventId
103 | PlaceReleased | receiver | one office | none, reply | coordination | request: EventId, reason:
  PlaceReason
104 | HoldExpired | receiver | one office | none |  | request: EventId
105 | AddressReleased | receiver | one office | reply | shelter | request: EventId, until: Day
106 | CheckedIn | receiver | one office | none |  | request: EventId
107 | CheckedOut | receiver | one office | none |  | request: EventId
108 | PlaceNoShow | receiver | one office | none |  | request: EventId
112 | JourneyProposed | sender | one office | none |  | depart_on: Day
113 | JourneyDecided | sender | one office | none |  | verdict: GoNoGo
114 | DocumentsReady | sender | one office | none |  | valid_until: Day
115 | LegBooked | sender | one office | none, consent | travel | number: u8, departs_on: Day, arrives_on:
  Day, escorting: OfficeId, check_in_minutes: u16
116 | PlaceArranged | sender | one office | none |  | from: Day, until: Day, private: bool
117 | MinorSafeguarded | sender | one office | none |  | decided_on: Day
118 | JourneyCleared | sender | one office | none |  | gates: Vec<GateVerdict>
119 | Departed | sender | one office | none |  | gates: Vec<GateVerdict>
120 | JourneyAborted | sender | one office | none, reply | coordination | reason: AbortReason
121 | FollowUpsScheduled | receiver | one office | none |  | due_on: Vec<Day>
124 | ReceptionArranged | receiver | one office | none, reply | coordination | meets_on: Day
125 | ReceptionConfirmed | receiver | one office | none |  | at: Timestamp
126 | FollowUpRecorded | receiver | one office | none |  | number: u8, outcome: FollowUpOutcome
127 | JourneyClosed | either party | one office | none |  | stayed: bool
128 | RiskAssessed | either party | one office | none, reply | safety | side: RiskSide, verdict: GoNoGo,
  assessed_on: Day
129 | EscortNamed | either party | one office | none, reply | coordination | leg: u8
130 | LegStarted | either party | one office | none |  | leg: u8, at: Timestamp
131 | LegConfirmed | either party | one office | none |  | leg: u8, at: Timestamp
132 | CheckInRecorded | either party | one office | none, reply | coordination | leg: u8, number: u16, at:
  Timestamp
133 | CheckInMissed | either party | one office | none |  | leg: u8, number: u16, due_at: Timestamp
134 | Arrived | either party | one office | none |  | at: Timestamp
135 | MindChanged | either party | one office | none |  | at: Timestamp
136 | StepMissed | either party | one office | none |  | step: WayStep, leg: u8, due_at: Timestamp
137 | FollowUpDue | receiver | one office | none |  | number: u8
138 | CancellationDeclined | either party | one office | none, reply | coordination | request: EventId
"""

STRUCTS = """
ClosedHead = log: u32, size: u64, root: Hash
ConsentScope = recipient: OfficeId, purposes: Vec<Purpose>, categories: Vec<Category>, onward: bool,
  from: Day, until: Day
Cosignature = office: OfficeId, at: Timestamp, signature: Signature
Deadlines = acknowledge_by: Timestamp, contact_by: Timestamp, expires_at: Timestamp
GateVerdict = gate: Gate, green: bool, until: Day
Held = ground: RetentionGround, until: Day
Ref = office: OfficeId, log: u32, index: u64, leaf: Hash
WorkingHours = days: u8, opens_minute: u16, closes_minute: u16, utc_offset_minutes: i16, holidays: Vec<Day>
"""

# number of words of each plain enum
WORDS = {
    "Category": 13, "Purpose": 13, "Urgency": 3, "RiskBand": 4, "OfficeRole": 4, "Institution": 7,
    "ConsentForm": 2, "DeclineReason": 7, "Outcome": 6, "CaseOutcome": 5, "UnitKind": 4, "Admits": 5,
    "PlaceReason": 6, "TravelMode": 5, "RiskSide": 2, "GoNoGo": 3, "Gate": 8, "WayStep": 3,
    "FollowUpOutcome": 5, "AbortReason": 6, "EndedBy": 2, "ErasureReason": 3, "RetentionGround": 3,
    "NotDisclosed": 4, "Disclosure": 7, "EmergencyGround": 2, "Deadline": 3, "GrantFault": 5, "LinkSide": 2,
    "ReferralKind": 2,
}

FIXED = {"OfficeId": 16, "NetworkId": 16, "ThreadId": 16, "EventId": 16, "KeyId": 16, "UnitId": 16,
         "StaffId": 8, "Hash": 32, "KemPublic": 32, "Signature": 64}
NUMBERS = {"u8": "u8", "u16": "u16", "u32": "u32", "u64": "u64", "i16": "i16", "bool": "flag", "Day": "u32",
           "Timestamp": "u64", "String": "text"}

Fields = list[tuple[str, str]]


@dataclass(frozen=True)
class Rule:
    """A row of the table of kinds."""

    name: str
    writer: str
    audience: str
    bases: tuple[str, ...]
    categories: frozenset[int]
    part: Fields


def _lines(table: str) -> list[str]:
    return table.replace("\n  ", " ").strip("\n").split("\n")


def _fields(text: str) -> Fields:
    pairs = [field.split(": ") for field in text.strip().split(", ") if field]
    return [(name, kind) for name, kind in pairs]


def _rule(line: str) -> tuple[int, Rule]:
    number, name, writer, audience, basis, seal, part = (cell.strip() for cell in line.split("|"))
    words = seal.replace("person", ", ".join(CATEGORIES[:11])).replace(",", " ").split()
    return int(number), Rule(name, writer, audience, tuple(basis.split(", ")),
                             frozenset(CATEGORIES.index(word) for word in words), _fields(part))


KINDS = dict(map(_rule, _lines(KIND_TABLE)))
STRUCT_FIELDS = {name: _fields(text) for name, text in (line.split(" = ") for line in _lines(STRUCTS))}


def read_type(reader: Reader, kind: str) -> Any:
    """One value of a type that the tables name."""
    if kind in NUMBERS:
        return getattr(reader, NUMBERS[kind])()
    if kind in FIXED:
        return reader.take(FIXED[kind])
    if kind in WORDS:
        word = reader.u32()
        if word >= WORDS[kind]:
            raise Fault("malformed", f"{kind} has no word {word}")
        return word
    if kind in STRUCT_FIELDS:
        return read_fields(reader, STRUCT_FIELDS[kind])
    if kind == "Country":
        return country(reader.take(2))
    if kind == "ErasureOutcome":
        variant = reader.u32()
        if variant > 2:
            raise Fault("malformed", f"no outcome {variant}")
        return variant, read_type(reader, "Held") if variant == 1 else None
    if kind == "Vec<u8>":
        return reader.bytes()
    outer, inner = kind[:-1].split("<")
    if outer == "Option":
        return reader.option(lambda: read_type(reader, inner))
    return reader.list(lambda: read_type(reader, inner))


def country(code: bytes) -> str:
    """Two capitals."""
    if not all(65 <= letter <= 90 for letter in code):
        raise Fault("malformed", "a country is two capitals")
    return code.decode("ascii")


def read_fields(reader: Reader, fields: Fields) -> dict[str, Any]:
    """The fields in order, by name."""
    return {name: read_type(reader, kind) for name, kind in fields}


def read_public(kind: int, public: bytes) -> dict[str, Any] | None:
    """The public part of a known kind; nothing where the entry is skipped when state is computed."""
    if kind not in KINDS:
        return None
    reader = Reader(public)
    try:
        fields = read_fields(reader, KINDS[kind].part)
        reader.end()
    except Fault:
        return None
    return fields

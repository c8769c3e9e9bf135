"""`Cosigned`, its quorum and the bounds that follow: WIRE.md, "Witnesses"; the signature in
`RosterWitnessed`: "The roster as a log"."""

from .ed25519 import verify
from .entry import Entry, LogId
from .limits import COSIGNATURES
from .notes import cosigned_text, head_text
from .report import Report
from .roster import Roster, origin_of, roster_origin

Time = tuple[bytes, int]


def check_cosigned(report: Report, rosters: list[Roster], log: LogId, index: int, entry: Entry) -> list[Time]:
    """Point 5: says what does not hold in a `Cosigned`; who cosigned it, and when."""
    fields = entry.fields
    roster = rosters[entry.roster - 1] if 1 <= entry.roster <= len(rosters) else None
    text = head_text(origin_of(rosters[-1].network, *log), fields["size"], fields["root"])
    times: list[Time] = []
    for cosignature in fields["cosignatures"]:
        office = roster.offices.get(cosignature["office"]) if roster else None
        signed = cosigned_text(cosignature["at"], text)
        if office and office.witness and verify(office.witness, signed, cosignature["signature"]):
            times.append((office.id, cosignature["at"]))
        else:
            report.fault(5, "cosignature_invalid", log, index,
                         f"the cosignature of {cosignature['office'].hex()} does not hold")
    offices = [cosignature["office"] for cosignature in fields["cosignatures"]]
    if not 1 <= len(offices) <= COSIGNATURES or any(a >= b for a, b in zip(offices, offices[1:])):
        report.fault(5, "cosignature_invalid", log, index, "disordered, none or too many")
    if fields["size"] > index:
        word = "rewritten" if times else "cosignature_invalid"
        report.fault(5, word, log, index, f"a head of size {fields['size']}, above its index")
    return times


def is_witnessed(rosters: list[Roster], writer: bytes, entry: Entry) -> bool:
    """Whether the signature in a `RosterWitnessed` holds, under its writer's witness key in that version."""
    fields = entry.fields
    office = rosters[fields["version"] - 1].offices.get(writer)
    if office is None or office.witness is None:
        return False
    text = head_text(roster_origin(rosters[-1].network), fields["version"], fields["root"])
    return verify(office.witness, cosigned_text(fields["at"], text), fields["signature"])


def bounds(times: list[Time], roster: Roster, own: bytes) -> tuple[int, int] | None:
    """The two bounds of a `Cosigned` with a quorum; each organisation counts once, with its earliest time."""
    organisations = {office.id: name for name, offices in roster.others(own).items() for office in offices}
    earliest: dict[str, int] = {}
    for office, at in times:
        if organisation := organisations.get(office):
            earliest[organisation] = min(at, earliest.get(organisation, at))
    ordered, quorum = sorted(earliest.values()), roster.quorum(own)
    if quorum == 0 or len(ordered) < quorum:
        return None
    return ordered[-quorum], ordered[quorum - 1]

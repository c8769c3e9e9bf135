"""One version of the roster, and all as a log: WIRE.md, "Roster"; the quorum of "Witnesses"."""

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

from . import ed25519, limits
from .entry import LogId
from .notes import LOG_KEY, WITNESS_KEY, Note, key_id, read_note, verifier_key
from .postcard import Fault
from .tree import Tree, leaf_hash

STATES = ("active", "suspended", "left")
ROLES = ("office", "partner", "auditor", "coordinator")
INSTITUTIONS = ("ngo", "shelter", "clinic", "legal_aid", "embassy", "authority", "international")
DECIMAL = r"(0|[1-9][0-9]{0,19})"
HEX_16, HEX_32 = r"([0-9a-f]{32})", r"([0-9a-f]{64})"
OFFICE_LINE = (rf"{HEX_16} s([0-9]{{3,5}}) ({'|'.join(STATES)}) ([A-Z]{{2}}) ({'|'.join(INSTITUTIONS)}) "
               r"([a-z,]+)")
LOG_LINE = rf"{DECIMAL} {DECIMAL} (?:- -|{DECIMAL} {HEX_32}) {HEX_32}"


@dataclass(frozen=True)
class KeyRange:
    """A `log` line: the key that signs an incarnation's heads of some sizes."""

    log: int
    start: int
    end: int | None
    root: bytes | None
    key: bytes

    def covers(self, size: int) -> bool:
        """Whether a head of that size may be signed by this key."""
        return self.start <= size and (self.end is None or size <= self.end)


@dataclass
class Office:
    """An `office` line with the lines below it."""

    id: bytes
    slot: int
    state: str
    country: str
    institution: str
    roles: list[str]
    name: str = ""
    organisation: str = ""
    ranges: list[KeyRange] = field(default_factory=list)
    witness: bytes | None = None

    def range_at(self, log: int, size: int) -> KeyRange | None:
        """The range whose key signs that size."""
        return next((r for r in self.ranges if r.log == log and r.covers(size)), None)


@dataclass
class Roster:
    """One version."""

    network: bytes
    version: int
    previous: bytes
    expires: int
    threshold: int
    note: Note
    roots: dict[str, bytes] = field(default_factory=dict)
    offices: dict[bytes, Office] = field(default_factory=dict)

    @property
    def fingerprint(self) -> bytes:
        """What the next version names, and people compare."""
        return sha256(self.note.text).digest()

    def text(self) -> str:
        """The text that this version writes back to."""
        lines = ["waymark-roster/v1", f"network {self.network.hex()}", f"version {self.version}",
                 f"previous {self.previous.hex()}", f"expires {self.expires}", f"threshold {self.threshold}"]
        lines += [f"root {name} {key.hex()}" for name, key in sorted(self.roots.items())]
        for office in sorted(self.offices.values(), key=lambda office: office.slot):
            lines += [f"office {office.id.hex()} s{office.slot:03} {office.state} {office.country} "
                      f"{office.institution} {','.join(office.roles)}",
                      f"name {office.name}", f"organisation {office.organisation}"]
            for r in office.ranges:
                end = "- -" if r.end is None or r.root is None else f"{r.end} {r.root.hex()}"
                lines.append(f"log {r.log} {r.start} {end} {r.key.hex()}")
            lines += [f"witness {office.witness.hex()}"] if office.witness else []
        return "\n".join(lines) + "\n"

    def places(self) -> list[tuple[bytes, str]]:
        """Each key with the place where it stands."""
        found = [(key, "root") for key in self.roots.values()]
        for office in self.offices.values():
            found += [(r.key, f"log {office.id.hex()} {r.log} {r.start}") for r in office.ranges]
            found += [(office.witness, f"witness {office.id.hex()}")] if office.witness else []
        return found

    @cached_property
    def witness_keys(self) -> dict[tuple[str, bytes], bytes]:
        """The witnesses' keys by the name and id in their signature lines."""
        names = {witness_name(self.network, office.id): office.witness for office in self.offices.values()}
        return {(name, key_id(name, WITNESS_KEY, key)): key for name, key in names.items() if key}

    def others(self, own: bytes) -> dict[str, list[Office]]:
        """The witnesses of the organisations other than that office's, by organisation."""
        organisations: dict[str, list[Office]] = {}
        mine = self.offices[own].organisation if own in self.offices else None
        for office in self.offices.values():
            if office.witness and office.organisation != mine and office.state == "active":
                organisations.setdefault(office.organisation, []).append(office)
        return organisations

    def quorum(self, own: bytes) -> int:
        """How many other organisations have to cosign."""
        return min(2, len(self.others(own)))

    def policy(self, own: bytes, log: int, size: int) -> str:
        """The policy of that log at that size, as this version gives it."""
        found, groups = self.offices[own].range_at(log, size), self.others(own)
        lines = []
        if found is not None:
            lines.append(f"log {verifier_key(origin_of(self.network, own, log), LOG_KEY, found.key)}")
        if not groups:
            return "\n".join([*lines, "quorum none", ""])
        vkeys = {f"s{o.slot:03}": self.witness_vkey(o) for offices in groups.values() for o in offices}
        lines += [f"witness {slot} {vkey}" for slot, vkey in sorted(vkeys.items())]
        names = [f"organisation-{number}" for number in range(1, len(groups) + 1)]
        for name, (_, offices) in zip(names, sorted(groups.items())):
            slots = (f"s{slot:03}" for slot in sorted(office.slot for office in offices))
            lines.append(f"group {name} 1 {' '.join(slots)}")
        return "\n".join([*lines, f"group others {self.quorum(own)} {' '.join(names)}", "quorum others", ""])

    def witness_vkey(self, office: Office) -> str:
        """A witness's key as policies write it."""
        return verifier_key(witness_name(self.network, office.id), WITNESS_KEY, office.witness or b"")


def ranges_at(rosters: list[Roster], version: int, log: LogId, size: int) -> list[KeyRange]:
    """The ranges that cover a size, as a version has them; one that was added later counts in it too."""
    known: dict[int, KeyRange] = {}
    for roster in rosters[version - 1:]:
        office = roster.offices.get(log[0])
        for r in office.ranges if office else ():
            if r.log == log[1]:
                known.setdefault(r.start, r)
    return [r for r in known.values() if r.covers(size)]


def origin_of(network: bytes, office: bytes, log: int) -> str:
    """First line of a log's heads."""
    return f"waymark/{network.hex()}/{office.hex()}/{log}"


def roster_origin(network: bytes) -> str:
    """First line of the heads of the roster as a log."""
    return f"waymark/{network.hex()}/roster"


def roster_tree(rosters: list[Roster]) -> Tree:
    """The tree of the roster as a log: its leaves are the texts of the versions from 1."""
    return Tree([leaf_hash(roster.note.text) for roster in rosters])


def witness_name(network: bytes, office: bytes) -> str:
    """Name in an office's cosignature lines."""
    return f"waymark/{network.hex()}/{office.hex()}/witness"


def _number(text: str, bits: int) -> int:
    number = int(text)
    if number >> bits:
        raise Fault("roster", f"{text} is too large")
    return number


def read_roster(data: bytes) -> Roster:
    """One version by itself, without its signatures, or a `Fault`."""
    if len(data) > limits.ROSTER_VERSION:
        raise Fault("roster", "a version that is too large")
    note = read_note(data)
    lines = note.text.decode("utf-8").split("\n")
    head = re.fullmatch(
        rf"waymark-roster/v1\nnetwork {HEX_16}\nversion {DECIMAL}\nprevious {HEX_32}\nexpires {DECIMAL}\n"
        rf"threshold {DECIMAL}", "\n".join(lines[:6]))
    if head is None:
        raise Fault("roster", "the first six lines are not those of a version")
    roster = Roster(bytes.fromhex(head[1]), _number(head[2], 32), bytes.fromhex(head[3]),
                    _number(head[4], 64), _number(head[5], 8), note)
    for line in lines[6:-1]:
        _read_line(roster, line)
    if roster.text().encode() != note.text:
        raise Fault("roster", "the text does not write back to itself")
    _check_alone(roster)
    return roster


def _read_line(roster: Roster, line: str) -> None:
    """Takes over a line below the first six; order and repetition show when the text is written back."""
    word, _, rest = line.partition(" ")
    office = list(roster.offices.values())[-1] if roster.offices else None
    if word == "root" and (match := re.fullmatch(rf"([^\s+]+) {HEX_32}", rest)):
        roster.roots[match[1]] = bytes.fromhex(match[2])
    elif word == "office" and (match := re.fullmatch(OFFICE_LINE, rest)):
        roles = match[6].split(",")
        if roles != [role for role in ROLES if role in roles]:
            raise Fault("roster", "roles unknown, repeated or out of order")
        identity = bytes.fromhex(match[1])
        if identity in roster.offices:
            raise Fault("roster", "an office twice")
        roster.offices[identity] = Office(identity, int(match[2]), match[3], match[4], match[5], roles)
    elif word == "name" and office:
        office.name = rest
    elif word == "organisation" and office:
        office.organisation = rest
    elif word == "log" and office and (match := re.fullmatch(LOG_LINE, rest)):
        end = _number(match[3], 64) if match[3] else None
        if end == 2**64 - 1:
            raise Fault("roster", "a range that ends too late")
        root = bytes.fromhex(match[4]) if match[4] else None
        office.ranges.append(KeyRange(_number(match[1], 32), _number(match[2], 64), end, root,
                                      bytes.fromhex(match[5])))
    elif word == "witness" and office and re.fullmatch(HEX_32, rest):
        office.witness = bytes.fromhex(rest)
    else:
        raise Fault("roster", f"a line that is none of a roster: {line[:80]!r}")


def _check_alone(roster: Roster) -> None:
    """What is refused in one version by itself."""
    keys = [key for key, _ in roster.places()]
    if len(keys) != len(set(keys)):
        raise Fault("roster", "a key in two places")
    if not all(ed25519.is_sound_key(key) for key in keys):
        raise Fault("roster", "a key of small order, or with a y that is too large")
    if not 1 <= roster.threshold <= len(roster.roots) <= limits.ROOT_KEYS:
        raise Fault("roster", "threshold and number of root keys")
    offices = list(roster.offices.values())
    if len(offices) > limits.OFFICES or len({office.slot for office in offices}) != len(offices):
        raise Fault("roster", "too many offices, or a slot twice")
    for name in [*roster.roots, *(o.name for o in offices), *(o.organisation for o in offices)]:
        if not 1 <= len(name.encode()) <= limits.NAME or name != name.strip():
            raise Fault("roster", "a name empty, too long or with white space at an end")
        if any(unicodedata.category(character) == "Cc" for character in name):
            raise Fault("roster", "a name with a control character")
    for office in offices:
        _check_ranges(office)


def _check_ranges(office: Office) -> None:
    """The `log` lines of an office."""
    ranges = office.ranges
    if not 1 <= office.slot <= 65_535 or len(ranges) > limits.KEY_RANGES:
        raise Fault("roster", "an office's slot, or number of log lines")
    if ranges and (ranges[0].log, ranges[0].start) != (0, 0):
        raise Fault("roster", "an office's first log line")
    for r in ranges:
        if r.end is not None and r.end < r.start:
            raise Fault("roster", "a range that ends before it begins")
    for before, after in zip(ranges, ranges[1:]):
        same = before.end is not None and (after.log, after.start) == (before.log, before.end + 1)
        if before.end is None or not (same or (after.log, after.start) == (before.log + 1, 0)):
            raise Fault("roster", "log lines that do not follow one another")

"""The chain of versions, and others beside it: WIRE.md, "Roster" and point 2 of the auditor's list."""

from . import limits
from .bundle import Bundle
from .postcard import Fault
from .report import Report
from .roster import KeyRange, Roster, read_roster


def read_rosters(
    bundle: Bundle, report: Report, fingerprint: bytes | None
) -> tuple[list[Roster], list[Roster]]:
    """Point 2: the chain of versions, as far as each follows from the one before, and others beside them."""
    chain: list[Roster] = []
    known: dict[bytes, str] = {}
    total = 0
    for number, version in enumerate(sorted(bundle.rosters) or [0], start=1):
        try:
            data = bundle.read(bundle.rosters[version]) if version == number else None
            if data is None:
                raise Fault("roster_refused", f"version {number} is missing")
            total += len(data)
            if total > limits.ROSTER_TOTAL:
                raise Fault("roster_refused", "all versions together are too large")
            roster = read_roster(data)
            if chain:
                check_next(chain[-1], known, roster)
            else:
                check_first(roster, fingerprint)
            chain.append(roster)
            known.update(roster.places())
        except Fault as fault:
            word = fault.word if fault.word == "roster_fingerprint" else "roster_refused"
            report.fault(2, word, None, None, f"version {number}: {fault.detail}")
            break
    beside = _check_beside(bundle, report, chain) if chain else []
    if chain and fingerprint is None:
        report.fault(2, "roster_unconfirmed", None, None, "nobody has compared the fingerprint of version 1: "
                     f"{chain[0].fingerprint.hex()}")
    return chain, beside


def _check_beside(bundle: Bundle, report: Report, chain: list[Roster]) -> list[Roster]:
    """Point 2: each text beside a version proves that root holders signed two of one number, or is extra; gives
    those that do."""
    proven = []
    for (number, name), path in sorted(bundle.beside.items()):
        data = bundle.read(path)
        if data is None:
            continue
        try:
            if number > len(chain):
                raise Fault("file_extra", "no version that is used lies beside it")
            other = read_roster(data)
            _check_other(chain[number - 1], chain[max(number - 2, 0)], other, name)
            proven.append(other)
            report.fault(2, "two_rosters", None, None, f"root holders have signed {path} as well")
        except Fault as fault:
            report.fault(1, "file_extra", None, None, f"{path} proves nothing: {fault.detail}")
    return proven


def _check_signed(roster: Roster, by: Roster) -> None:
    """Enough root keys of `by` have signed, and none of those named falsely."""
    held = [roster.note.is_signed(name, key) for name, key in by.roots.items()]
    if False in held:
        raise Fault("roster", "a root key's signature does not hold")
    if sum(one is True for one in held) < by.threshold:
        raise Fault("roster", f"fewer than {by.threshold} root keys of version {by.version} have signed")


def check_first(roster: Roster, fingerprint: bytes | None) -> None:
    """Version 1 is signed by its own threshold and is the one that was compared in person."""
    if roster.version != 1 or roster.previous != bytes(32):
        raise Fault("roster", "not a first version")
    if fingerprint is not None and roster.fingerprint != fingerprint:
        raise Fault("roster_fingerprint", f"the fingerprint is {roster.fingerprint.hex()}")
    _check_signed(roster, roster)


def check_next(before: Roster, known: dict[bytes, str], roster: Roster) -> None:
    """A version follows from the one before it; `known` are the places of all keys of the earlier ones."""
    if (roster.network, roster.version) != (before.network, before.version + 1):
        raise Fault("roster", "another network, or not the next version")
    if roster.previous != before.fingerprint:
        raise Fault("roster", "it does not name the fingerprint of the version before")
    _check_signed(roster, before)
    _check_signed(roster, roster)
    for key, place in roster.places():
        if known.get(key, place) != place:
            raise Fault("roster", f"a key of {known[key]} as {place}")
    for old in before.offices.values():
        new = roster.offices.get(old.id)
        if new is None or new.slot != old.slot or old.state == "left" != new.state:
            raise Fault("roster", f"office {old.id.hex()} is gone, has another slot or comes back")
        for was, now in zip(old.ranges, new.ranges):
            ended = KeyRange(was.log, was.start, now.end, now.root, was.key)
            if now != (ended if was.end is None else was):
                raise Fault("roster", f"a past log line of {old.id.hex()} has changed")
        if len(new.ranges) < len(old.ranges):
            raise Fault("roster", f"a log line of {old.id.hex()} is gone")


def _check_other(held: Roster, before: Roster, other: Roster, name: str) -> None:
    """Another text of a version's number, signed by enough root keys of the one before ("Two versions of one
    number")."""
    if other.fingerprint.hex() != name or other.fingerprint == held.fingerprint:
        raise Fault("roster", "it is not the text that its name says, or no other text")
    if (other.network, other.version) != (held.network, held.version):
        raise Fault("roster", "it is of another network or number")
    _check_signed(other, before)

"""Following threads: WIRE.md, "Threads" and point 8 of "What an auditor checks"."""

from dataclasses import dataclass, field
from typing import Any

from . import limits
from .bases import judge
from .entry import Entry, LogId, check_kind
from .evidence import Evidence
from .fits import why_not
from .logs import RECORDED
from .state import Event, Thread
from .times import moment, opened
from .way import Awaited, Watch

NEVER = 1 << 64
SILENT = ("Received", "Receipted", "CarriedOver", "SectionShown")


@dataclass
class View:
    """The threads of one log, where the first record of one is missing (from there on it is not judged), what
    was let pass in them, and the entries beyond the length of one."""

    threads: dict[bytes, Thread] = field(default_factory=dict)
    broken: dict[bytes, int] = field(default_factory=dict)
    silences: dict[bytes, list[Awaited]] = field(default_factory=dict)
    beyond: set[int] = field(default_factory=set)

    def judges(self, identity: bytes, event: Event) -> bool:
        """Whether nothing is missing in that thread up to an event."""
        return event.index < self.broken.get(identity, event.index + 1)


def follow_all(evidence: Evidence, log: LogId) -> View:
    """Follows each thread of a log, and judges the entries for which this log answers."""
    view = View(broken=_broken(evidence, log))
    not_followed = evidence.rosters[-1].offices.keys() | {bytes([log[0][0] ^ 0xFF]) + log[0][1:]}
    for identity, events in _events(evidence, log).items():
        first = None
        if identity not in not_followed:
            first = next((event for event in events if _begins(log, event.entry)), None)
        if first is None:
            for event in events:
                if view.judges(identity, event):
                    _judge(evidence, log, None, event.entry)
            continue
        early = events[:next(at for at, event in enumerate(events) if event is first)]
        here = {id(event): event for event in early if event.entry.log_id == log}
        for event in here.values():
            # what the office wrote in this log before the thread began had no basis there
            if view.judges(identity, event) or event.entry.basis in (1, 4):
                _judge(evidence, log, None, event.entry)
        ordered = [first, *(event for event in events if event is not first)]
        _follow(evidence, log, view, identity, ordered, here)
    return view


def _events(evidence: Evidence, log: LogId) -> dict[bytes, list[Event]]:
    """What stands in each thread, in the order of the log; a kept entry before the one that names it."""
    threads: dict[bytes, list[Event]] = {}
    known = _known(evidence.logs[log].entries)
    for index, entry in enumerate(evidence.logs[log].entries):
        if entry is None:
            continue
        events = threads.setdefault(entry.thread, [])
        if (kept := evidence.kept.get((log, index))) and (log, index) not in evidence.unproven:
            written = min(kept.claimed_at, entry.claimed_at + limits.FIVE_MINUTES)
            events.append(Event(kept, index, entry.claimed_at, written, known[index]))
        events.append(Event(entry, index, entry.claimed_at, entry.claimed_at, known[index]))
    return threads


def _known(entries: list[Entry | None]) -> list[int]:
    """Since when a log had each entry at the latest: its own time; of a `CarriedOver` that of the next entry
    that is none, or never."""
    found, after = [], NEVER
    for entry in reversed(entries):
        if entry is not None and entry.name != "CarriedOver":
            after = entry.claimed_at
        found.append(after)
    return found[::-1]


def _broken(evidence: Evidence, log: LogId) -> dict[bytes, int]:
    """Where the first record of each thread is missing, of another entry or unproven (`received_missing`)."""
    found: dict[bytes, int] = {}
    for index, entry in enumerate(evidence.logs[log].entries):
        if entry and entry.name in RECORDED:
            if (log, index) not in evidence.kept or (log, index) in evidence.unproven:
                found.setdefault(entry.thread, index)
    return found


def _begins(log: LogId, entry: Entry) -> bool:
    """Whether a case or a referral begins with it."""
    if _is_silent(entry):
        return False
    return (entry.name == "CaseOpened" and entry.office == log[0]) or entry.name == "ConsentReleased"


def _is_silent(entry: Entry) -> bool:
    """Whether it says nothing in any thread: also what is skipped or kept closed."""
    for_another = any(grant.recipient != entry.recipient for grant in entry.grants)
    return not entry.name or entry.name in SILENT or check_kind(entry) is not None or for_another


def _follow(evidence: Evidence, log: LogId, view: View, identity: bytes, events: list[Event],
            before_it: dict[int, Event]) -> None:
    """Follows a thread from its first event; what stands `before_it` in this log was judged there."""
    thread = Thread.begun_by(events[0])
    view.threads[identity] = thread
    watch = Watch(log[0], opened(evidence, log))
    known: dict[tuple[bytes, bytes], Entry] = {}
    count, renewed = 0, log[1] > 0
    for number, event in enumerate(events):
        entry, party = event.entry, event.entry.office in thread.halves
        renewed = renewed or entry.log > 0
        watch.look(event.here)
        before = known.setdefault((entry.office, entry.event), entry)
        repeats = renewed and before is not entry
        if repeats and _says(before) == _says(entry):
            thread.leaves[entry.leaf] = before
            continue
        says = party and not repeats and not _is_silent(entry)
        count += says
        if count > limits.EVENTS:
            if view.judges(identity, event):
                evidence.report.fault(8, "thread_too_long", log, event.index,
                                      f"more than {limits.EVENTS} events")
                view.beyond |= {later.index for later in events[number:]}
            break
        judged = view.judges(identity, event)
        # what the log's own office granted on a consent (1) or an emergency (4) needs no word of others
        if id(event) not in before_it and (judged or (entry.office == log[0] and entry.basis in (1, 4))):
            _judge(evidence, log, thread, entry)
        thread.leaves[entry.leaf] = before if repeats else entry
        if says:
            _take(evidence, log, thread, event, number, judged)
            if log[0] in thread.halves:
                watch.take(thread, event.known)
    watch.look(moment(evidence, log))
    view.silences[identity] = list(watch.passed.values())


def _says(entry: Entry) -> tuple[Any, ...]:
    """Everything that an entry says, but for where it stands."""
    return entry.kind, entry.claimed_at, entry.public, entry.sections, entry.grants


def answers(evidence: Evidence, log: LogId, entry: Entry) -> bool:
    """Whether a log answers for an entry: its writer's, or any where none of the writer's is at hand."""
    return entry.office == log[0] or not evidence.is_at_hand(entry.office)


def _take(evidence: Evidence, log: LogId, thread: Thread, event: Event, seq: int, judged: bool) -> None:
    """Takes an entry over if it fits, or counts."""
    event.seq, entry = seq, event.entry
    misfit = why_not(thread, event)
    if misfit is not None and judged and answers(evidence, log, entry):
        evidence.report.fault(8, "anomaly", entry.log_id, entry.index, misfit[0])
    if misfit is None or misfit[1]:
        thread.take(event)


def _judge(evidence: Evidence, log: LogId, thread: Thread | None, entry: Entry) -> None:
    """What an entry grants had its basis in what the thread said before it."""
    if not entry.grants or not answers(evidence, log, entry):
        return
    report, roster = evidence.report, evidence.roster_of(entry)
    if found := judge(thread, entry, entry.office == log[0]):
        report.fault(8, found[0], entry.log_id, entry.index, found[1])
    if roster is not None and roster.expires < entry.claimed_at:
        report.fault(8, "roster_expired", entry.log_id, entry.index, f"version {roster.version} had expired")

"""What is awaited while she is on her way: WIRE.md, "Duties"."""

from dataclasses import dataclass, field
from typing import Iterator, NamedTuple

from .limits import DAY, HOUR
from .state import Event, Thread, on_her_way

LEG_START, LEG_END, RECEPTION, CHECK_IN = range(4)
NAMES = ("leg start", "leg end", "reception", "check-in")
MOST_AFTER = 15 * 60


class Awaited(NamedTuple):
    """Something that is awaited, and when the alarm is due without it."""

    alarm: int
    step: int
    leg: int
    due: int


@dataclass
class Watch:
    """What is awaited of a party, since when its log has what that follows from, and every silence that it let
    pass without an alarm. What it knew before its log was opened, of a later incarnation, says the log before."""

    party: bytes
    opened: int
    awaited: Awaited | None = None
    since: int = 0
    passed: dict[tuple[int, int, int], Awaited] = field(default_factory=dict)

    def look(self, now: int) -> None:
        """Nothing more stands in the log, and it is later."""
        if self.awaited and now > max(self.awaited.alarm, self.since, self.opened) + HOUR:
            self.passed.setdefault(self.awaited[1:], self.awaited)

    def take(self, thread: Thread, known: int) -> None:
        """Something has come to stand in the log."""
        awaited = _next(thread, self.party)
        if awaited != self.awaited:
            self.awaited, self.since = awaited, known


def _next(thread: Thread, party: bytes) -> Awaited | None:
    """The earliest of what is awaited of which a party has raised no alarm."""
    if not on_her_way(thread):
        return None
    return min((a for a in _awaited(thread) if not _has_raised(thread, party, a)), default=None)


def _awaited(thread: Thread) -> Iterator[Awaited]:
    sender, both = thread.mine, thread.halves.values()
    departed = sender.all("Departed")[0].entry.claimed_at
    since = sender.last_seq("JourneyProposed")
    legs = {e.entry.fields["number"]: e for e in sender.all("LegBooked") if e.seq > since}
    arrived = min((e.at for half in both for e in half.all("Arrived")), default=None)
    present = next((leg for leg in sorted(legs) if _time(thread, "LegConfirmed", legs[leg]) is None), None)
    if arrived is not None or present is None:
        ended = _time(thread, "LegConfirmed", legs[max(legs)]) if legs else None
        reached = arrived if arrived is not None else ended or departed
        due = max(reached, departed) + 2 * HOUR
        yield Awaited(due, RECEPTION, max(legs, default=0), due)
        return
    fields, began = legs[present].entry.fields, _time(thread, "LegStarted", legs[present])
    last_day = fields["departs_on"] if began is None else fields["arrives_on"]
    end_of_day = (last_day + 1) * DAY
    yield Awaited(end_of_day, LEG_START if began is None else LEG_END, present, end_of_day)
    interval = 60 * fields["check_in_minutes"]
    if began is not None and interval:
        recorded = [e for half in both for e in half.all("CheckInRecorded")]
        seen = [e.at for e in recorded if e.entry.fields["leg"] == present]
        due = max([began, departed, *seen]) + interval
        yield Awaited(due + min(interval // 4, MOST_AFTER), CHECK_IN, present, due)


def _time(thread: Thread, name: str, booked: Event) -> int | None:
    """When a leg began or ended, by the word of those who may say it; of two the earlier."""
    leg, escorting = booked.entry.fields["number"], booked.entry.fields["escorting"]
    offices = {escorting} & thread.halves.keys() or set(thread.halves)
    if any(half.has("MindChanged") for half in thread.halves.values()) or thread.mine.has("JourneyAborted"):
        offices.add(thread.sender)
    said = (thread.halves[office].having(name, "leg", leg) for office in offices)
    return min((event.at for event in said if event), default=None)


def _has_raised(thread: Thread, party: bytes, awaited: Awaited) -> bool:
    half = thread.halves[party]
    if awaited.step == CHECK_IN:
        raised = [e for e in half.all("CheckInMissed") if e.entry.fields["leg"] == awaited.leg]
        return any(min(e.entry.fields["due_at"], e.written) >= awaited.due for e in raised)
    missed = half.last("StepMissed")
    return missed is not None and missed.written >= awaited.due and (
        (missed.entry.fields["step"], missed.entry.fields["leg"]) == (awaited.step, awaited.leg))

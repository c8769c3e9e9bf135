"""What had to be done in time: WIRE.md, point 9 of "What an auditor checks", with the rows of "Erasing".

The log of whoever wrote the entry that demands something answers for it, or where that is not in the bundle
any other. What fulfils a duty may stand in any log at hand.
"""

from typing import Iterator, NamedTuple

from .entry import Entry, LogId
from .evidence import Evidence
from .limits import HOUR, TEN_MINUTES, THREE_DAYS
from .threads import ENDING, Thread
from .times import moment

WITHDRAWALS = ("ConsentWithdrawn", "ConsentExpired", "ConsentNarrowed", *ENDING)
ACKNOWLEDGED = ("ReferralAcknowledged", "QuestionAsked", "ReferralAccepted", "ReferralDeclined")
REACHED = ("PersonContacted", "ServiceStarted", "CheckedIn")
ANSWERS = ("WithdrawalAcknowledged", "Erased", "RetentionClaimed")
ON_THE_WAY_NO_MORE = ("LegConfirmed", "Arrived", "JourneyAborted", "JourneyClosed")


class Duty(NamedTuple):
    """Something that an entry demands by a time, and the entries that fulfil it."""

    word: str
    cause: Entry
    by: int
    done: list[Entry]


def duties(thread: Thread, entries: list[Entry]) -> Iterator[Duty]:
    """Each duty of a thread, and what fulfils it among all entries that are known of it."""
    theirs = [e for e in entries if e.office == thread.receiver]
    ended = [e for e in entries if e.name in ENDING]
    acknowledged = [e for e in theirs if e.name in ACKNOWLEDGED] + ended
    reached = [e for e in theirs if e.name in REACHED] + ended
    confirmed = any(e.name == "AcceptConfirmed" for e in entries)
    answers: dict[bytes, list[Entry]] = {}
    for entry in entries:
        if entry.office == thread.receiver and entry.name in ANSWERS:
            answers.setdefault(entry.fields["because"], []).append(entry)
        elif entry.name == "EmergencyReviewed":
            answers.setdefault(entry.fields["emergency"], []).append(entry)
    for cause in thread.seen.values():
        fields = cause.fields
        revoked = cause.name == "EmergencyReviewed" and not fields["upheld"]
        if (cause.name in WITHDRAWALS or revoked) and cause.office != thread.receiver:
            yield Duty("withdrawal_unanswered", cause, cause.claimed_at + THREE_DAYS,
                       answers.get(cause.event, []))
        elif cause.name == "ReferralOffered":
            deadlines = fields["deadlines"]
            yield Duty("deadline_missed", cause, deadlines["acknowledge_by"], acknowledged)
            if confirmed:
                yield Duty("deadline_missed", cause, deadlines["contact_by"], reached)
        elif cause.name == "EmergencyDeclared":
            yield Duty("emergency_unreviewed", cause, min(fields["review_by"], cause.claimed_at + THREE_DAYS),
                       answers.get(cause.event, []))


def silences(entries: list[Entry], now: int) -> Iterator[tuple[Entry, str]]:
    """What is told of a journey: missed steps, and an hour of silence after which nobody raised one."""
    missed = [e for e in entries if e.name in ("CheckInMissed", "StepMissed")]
    for entry in missed:
        yield entry, f"{entry.name}, due at {entry.fields['due_at']}"
    minutes = {e.fields["number"]: e.fields["check_in_minutes"] for e in entries if e.name == "LegBooked"}
    starts = {e.fields["leg"]: e for e in reversed(entries) if e.name == "LegStarted"}
    for leg, start in starts.items():
        if not minutes.get(leg):
            continue
        ends = [e.fields.get("at", e.claimed_at) for e in entries
                if e.name in ON_THE_WAY_NO_MORE and e.fields.get("leg", leg) == leg]
        seen = [e.fields["at"] for e in entries if e.name == "CheckInRecorded" and e.fields["leg"] == leg]
        raised = [e.fields["due_at"] for e in missed if e.fields["leg"] == leg]
        marks = sorted([start.fields["at"], *seen, min(ends, default=now)])
        for before, after in zip(marks, marks[1:]):
            late = before + 60 * minutes[leg] + HOUR + TEN_MINUTES
            if after > late and not any(before < at <= after for at in raised):
                yield start, f"silence on leg {leg} after {before}"


def check_duties(evidence: Evidence, views: dict[LogId, dict[bytes, Thread]]) -> None:
    """Judges the duties in all threads, each up to the moment of the log that answers for it."""
    known: dict[bytes, dict[bytes, Entry]] = {}
    for threads in views.values():
        for identity, thread in threads.items():
            known.setdefault(identity, {}).update((e.event, e) for e in thread.seen.values() if e.name)
    for view, threads in views.items():
        now = moment(evidence, view)
        for identity, thread in threads.items():
            if thread.complete:
                _judge(evidence, view, thread, list(known[identity].values()), now)


def _judge(evidence: Evidence, view: LogId, thread: Thread, entries: list[Entry], now: int) -> None:
    for word, cause, by, done in duties(thread, entries):
        first = min((entry.claimed_at for entry in done), default=None)
        if _answers(evidence, view, cause) and (now if first is None else first) > by + TEN_MINUTES:
            told = "nothing came" if first is None else f"it came at {first}"
            evidence.report.fault(9, word, cause.log_id, cause.index, f"{cause.name}, by {by}: {told}")
    for cause, what in silences(entries, now):
        if _answers(evidence, view, cause):
            evidence.report.fault(9, "missed", cause.log_id, cause.index, what)


def _answers(evidence: Evidence, view: LogId, cause: Entry) -> bool:
    return cause.log_id == view or cause.log_id not in evidence.logs

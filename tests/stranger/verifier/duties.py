"""What had to be done in time: WIRE.md, "Duties" (point 9), with the rows of "Erasing"."""

from typing import Iterator, NamedTuple

from .entry import Entry, LogId
from .evidence import Evidence
from .limits import TEN_MINUTES, THREE_DAYS
from .state import Event, Half, Thread, asking_to_erase, confirmed
from .threads import View
from .times import moment
from .way import NAMES

ACKNOWLEDGED = ("ReferralAcknowledged", "QuestionAsked", "ReferralAccepted", "ReferralDeclined")
ANSWERS = ("WithdrawalAcknowledged", "Erased", "RetentionClaimed")


class Duty(NamedTuple):
    """Something that an entry demands by a time, when it was fulfilled, and in whose log it is judged."""

    word: str
    cause: Entry
    by: int
    done: int | None
    office: bytes


def _answered(half: Half, cause: bytes) -> Event | None:
    known = [e for e in half.all(*ANSWERS) if e.entry.fields["because"] == cause]
    return min(known, key=lambda event: event.seq, default=None)


def _duties(thread: Thread, elsewhere: list[Thread]) -> Iterator[Duty]:
    """Each duty of a referral; `elsewhere` is the thread in the logs of the receiver."""
    for event in asking_to_erase(thread):
        cause = event.entry
        halves = [thread.theirs, *(other.halves.get(thread.receiver, Half()) for other in elsewhere)]
        first = next((found for half in halves if (found := _answered(half, cause.event))), None)
        yield Duty("withdrawal_unanswered", cause, cause.claimed_at + THREE_DAYS,
                   first.entry.claimed_at if first else None, thread.sender)
    ended = [] if thread.ended_at is None else [thread.ended_at]
    for event in thread.mine.all("ReferralOffered"):
        deadlines = event.entry.fields["deadlines"]
        times = [e.entry.claimed_at for e in thread.theirs.all(*ACKNOWLEDGED)] + ended
        yield Duty("deadline_missed", event.entry, deadlines["acknowledge_by"], min(times, default=None),
                   thread.sender)
        if confirmed(thread):
            times = [e.entry.fields["at"] for e in thread.theirs.all("PersonContacted")] + ended
            times += [e.entry.claimed_at for e in thread.theirs.all("ServiceStarted", "CheckedIn")]
            yield Duty("deadline_missed", thread.mine.all("AcceptConfirmed")[0].entry,
                       deadlines["contact_by"], min(times, default=None), thread.sender)
    for office, half in thread.halves.items():
        for event in half.all("EmergencyDeclared"):
            review = half.having("EmergencyReviewed", "emergency", event.entry.event)
            yield Duty("review_missed", event.entry, event.review_by,
                       review.entry.claimed_at if review else None, office)


def check_duties(evidence: Evidence, views: dict[LogId, View]) -> None:
    """Judges the duties in all referrals, each up to the moment of the log in which it is judged."""
    for log, view in views.items():
        now = moment(evidence, log)
        for identity, thread in view.threads.items():
            if thread.chain is None or identity in view.broken:
                continue
            elsewhere = [other.threads[identity] for place, other in views.items()
                         if place[0] == thread.receiver and place != log and identity in other.threads]
            for duty in _duties(thread, elsewhere):
                if log[0] == duty.office or not evidence.is_at_hand(duty.office):
                    _judge(evidence, duty, now)
            if log[0] in thread.halves:
                _check_alarms(evidence, log, view, identity)


def _judge(evidence: Evidence, duty: Duty, now: int) -> None:
    if (now if duty.done is None else duty.done) > duty.by + TEN_MINUTES:
        told = "nothing came" if duty.done is None else f"it came at {duty.done}"
        evidence.report.fault(9, duty.word, duty.cause.log_id, duty.cause.index,
                              f"{duty.cause.name}, by {duty.by}: {told}")


def _check_alarms(evidence: Evidence, log: LogId, view: View, identity: bytes) -> None:
    """Each alarm of this office, and each hour of silence in which it raised none."""
    thread = view.threads[identity]
    for event in thread.halves[log[0]].all("CheckInMissed", "StepMissed"):
        entry = event.entry
        evidence.report.fault(9, "check_in_missed", entry.log_id, entry.index,
                              f"{entry.name}, due at {entry.fields['due_at']}")
    for awaited in view.silences[identity]:
        departed = thread.mine.all("Departed")[0].entry
        evidence.report.fault(9, "check_in_missed", log, None, f"silence in {identity.hex()} after entry "
                              f"{departed.index} of the sender: {NAMES[awaited.step]} of leg {awaited.leg}, "
                              f"due {awaited.due}")

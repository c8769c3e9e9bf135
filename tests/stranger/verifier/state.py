"""A thread as one log has it: WIRE.md, "Threads" and "How a referral ends"."""

from dataclasses import dataclass, field
from typing import Iterator

from .entry import Entry
from .limits import DAY, THREE_DAYS, YEAR_OF_DAYS

HAND_OVER = 1


@dataclass
class Event:
    """An entry in a thread: its place in the log, in the thread, and when it was written at the latest."""

    entry: Entry
    index: int
    here: int  # time of the entry by which it stands in this log
    written: int
    known: int  # since when, at the latest, the log had it: what is carried over keeps an older time
    seq: int = -1  # in the thread

    @property
    def at(self) -> int:
        """`at` of a leg, check-in, arrival or change of mind, as far as it counts."""
        at: int = self.entry.fields["at"]
        return min(at, self.written)

    @property
    def review_by(self) -> int:
        """`review_by` of an emergency, as far as it counts."""
        by: int = self.entry.fields["review_by"]
        return min(by, self.entry.claimed_at + THREE_DAYS)


@dataclass
class Half:
    """What one party wrote, and counts, by the name of its kind."""

    by: dict[str, list[Event]] = field(default_factory=dict)

    def all(self, *names: str) -> list[Event]:
        """All entries of some kinds, each kind in order."""
        return [event for name in names for event in self.by.get(name, [])]

    def has(self, *names: str) -> bool:
        """Whether there is one of these kinds."""
        return any(name in self.by for name in names)

    def last(self, *names: str) -> Event | None:
        """The newest of some kinds."""
        newest = (self.by[name][-1] for name in names if name in self.by)
        return max(newest, key=lambda event: event.seq, default=None)

    def last_seq(self, *names: str) -> int:
        """Where the newest of some kinds stands; -1 without one."""
        event = self.last(*names)
        return event.seq if event else -1

    def having(self, name: str, part: str, value: object) -> Event | None:
        """The first of a kind with that value of a field."""
        return next((e for e in self.by.get(name, []) if e.entry.fields[part] == value), None)

    def named(self, name: str, event_id: bytes) -> Event | None:
        """The one of a kind with that event id."""
        return next((e for e in self.by.get(name, []) if e.entry.event == event_id), None)


@dataclass
class Chain:
    """The consent of a referral, as far as it counts."""

    event: bytes
    purposes: list[int]
    categories: list[int]
    onward: bool
    start: int
    until: int
    withdrawn: Event | None = None
    expired: Event | None = None
    narrowed: bool = False

    def take(self, event: Event) -> None:
        """An entry of the chain."""
        fields = event.entry.fields
        match event.entry.name:
            case "ConsentNarrowed":
                self.purposes = [p for p in self.purposes if p in fields["purposes"]]
                self.categories = [c for c in self.categories if c in fields["categories"]]
                self.onward = self.onward and fields["onward"]
                self.until = min(self.until, fields["until"])
                self.narrowed = True
            case "ConsentRenewed":
                self.until = max(self.until, fields["until"])
            case "ConsentWithdrawn":
                self.withdrawn = event
            case "ConsentExpired":
                self.expired = event


@dataclass
class Thread:
    """State of a case (only its office) or a referral (sender and receiver)."""

    first: Event
    chain: Chain | None
    halves: dict[bytes, Half]
    leaves: dict[bytes, Entry] = field(default_factory=dict)
    end: Event | None = None  # the sender's end
    ended_at: int | None = None

    @classmethod
    def begun_by(cls, event: Event) -> "Thread":
        """The thread that begins with a `CaseOpened` or `ConsentReleased`."""
        entry, fields = event.entry, event.entry.fields
        if entry.name == "CaseOpened":
            return cls(event, None, {entry.office: Half()})
        until = min(fields["until"], fields["from"] + YEAR_OF_DAYS)
        chain = Chain(entry.event, fields["purposes"], fields["categories"], fields["onward"],
                      fields["from"], until)
        return cls(event, chain, {entry.office: Half(), entry.recipient: Half()})

    @property
    def sender(self) -> bytes:
        """The sender, or whose case it is."""
        return self.first.entry.office

    @property
    def receiver(self) -> bytes:
        """The receiver of a referral."""
        return self.first.entry.recipient

    @property
    def mine(self) -> Half:
        """The sender's half."""
        return self.halves[self.sender]

    @property
    def theirs(self) -> Half:
        """The receiver's half."""
        return self.halves[self.receiver]

    def other(self, office: bytes) -> bytes:
        """The other party."""
        return self.receiver if office == self.sender else self.sender

    def is_error_of_offer(self, entry: Entry) -> bool:
        """Whether it says that the offer was made in error."""
        return (entry.name == "EntryInError" and entry.office == self.sender
                and self.mine.named("ReferralOffered", entry.fields["entry"]) is not None)

    def take(self, event: Event) -> None:
        """Takes over an entry that fits, or counts."""
        entry = event.entry
        in_error = self.is_error_of_offer(entry) and not self.mine.has("Departed")
        if self.end is None and (in_error or entry.name in ("OfferExpired", "ReferralWithdrawn")):
            self.end = event
        if self.chain is not None and event is not self.first:
            self.chain.take(event)
        self.halves[entry.office].by.setdefault(entry.name, []).append(event)
        if self.chain is not None and self.ended_at is None and ended(self):
            self.ended_at = entry.claimed_at


def confirmed(thread: Thread) -> bool:
    """Whether the offer was accepted, and that confirmed."""
    return any(thread.theirs.named("ReferralAccepted", e.entry.fields["accept"])
               for e in thread.mine.all("AcceptConfirmed"))


def is_hand_over(thread: Thread) -> bool:
    """Whether a hand-over was offered."""
    offer = thread.mine.last("ReferralOffered")
    return offer is not None and offer.entry.fields["kind"] == HAND_OVER


def _open_request(half: Half, other: Half) -> bool:
    asked, declined = half.last("CancellationRequested"), other.last("CancellationDeclined")
    return asked is not None and (declined is None or declined.entry.fields["request"] != asked.entry.event)


def cancelled(thread: Thread) -> bool:
    """Row 5."""
    one, two = thread.mine, thread.theirs
    if one.has("Departed"):
        return False
    asked = _open_request(one, two), _open_request(two, one)
    return all(asked) or (one.has("CancellationRequested") and two.has("CancellationAgreed")) or (
        two.has("CancellationRequested") and one.has("CancellationAgreed"))


def word_of_end(thread: Thread) -> Event | None:
    """The sender's word of the end."""
    if thread.end is not None:
        return thread.end
    by_agreement = None
    if cancelled(thread):
        by_agreement = thread.mine.last("CancellationAgreed") or thread.mine.last("CancellationRequested")
    return by_agreement or thread.mine.last("JourneyClosed")


def handed_over(thread: Thread) -> bool:
    """Row 1."""
    reception = thread.theirs.last("ReceptionConfirmed")
    if reception is None or not is_hand_over(thread) or not confirmed(thread):
        return False
    agreed = thread.theirs.last("CancellationAgreed")
    return not (_acknowledged_before(thread, reception)
                or (agreed and agreed.seq < reception.seq and cancelled(thread)))


def _acknowledged_before(thread: Thread, event: Event) -> bool:
    """Whether the receiver had acknowledged the word of the end before it wrote that."""
    word = word_of_end(thread)
    known = thread.theirs.having("WithdrawalAcknowledged", "because", word.entry.event) if word else None
    return known is not None and known.seq < event.seq


def ended(thread: Thread) -> int:
    """The row of "How a referral ends" that applies; 0 while it has not ended."""
    end = thread.end.entry.name if thread.end else ""
    completed = thread.theirs.last("ServiceCompleted")
    is_completed = (completed is not None and not is_hand_over(thread) and confirmed(thread)
                    and not _acknowledged_before(thread, completed))
    rows = (handed_over(thread), end == "EntryInError", is_completed, end == "ReferralWithdrawn",
            cancelled(thread), thread.theirs.has("ReferralDeclined"), end == "OfferExpired",
            thread.mine.has("JourneyClosed"))
    return next((number for number, applies in enumerate(rows, start=1) if applies), 0)


def on_her_way(thread: Thread) -> bool:
    """From `Departed` until she is handed over or the sender writes `JourneyClosed`."""
    return thread.mine.has("Departed") and not thread.mine.has("JourneyClosed") and not handed_over(thread)


def asking_to_erase(thread: Thread) -> Iterator[Event]:
    """What the sender wrote that asks the receiver to erase, of the first, second and fourth row."""
    yield from thread.mine.all("ConsentWithdrawn", "ConsentExpired")
    if (word := word_of_end(thread)) and ended(thread) not in (0, 1, 3):
        yield word
    if (narrowed := thread.mine.last("ConsentNarrowed")) and thread.chain:
        if set(thread.first.entry.fields["categories"]) > set(thread.chain.categories):
            yield narrowed
    yield from (e for e in thread.mine.all("EmergencyReviewed") if not e.entry.fields["upheld"])


def day(time: int) -> int:
    """The day of a time."""
    return time // DAY

"""Threads and grants: WIRE.md, point 8 of "What an auditor checks", with "Kinds" and "Grants".

Each log gives one view of each thread: its own entries, and before each `Received` or `CarriedOver` the entry
that it keeps. Only one view answers for an entry: that of its writer's log, or where that is not in the
bundle any other.
"""

from dataclasses import dataclass, field

from .entry import ONE_OFFICE, Entry, Grant, LogId, Ref
from .evidence import Evidence
from .kinds import COORDINATION, KINDS
from .limits import DAY, TEN_MINUTES
from .logs import RECORDED
from .times import moment

# fields that name an earlier event of the same thread, and its kind, for some kinds another than for the rest
REFERENCES: dict[str, dict[str, str]] = {
    "chain": {"": "ConsentReleased"},
    "emergency": {"": "EmergencyDeclared"},
    "question": {"": "QuestionAsked"},
    "accept": {"": "ReferralAccepted"},
    "request": {"": "PlaceRequested", "DisclosureRefused": "DisclosureRequested",
                "SectionsRegranted": "RegrantRequested", "CancellationDeclined": "CancellationRequested"},
}
ENDING = ("ReferralWithdrawn", "OfferExpired", "ReferralDeclined", "CancellationAgreed", "JourneyAborted")


@dataclass
class Chain:
    """A released consent with what its chain has made of it."""

    first: Entry
    categories: list[int]
    start: int
    until: int
    ended: str = ""


@dataclass
class Thread:
    """A thread as one log has it, folded in the order of that log.

    It is incomplete where an entry that the log keeps is not at hand: then nothing is judged by it.
    """

    sender: bytes = b""
    receiver: bytes = b""
    seen: dict[bytes, Entry] = field(default_factory=dict)
    leaves: dict[bytes, bytes] = field(default_factory=dict)
    chains: dict[bytes, Chain] = field(default_factory=dict)
    in_force: dict[bytes, Chain] = field(default_factory=dict)
    offered: bool = False
    complete: bool = True

    def other(self, office: bytes) -> bytes:
        """The other party."""
        return self.receiver if office == self.sender else self.sender

    def resolve(self, ref: Ref | None) -> Entry | None:
        """The entry of this thread that a reference names, at any of its places."""
        return self.seen.get(self.leaves.get(ref.leaf, b"")) if ref else None

    def take(self, entry: Entry, fits: bool) -> None:
        """Keeps an entry, and takes over what it changes if it is new and fits."""
        self.leaves[entry.leaf] = entry.event
        if entry.event in self.seen:
            return
        self.seen[entry.event] = entry
        fields = entry.fields
        if not entry.name or not fits:
            return
        if KINDS[entry.kind].writer == "sender" and entry.audience == ONE_OFFICE and not self.sender:
            self.sender, self.receiver = entry.office, entry.recipient
        self.offered = self.offered or entry.name == "ReferralOffered"
        if entry.name == "ConsentReleased":
            released = Chain(entry, fields["categories"], fields["from"], fields["until"])
            self.chains[entry.event] = self.in_force[entry.event] = released
        elif chain := self.in_force.get(fields.get("chain", b"")):
            if entry.name == "ConsentNarrowed":
                chain.categories = [c for c in chain.categories if c in fields["categories"]]
                chain.until = min(chain.until, fields["until"])
            elif entry.name == "ConsentRenewed":
                chain.until = fields["until"]
            elif entry.name in ("ConsentWithdrawn", "ConsentExpired"):
                chain.ended = entry.name
                del self.in_force[fields["chain"]]


def anomaly(evidence: Evidence, thread: Thread, entry: Entry) -> str | None:
    """What does not fit into the thread so far."""
    fields = entry.fields
    if not entry.name or (entry.recipient and entry.recipient not in evidence.rosters[-1].offices):
        return None
    rule = KINDS[entry.kind]
    if rule.writer != "own" and entry.audience == ONE_OFFICE:
        sender = thread.sender or (entry.office if rule.writer == "sender" else b"")
        receiver = thread.receiver or (entry.recipient if rule.writer == "sender" else b"")
        allowed = {"sender": (sender,), "receiver": (receiver,), "either party": (sender, receiver)}
        if entry.office not in allowed[rule.writer]:
            return f"{rule.name} by an office that is not {rule.writer} of the thread"
        if entry.recipient != (receiver if entry.office == sender else sender):
            return f"{rule.name} to an office that is not the other party"
    if entry.name == "ReferralOffered" and thread.offered:
        return "a second offer in one thread"
    for name in REFERENCES.keys() & fields.keys():
        wanted = REFERENCES[name].get(entry.name, REFERENCES[name][""])
        known = thread.seen.get(fields[name])
        if known is None or known.name != wanted:
            return f"{rule.name} names as {name} what is no {wanted} before it"
    return None


def judge_grant(thread: Thread, entry: Entry, grant: Grant) -> tuple[str, str] | None:
    """The word and the reason for a grant that what was said before it does not allow."""
    if not grant.recipient == entry.recipient == (thread.other(entry.office) or entry.recipient):
        return "outside_consent", f"a grant for {grant.recipient.hex()}, not for the other party"
    basis = thread.resolve(entry.basis_ref)
    match entry.basis:
        case 1:
            return _consent_lacks(thread, basis, entry, grant)
        case 2 if basis is not None:
            return None
        case 4:
            covered = basis is not None and basis.name == "EmergencyDeclared" and (
                grant.category == COORDINATION or grant.category in basis.fields["categories"])
            return None if covered else ("undeclared_emergency", f"none covers category {grant.category}")
    return "outside_consent", "a grant without a basis in this thread"


def _consent_lacks(thread: Thread, basis: Entry | None, entry: Entry, grant: Grant) -> tuple[str, str] | None:
    chain = thread.chains.get(basis.event if basis else b"")
    day = entry.claimed_at // DAY
    if chain is None:
        return "outside_consent", "the basis is not the first entry of a consent in this thread"
    if chain.ended:
        return "after_withdrawal" if chain.ended == "ConsentWithdrawn" else "after_expiry", chain.ended
    if day > chain.until:
        return "after_expiry", f"day {day}, the consent ends on day {chain.until}"
    if chain is not next(reversed(thread.in_force.values())) or day < chain.start:
        return "outside_consent", f"the consent is not in force on day {day}"
    if grant.category not in chain.categories:
        return "outside_consent", f"it does not cover category {grant.category}"
    if grant.expires > chain.until:
        return "outside_consent", f"the grant ends on day {grant.expires}, the consent on day {chain.until}"
    return None


def is_witnessed(evidence: Evidence, first: Entry, entry: Entry, now: int) -> bool:
    """Whether a consent that was disclosed under has come under a head with a quorum, as far as it had to.

    It has to before anything is disclosed more than a day after it, and ten minutes before the moment of
    judging.
    """
    log, roster = first.log_id, evidence.roster_of(entry)
    if entry.log_id != log or log not in evidence.logs or log in evidence.disputed or evidence.is_closed(log):
        return True
    if roster is None or roster.quorum(log[0]) == 0:
        return True
    if entry.claimed_at > first.claimed_at + DAY:
        return evidence.covered(log, entry.index) > first.index
    return evidence.covered(log, None) > first.index or now <= first.claimed_at + TEN_MINUTES


def fold(evidence: Evidence, view: LogId) -> dict[bytes, Thread]:
    """Folds all threads of a log and judges the entries for which this log answers."""
    threads: dict[bytes, Thread] = {}
    now = moment(evidence, view)
    for index, entry in enumerate(evidence.logs[view].entries):
        if entry is None:
            continue
        kept = evidence.kept.get((view, index))
        if kept is None and entry.name in RECORDED:
            threads.setdefault(entry.thread, Thread()).complete = False
        if kept is not None:
            thread = threads.setdefault(kept.thread, Thread())
            _take(evidence, thread, kept, now, kept.log_id not in evidence.logs)
        _take(evidence, threads.setdefault(entry.thread, Thread()), entry, now, True)
    return threads


def _take(evidence: Evidence, thread: Thread, entry: Entry, now: int, answers: bool) -> None:
    """Adds an entry to a thread, and judges it if this log answers for it."""
    reason = anomaly(evidence, thread, entry) if thread.complete and entry.event not in thread.seen else None
    if reason and answers:
        evidence.report.fault(8, "anomaly", entry.log_id, entry.index, reason)
    if thread.complete and answers and entry.event not in thread.seen:
        _judge(evidence, thread, entry, now)
    thread.take(entry, reason is None)


def _judge(evidence: Evidence, thread: Thread, entry: Entry, now: int) -> None:
    """What an entry grants is covered by what the thread said before it."""
    report, log, index = evidence.report, entry.log_id, entry.index
    for grant in entry.grants:
        if found := judge_grant(thread, entry, grant):
            report.fault(8, found[0], log, index, found[1])
    roster, basis = evidence.roster_of(entry), thread.resolve(entry.basis_ref)
    if entry.grants and roster is not None and roster.expires < entry.claimed_at:
        report.fault(8, "roster_expired", log, index, f"roster version {roster.version} had expired")
    if entry.grants and basis is not None and basis.name == "ConsentReleased":
        if not is_witnessed(evidence, basis, entry, now):
            report.fault(8, "unwitnessed", log, basis.index, "disclosed under, and no quorum has cosigned it")

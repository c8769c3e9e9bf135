"""Whether what an entry grants had its basis: WIRE.md, "Bases"."""

from .entry import Entry, Ref
from .fits import decided_by_two
from .kinds import COORDINATION
from .limits import THIRTY_DAYS
from .state import Event, Thread, day, on_her_way

Verdict = tuple[str, str] | None


def judge(thread: Thread | None, entry: Entry, in_own_log: bool) -> Verdict:
    """The word and the reason, where what an entry grants had no basis in what its thread said before."""
    if thread is None or thread.chain is None or entry.office not in thread.halves:
        return "outside_consent", "a grant of no referral, or of no party of it"
    recipients = {grant.recipient for grant in entry.grants} | ({entry.recipient} - {b""})
    if recipients != {thread.other(entry.office)}:
        return "outside_consent", "a recipient that is not the other party"
    basis = _resolve(thread, entry.basis_ref)
    if any(one and one.name == "EmergencyDeclared" and not decided_by_two(one) for one in (entry, basis)):
        return "decided_alone", "an emergency that two people did not decide"
    match entry.basis:
        case 1:
            return _on_consent(thread, entry, basis)
        case 2:
            return _on_reply(thread, entry, in_own_log)
        case 4:
            return _on_emergency(thread, entry, basis)
    return "outside_consent", "a grant without a basis"


def _resolve(thread: Thread, ref: Ref | None) -> Entry | None:
    """The entry of the thread that a basis names."""
    return thread.leaves.get(ref.leaf) if ref else None


def _on_consent(thread: Thread, entry: Entry, basis: Entry | None) -> Verdict:
    chain, today = thread.chain, day(entry.claimed_at)
    assert chain is not None
    if entry.office == thread.receiver or basis is None or basis.event != chain.event:
        return "outside_consent", "the basis is not the first entry of the consent to this office"
    if chain.withdrawn:
        return "after_withdrawal", "the consent was withdrawn"
    if chain.expired or today > chain.until:
        return "after_expiry", f"day {today}, the consent ends on day {chain.until}"
    if today < chain.start:
        return "before_consent", f"day {today}, the consent begins on day {chain.start}"
    for grant in entry.grants:
        if grant.category not in chain.categories:
            return "outside_consent", f"it does not cover category {grant.category}"
        if grant.expires > chain.until:
            return "outside_consent", f"a grant to day {grant.expires}, the consent ends on day {chain.until}"
    return None


def _on_reply(thread: Thread, entry: Entry, in_own_log: bool) -> Verdict:
    chain, today = thread.chain, day(entry.claimed_at)
    assert chain is not None
    if on_her_way(thread) or (not in_own_log and thread.mine.has("Departed")):
        return None
    leniently = entry.office == thread.receiver and not in_own_log

    def counts(end: Event | None) -> bool:
        return end is not None and (not leniently or thread.theirs.having(
            "WithdrawalAcknowledged", "because", end.entry.event) is not None)

    if counts(chain.withdrawn):
        return "after_withdrawal", "the consent was withdrawn"
    if counts(chain.expired):
        return "after_expiry", "the consent was said to have expired"
    if today > chain.until and not (leniently and chain.narrowed):
        return "after_expiry", f"day {today}, the consent ends on day {chain.until}"
    return None


def _on_emergency(thread: Thread, entry: Entry, basis: Entry | None) -> Verdict:
    half = thread.halves[entry.office]
    declared = half.named("EmergencyDeclared", basis.event) if basis else None
    if declared is None:
        return "undeclared_emergency", "the basis is no emergency of the writer's"
    covered = {*declared.entry.fields["categories"], COORDINATION}
    if any(grant.category not in covered for grant in entry.grants):
        return "undeclared_emergency", "it does not cover a category"
    review = half.having("EmergencyReviewed", "emergency", declared.entry.event)
    if review is not None and not review.entry.fields["upheld"]:
        return "emergency_over", "the review did not uphold it"
    if day(entry.claimed_at) > day(declared.review_by + THIRTY_DAYS):
        return "emergency_over", "it was over thirty days after its review was due"
    return None

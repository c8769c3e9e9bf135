"""When entries were written: WIRE.md, the end of "Witnesses", and point 7 of the auditor's list."""

from .entry import LogId
from .evidence import Evidence
from .limits import TEN_MINUTES

Bracket = tuple[int | None, int | None]


def brackets(evidence: Evidence, log: LogId) -> list[Bracket]:
    """Lower and upper bound of each entry of a log; the tightest of all its `Cosigned`."""
    size = evidence.logs[log].tree.size
    lower: list[int | None] = [None] * size
    upper: list[int | None] = [None] * size
    for cosigned in evidence.cosigned.get(log, []):
        if cosigned.index + 1 < size:
            lower[cosigned.index + 1] = max(cosigned.lower, lower[cosigned.index + 1] or 0)
        if cosigned.size:
            known = upper[cosigned.size - 1]
            upper[cosigned.size - 1] = cosigned.upper if known is None else min(cosigned.upper, known)
    for index in range(1, size):
        lower[index] = max((b for b in (lower[index - 1], lower[index]) if b is not None), default=None)
    for index in range(size - 2, -1, -1):
        upper[index] = min((b for b in (upper[index + 1], upper[index]) if b is not None), default=None)
    return list(zip(lower, upper))


def opened(evidence: Evidence, log: LogId) -> int:
    """When a log of a later incarnation says that it was opened."""
    first = next(iter(evidence.logs[log].entries), None)
    return first.claimed_at if log[1] and first and first.name == "LogOpened" else 0


def check_times(evidence: Evidence, log: LogId, beyond: set[int]) -> None:
    """Compares what entries claim with their brackets, but for those beyond the length of a thread."""
    report, entries = evidence.report, evidence.logs[log].entries
    begun = opened(evidence, log)
    for index, ((lower, upper), entry) in enumerate(zip(brackets(evidence, log), entries)):
        if entry is None or entry.name == "CarriedOver" or index in beyond:
            continue
        if entry.claimed_at < begun:
            report.counts["times undecidable"] += 1
        elif lower is not None and entry.claimed_at < lower - TEN_MINUTES:
            report.fault(7, "backdated", log, index, f"claims {entry.claimed_at}, written after {lower}")
        elif upper is not None and entry.claimed_at > upper + TEN_MINUTES:
            report.fault(7, "postdated", log, index, f"claims {entry.claimed_at}, written by {upper}")
        elif lower is not None and upper is not None:
            report.counts["times proven"] += 1
        else:
            report.counts["times undecidable"] += 1
    if entries and log not in evidence.cosigned and evidence.rosters[-1].quorum(log[0]):
        report.fault(7, "unwitnessed", log, None, "none of its Cosigned has a quorum")


def moment(evidence: Evidence, log: LogId) -> int:
    """The moment of judging: the newest lower bound, or without one the newest claim."""
    lower = [cosigned.lower for cosigned in evidence.cosigned.get(log, [])]
    claims = [entry.claimed_at for entry in evidence.logs[log].entries if entry]
    return max(lower or claims, default=0)

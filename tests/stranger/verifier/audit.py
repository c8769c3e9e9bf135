"""The order of WIRE.md, "What an auditor checks"."""

from . import limits
from .bundle import Bundle
from .duties import check_duties
from .evidence import Evidence
from .logs import read_log
from .postcard import Fault
from .report import Report
from .roster import Roster, check_first, check_next, read_roster
from .threads import fold
from .times import check_times


def audit(folder: str, fingerprint: bytes | None) -> Report:
    """Checks a bundle; whatever its bytes are, the answer is a report."""
    report = Report()
    bundle = Bundle(folder, report)
    rosters = _read_rosters(bundle, report, fingerprint)
    if not rosters:
        bundle.read_rest()
        return report
    logs = {log_id: log for log_id in sorted(bundle.logs)
            if (log := read_log(bundle, report, rosters, log_id)) is not None}
    bundle.read_rest()
    report.counts["entries"] = sum(log.tree.size for log in logs.values())
    evidence = Evidence(report, rosters, logs)
    evidence.gather()
    for log_id in logs:
        check_times(evidence, log_id)
    threads = {log_id: fold(evidence, log_id) for log_id in logs}
    check_duties(evidence, threads)
    return report


def _read_rosters(bundle: Bundle, report: Report, fingerprint: bytes | None) -> list[Roster]:
    """The chain of versions, as far as each follows from the one before."""
    chain: list[Roster] = []
    known: dict[bytes, str] = {}
    total = 0
    for number, version in enumerate(sorted(bundle.rosters), start=1):
        try:
            data = bundle.read(bundle.rosters[version])
            if data is None or version != number:
                raise Fault("roster", "the version is missing, or one before it")
            total += len(data)
            if total > limits.ROSTER_TOTAL:
                raise Fault("roster", "all versions together are too large")
            roster = read_roster(data)
            if chain:
                check_next(chain[-1], known, roster)
            else:
                check_first(roster, fingerprint)
            chain.append(roster)
            known.update(roster.places())
        except Fault as fault:
            report.fault(2, "roster_refused", None, None, f"version {version}: {fault.detail}")
            return chain
    if not chain:
        report.fault(2, "roster_refused", None, None, "there is no version")
    elif fingerprint is None:
        report.counts["fingerprint of roster version 1 not compared"] = 1
    return chain

"""The order of WIRE.md, "What an auditor checks", and its point 2."""

from . import limits
from .bundle import Bundle, TooManyFiles
from .duties import check_duties
from .evidence import Evidence
from .logs import read_head, read_log, read_records
from .postcard import Fault
from .report import Report
from .roster import Roster, check_first, check_next, read_roster
from .threads import follow_all
from .times import check_times


def audit(folder: str, fingerprint: bytes | None) -> Report:
    """Checks a bundle; whatever its bytes are, the answer is a report."""
    report = Report()
    try:
        bundle = Bundle(folder, report)
    except TooManyFiles:
        return report
    if rosters := _read_rosters(bundle, report, fingerprint):
        _check_logs(bundle, report, rosters)
    bundle.read_rest()
    return report


def _check_logs(bundle: Bundle, report: Report, rosters: list[Roster]) -> None:
    """Points 3 to 9."""
    heads = {log_id: head for log_id in sorted(bundle.logs)
             if (head := read_head(bundle, report, rosters, log_id)) is not None}
    logs = {}
    for log_id, head in heads.items():
        log = read_log(bundle, report, rosters, log_id, head)
        if log is not None:
            read_records(bundle, report, log)
            logs[log_id] = log
    report.counts["entries"] = sum(log.tree.size for log in logs.values())
    evidence = Evidence(report, rosters, logs)
    evidence.gather()
    views = {log_id: follow_all(evidence, log_id) for log_id in logs}
    evidence.check_others({log_id: view.beyond for log_id, view in views.items()})
    for log_id, view in views.items():
        check_times(evidence, log_id, view.beyond)
    check_duties(evidence, views)


def _read_rosters(bundle: Bundle, report: Report, fingerprint: bytes | None) -> list[Roster]:
    """Point 2: the chain of versions, as far as each follows from the one before."""
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
    if chain and fingerprint is None:
        report.fault(2, "roster_unconfirmed", None, None, "nobody has compared the fingerprint of version 1: "
                     f"{chain[0].fingerprint.hex()}")
    return chain

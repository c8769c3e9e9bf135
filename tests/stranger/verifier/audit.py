"""The order of WIRE.md, "What an auditor checks"."""

from .bundle import Bundle, TooManyFiles
from .duties import check_duties
from .evidence import Evidence
from .logs import read_head, read_log, read_records
from .report import Report
from .roster import Roster
from .threads import follow_all
from .times import check_times
from .versions import read_rosters


def audit(folder: str, fingerprint: bytes | None) -> Report:
    """Checks a bundle; whatever its bytes are, the answer is a report."""
    report = Report()
    try:
        bundle = Bundle(folder, report)
    except TooManyFiles:
        return report
    rosters, beside = read_rosters(bundle, report, fingerprint)
    if rosters:
        _check_logs(bundle, report, rosters, beside)
    bundle.read_rest()
    return report


def _check_logs(bundle: Bundle, report: Report, rosters: list[Roster], beside: list[Roster]) -> None:
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
    evidence = Evidence(report, rosters, beside, logs)
    evidence.gather()
    views = {log_id: follow_all(evidence, log_id) for log_id in logs}
    evidence.check_others({log_id: view.beyond for log_id, view in views.items()})
    for log_id, view in views.items():
        check_times(evidence, log_id, view.beyond)
    check_duties(evidence, views)

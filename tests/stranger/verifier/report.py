"""What the audit has found, and its classes: WIRE.md, "Verdicts" of "What an auditor checks"."""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field

from .entry import LogId

CLASSES = {
    "undecided": (9, "roster_unconfirmed unwitnessed log_behind"),
    "form": (10, "manifest_malformed file_forbidden too_many_files file_too_large file_missing file_extra"
                 " file_differs"),
    "rules": (11, "wrong_kind_rule false_accusation anomaly thread_too_long"),
    "duty": (12, "withdrawal_unanswered deadline_missed check_in_missed review_missed"),
    "consent": (13, "outside_consent after_withdrawal after_expiry before_consent undeclared_emergency"
                    " emergency_over decided_alone roster_expired"),
    "trust": (14, "roster_fingerprint roster_refused unknown_office policy_differs checkpoint_malformed"
                  " wrong_origin checkpoint_signature cosignature_invalid unknown_roster"),
    "history": (15, "entries_malformed tile_differs root_differs witness_disagrees non_canonical wrong_place"
                    " gap thread_broken received_malformed received_missing received_extra received_differs"
                    " received_unproven received_gap roster_differs receipt_differs cause_missing"),
    "fraud": (16, "two_rosters wrong_key_range rewritten fork fraud_proven backdated postdated"),
}
CLASS_OF = {word: (name, code) for name, (code, words) in CLASSES.items() for word in words.split()}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: the point of the list under which it was found, its word, and where."""

    step: int
    word: str
    office: str
    log: int | None
    index: int | None
    detail: str


@dataclass
class Report:
    """All findings, and how much could be proven or decided."""

    findings: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    _seen: set[Finding] = field(default_factory=set)

    def fault(self, step: int, word: str, log: LogId | None, index: int | None, detail: str) -> None:
        """Something that is wrong; a thing that is found twice is said once."""
        office, number = (log[0].hex(), log[1]) if log else ("", None)
        finding = Finding(step, word, office, number, index, detail)
        if finding not in self._seen:
            self._seen.add(finding)
            self.findings.append(finding)

    @property
    def exit_code(self) -> int:
        """The most serious class; 0 where nothing was said."""
        return max((CLASS_OF[finding.word][1] for finding in self.findings), default=0)

    def text(self) -> str:
        """One line for each finding, then the counts."""
        lines = []
        for f in sorted(self.findings, key=lambda f: f.step):
            place = f" {f.office}/{f.log}" if f.office else ""
            place += f" entry {f.index}" if f.index is not None else ""
            lines.append(f"{f.step} {CLASS_OF[f.word][0]} {f.word}{place}: {f.detail}")
        lines += [f"- {name}: {count}" for name, count in sorted(self.counts.items())]
        lines.append(f"{len(self.findings)} findings, exit {self.exit_code}" if self.findings else "whole")
        return "\n".join(line.encode("unicode_escape").decode() for line in lines)

    def json(self) -> str:
        """The same for machines."""
        findings = [asdict(f) | {"class": CLASS_OF[f.word][0]}
                    for f in sorted(self.findings, key=lambda f: f.step)]
        whole = {"exit": self.exit_code, "findings": findings, "counts": dict(self.counts)}
        return json.dumps(whole, indent=1)

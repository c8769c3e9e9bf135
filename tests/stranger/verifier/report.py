"""What the audit has found: WIRE.md, "What an auditor checks"."""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field

from .entry import LogId


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

    def text(self) -> str:
        """One line for each finding, then the counts."""
        lines = []
        for f in sorted(self.findings, key=lambda f: f.step):
            place = f" {f.office}/{f.log}" if f.office else ""
            place += f" entry {f.index}" if f.index is not None else ""
            lines.append(f"{f.step} {f.word}{place}: {f.detail}")
        lines += [f"- {name}: {count}" for name, count in sorted(self.counts.items())]
        lines.append("accepted" if not self.findings else f"{len(self.findings)} findings")
        return "\n".join(line.encode("unicode_escape").decode() for line in lines)

    def json(self) -> str:
        """The same for machines."""
        findings = [asdict(f) for f in sorted(self.findings, key=lambda f: f.step)]
        whole = {"accepted": not findings, "findings": findings, "counts": dict(self.counts)}
        return json.dumps(whole, indent=1)

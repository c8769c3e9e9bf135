"""What logs say of one another: WIRE.md, "What an auditor checks", the second half of point 4 and point 6."""

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Any

from .ed25519 import verify
from .entry import NETWORK, ZERO, Entry, LogId, Ref, check_kind, read_entry
from .logs import RECORDED, Log, Record, check_head, is_head_signed
from .notes import Checkpoint, cosigned_text, head_text, read_checkpoint
from .postcard import Fault
from .report import Report
from .roster import Roster, origin_of
from .tree import leads_to, leaf_hash

Place = tuple[LogId, int]
Time = tuple[bytes, int]


@dataclass(frozen=True)
class Cosigned:
    """A `Cosigned` with a quorum: what follows it was written after `lower`, what it covers by `upper`."""

    index: int
    size: int
    lower: int
    upper: int
    covered: int  # the largest size so far in this log


def bounds(times: list[Time], roster: Roster, own: bytes) -> tuple[int, int] | None:
    """The two bounds of "Witnesses"; each other organisation counts once, with its earliest time."""
    earliest: dict[str, int] = {}
    for office, at in times:
        organisation = roster.offices[office].organisation
        if organisation != roster.offices[own].organisation:
            earliest[organisation] = min(at, earliest.get(organisation, at))
    ordered, quorum = sorted(earliest.values()), roster.quorum(own)
    if quorum == 0 or len(ordered) < quorum:
        return None
    return ordered[-quorum], ordered[quorum - 1]


@dataclass
class Evidence:
    """Everything that one log proves about another."""

    report: Report
    rosters: list[Roster]
    logs: dict[LogId, Log]
    kept: dict[Place, Entry] = field(default_factory=dict)
    cosigned: dict[LogId, list[Cosigned]] = field(default_factory=dict)
    disputed: set[LogId] = field(default_factory=set)
    heads: dict[tuple[LogId, int], bytes] = field(default_factory=dict)
    leaves: dict[Place, bytes] = field(default_factory=dict)

    def gather(self) -> None:
        """Checks all logs, and the heads at which the roster ended some, against one another."""
        for office in self.rosters[-1].offices.values():
            for r in office.ranges:
                if r.end is not None and r.root is not None:
                    self._take_head("fork", (office.id, r.log), r.end, r.root, "the roster")
        for log in self.logs.values():
            for index, entry in enumerate(log.entries):
                if entry is None:
                    continue
                if entry.name in RECORDED and index in log.records:
                    self._take_record(log, index, entry, log.records[index])
                elif entry.name == "Cosigned":
                    self._take_cosigned(log, index, entry)
                elif entry.name == "Witnessed":
                    self._take_witnessed(log, index, entry)
        for log in self.logs.values():
            if log.id[1] == 0:
                self._check_received_chains(log)
            for index, entry in enumerate(log.entries):
                if entry is not None:
                    self._check_refs(log, index, entry)

    def roster_of(self, entry: Entry) -> Roster | None:
        """The version that an entry names, if there is one."""
        return self.rosters[entry.roster - 1] if 1 <= entry.roster <= len(self.rosters) else None

    def signed_log(self, log: LogId) -> Log | None:
        """A log of the bundle; nothing where its key has not signed it as it is: that accuses nobody."""
        held = self.logs.get(log)
        return held if held and held.signed else None

    def covered(self, log: LogId, before: int | None) -> int:
        """The largest size that a `Cosigned` with a quorum, before an index if one is given, covers."""
        known = self.cosigned.get(log, [])
        end = len(known) if before is None else bisect_left(known, before, key=lambda known: known.index)
        return known[end - 1].covered if end else 0

    def is_closed(self, log: LogId) -> bool:
        """Whether the roster has ended this log, so that root holders have signed its last head."""
        office = self.rosters[-1].offices.get(log[0])
        return office is not None and all(r.end is not None for r in office.ranges if r.log == log[1])

    # Heads

    def _take_head(self, word: str, log: LogId, size: int, root: bytes, where: str) -> None:
        """A head that the log's own key has signed is compared with the log, or with the others of it."""
        held = self.signed_log(log)
        known = held.tree.root(size) if held and size <= held.tree.size else None
        known = known or self.heads.setdefault((log, size), root)
        if known != root:
            self.report.fault(4, word, log, None, f"another head of size {size} in {where}")
        if held and size > held.tree.size:
            self.report.fault(4, "log_behind", log, None, f"a head of size {size} in {where}")

    def _take_cosigned(self, log: Log, index: int, entry: Entry) -> None:
        """The head in a `Cosigned` is one of this log, if a single cosignature holds."""
        roster = self.roster_of(entry)
        if roster is None or log.id[0] not in roster.offices:
            return
        size, root = entry.fields["size"], entry.fields["root"]
        text = head_text(origin_of(roster.network, *log.id), size, root)
        times = []
        for cosignature in entry.fields["cosignatures"]:
            office = roster.offices.get(cosignature["office"])
            signed = cosigned_text(cosignature["at"], text)
            if office and office.witness and verify(office.witness, signed, cosignature["signature"]):
                times.append((office.id, cosignature["at"]))
            else:
                self.report.fault(4, "cosignature_invalid", log.id, index,
                                  f"the cosignature of {cosignature['office'].hex()} does not hold")
        if not times:
            return
        if size > index or log.tree.root(size) != root:
            if log.signed:
                self.report.fault(4, "rewritten", log.id, index, f"another head of size {size} was cosigned")
            self.disputed.add(log.id)
            return
        if found := bounds(times, roster, log.id[0]):
            known = self.cosigned.setdefault(log.id, [])
            known.append(Cosigned(index, size, *found, max(size, known[-1].covered if known else 0)))

    def _take_witnessed(self, log: Log, index: int, entry: Entry) -> None:
        """A head of another log that this office has cosigned, with the signature of that log's key."""
        fields = entry.fields
        subject, size, root = (fields["office"], fields["log"]), fields["size"], fields["root"]
        versions = [version for version in (self.roster_of(entry), self.rosters[-1]) if version is not None]
        if any(is_head_signed(version, subject, size, root, fields["signature"]) for version in versions):
            self._take_head("witness_disagrees", subject, size, root, f"{_name(log.id)} entry {index}")
        else:
            self.report.fault(4, "checkpoint_signature", log.id, index,
                              f"a head of {_name(subject)} that is not signed by its key")

    # Kept entries

    def _take_record(self, log: Log, index: int, naming: Entry, record: Record) -> None:
        """Point 6: the record is of the entry named, which stands under its head."""
        ref, where = _ref(naming.fields["entry"]), f"{_name(log.id)} entry {index}"
        if leaf_hash(record.entry) != ref.leaf:
            self.report.fault(6, "received_differs", log.id, index, "its record is of another entry")
            return
        try:
            checkpoint = self._check_proof(naming, record, ref)
            self._take_head("fork", ref.log_id, checkpoint.size, checkpoint.root, where)
            self._take_leaf(ref, where)
        except Fault as fault:
            self.report.fault(6, "received_unproven", log.id, index, f"{fault.word}: {fault.detail}")
        try:
            entry = read_entry(record.entry)
        except Fault as fault:
            self.report.fault(6, "non_canonical", ref.log_id, ref.index, f"{fault.word}: {fault.detail}")
            return
        if (entry.network, *entry.log_id, entry.index) != (self.rosters[-1].network, *ref.log_id, ref.index):
            self.report.fault(6, "wrong_place", ref.log_id, ref.index, f"kept in {where}, it says otherwise")
            return
        if naming.name == "Received" and entry.recipient != log.id[0] and entry.audience != NETWORK:
            self.report.fault(6, "not_for_us", log.id, index, "it received what was released to others")
        if ref.log_id not in self.logs and (wrong := check_kind(entry)):
            self.report.fault(6, "wrong_kind_rule", ref.log_id, ref.index, f"kept in {where}: {wrong}")
        self.kept[log.id, index] = entry

    def _check_proof(self, naming: Entry, record: Record, ref: Ref) -> Checkpoint:
        """The entry stands under its head by a key valid in the version that the naming entry has."""
        checkpoint, roster = read_checkpoint(record.checkpoint), self.roster_of(naming)
        if roster is None:
            raise Fault("unknown_roster", f"there is no version {naming.roster}")
        check_head(roster, ref.log_id, checkpoint)
        if not leads_to(ref.leaf, ref.index, checkpoint.size, record.path, checkpoint.root):
            raise Fault("wrong_path", f"from index {ref.index} to a head of size {checkpoint.size}")
        return checkpoint

    def _take_leaf(self, ref: Ref, where: str) -> None:
        """A proven entry is compared with the log, or with the others that are proven of it."""
        held = self.signed_log(ref.log_id)
        known = held.leaf(ref.index) if held else None
        known = known or self.leaves.setdefault((ref.log_id, ref.index), ref.leaf)
        if known != ref.leaf:
            self.report.fault(6, "fork", ref.log_id, ref.index, f"another entry is kept in {where}")

    def _check_received_chains(self, log: Log) -> None:
        """What was received from one office, with the receipts, is numbered without gaps."""
        chains: dict[tuple[LogId, bool], dict[int, tuple[int, bytes, Entry | None]]] = {}
        unknown: set[LogId] = set()
        for index, entry in enumerate(log.entries):
            if entry is None:
                continue
            if entry.name == "Received" and index not in log.records:
                unknown.add(_ref(entry.fields["entry"]).log_id)
            elif entry.name == "Received" and (kept := self.kept.get((log.id, index))):
                chain = chains.setdefault((kept.log_id, kept.audience == NETWORK), {})
                chain[kept.index] = index, kept.leaf, kept
            elif entry.name == "Receipted":
                for ref in map(_ref, entry.fields["entries"]):
                    self._check_receipt(log, index, ref)
                    chains.setdefault((ref.log_id, False), {}).setdefault(ref.index, (index, ref.leaf, None))
        for (other, _), chain in chains.items():
            if other not in unknown and other[1] == 0:
                self._check_chain(log.id, other, [chain[index] for index in sorted(chain)])

    def _check_chain(self, log: LogId, other: LogId, chain: list[tuple[int, bytes, Entry | None]]) -> None:
        number, previous = 0, ZERO
        for index, leaf, kept in chain:
            number += 1
            if kept and (kept.pair_seq, kept.pair_prev) != (number, previous):
                self.report.fault(6, "received_gap", log, index,
                                  f"number {kept.pair_seq} of {_name(other)}, where {number} is next")
                number = kept.pair_seq
            previous = leaf

    def _check_receipt(self, log: Log, index: int, ref: Ref) -> None:
        held = self.signed_log(ref.log_id)
        leaf = held.leaf(ref.index) if held else None
        if leaf is None:
            self.report.counts["receipts undecidable"] += 1
        elif leaf != ref.leaf:
            self.report.fault(6, "receipt_differs", log.id, index,
                              f"{_name(ref.log_id)} has another entry at index {ref.index}")

    # References

    def _check_refs(self, log: Log, index: int, entry: Entry) -> None:
        """Causes and the basis: own ones lie before, those of a log at hand have the leaf named."""
        for ref in [*entry.causes, *([entry.basis_ref] if entry.basis_ref else [])]:
            held = log if ref.log_id == log.id else self.signed_log(ref.log_id)
            leaf = held.leaf(ref.index) if held else None
            if ref.log_id == log.id and ref.index >= index:
                self.report.fault(6, "cause_missing", log.id, index, f"it names entry {ref.index} after it")
            elif leaf is None:
                self.report.counts["references undecidable"] += 1
            elif leaf != ref.leaf:
                self.report.fault(6, "cause_missing", log.id, index,
                                  f"{_name(ref.log_id)} has another entry at index {ref.index}")


def _ref(fields: dict[str, Any]) -> Ref:
    return Ref(**fields)


def _name(log: LogId) -> str:
    return f"{log[0].hex()}/{log[1]}"

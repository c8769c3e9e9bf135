"""What logs say of one another: WIRE.md, "What an auditor checks", the second half of point 4 and point 6."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .ed25519 import verify
from .entry import NETWORK, ZERO, Entry, LogId, Ref, read_entry
from .fraud import check_fraud
from .logs import RECORDED, Log, Record, check_head
from .notes import Checkpoint, head_text, read_checkpoint
from .postcard import Fault
from .report import Report
from .roster import Roster, origin_of, ranges_at, roster_tree
from .tree import Tree, leads_to, leaf_hash
from .witnesses import bounds, is_witnessed

Place = tuple[LogId, int]


@dataclass(frozen=True)
class Cosigned:
    """A `Cosigned` with a quorum: what follows it was written after `lower`, what it covers by `upper`."""

    index: int
    size: int
    lower: int
    upper: int


@dataclass
class Evidence:
    """Everything that one log proves about another; `logs` are those at hand."""

    report: Report
    rosters: list[Roster]
    beside: list[Roster]  # other texts of versions that root holders have signed too
    logs: dict[LogId, Log]
    kept: dict[Place, Entry] = field(default_factory=dict)
    unproven: set[Place] = field(default_factory=set)
    forked: dict[tuple[LogId, LogId], int] = field(default_factory=dict)  # since when one knows it of another
    cosigned: dict[LogId, list[Cosigned]] = field(default_factory=dict)
    heads: dict[tuple[LogId, int], bytes] = field(default_factory=dict)
    leaves: dict[Place, bytes] = field(default_factory=dict)

    def gather(self) -> None:
        """Checks heads, records and numbers."""
        for log in self.logs.values():
            for index, entry in enumerate(log.entries):
                if entry is None:
                    continue
                if entry.name in RECORDED and index in log.records:
                    self._take_record(log, index, entry, log.records[index])
                elif entry.name == "FraudProven":
                    self._take_fraud(log, index, entry, (log.id, index), entry)
                elif entry.name == "RosterWitnessed":
                    self._take_roster_witnessed((log.id, index), entry)
                elif entry.name == "Cosigned":
                    self._take_cosigned(log, index, entry)
                elif entry.name == "Witnessed":
                    self._take_witnessed(log, index, entry)
            self._check_received_chains(log)

    def check_others(self, beyond: dict[LogId, set[int]]) -> None:
        """What logs name of others, but for entries beyond the length of a thread."""
        for log in self.logs.values():
            for index, entry in enumerate(log.entries):
                if entry is not None and index not in beyond[log.id]:
                    self._check_refs(log, index, entry)
                    for ref in map(_ref, entry.fields["entries"]) if entry.name == "Receipted" else ():
                        self._compare(log, index, ref, "receipt_differs")

    def roster_of(self, entry: Entry) -> Roster | None:
        """The version that an entry names, if there is one."""
        return self.rosters[entry.roster - 1] if 1 <= entry.roster <= len(self.rosters) else None

    @cached_property
    def roster_log(self) -> Tree:
        """The roster as a log."""
        return roster_tree(self.rosters)

    def is_at_hand(self, office: bytes) -> bool:
        """Whether any log of an office is."""
        return any(log[0] == office for log in self.logs)

    # Heads

    def _take_cosigned(self, log: Log, index: int, entry: Entry) -> None:
        """The head in a `Cosigned` is one of this log, if a single cosignature holds."""
        size, times, roster = entry.fields["size"], log.times[index], self.roster_of(entry)
        if not times or roster is None or size > index:
            return
        if log.tree.root(size) != entry.fields["root"]:
            self.report.fault(4, "rewritten", log.id, index, f"another head of size {size} was cosigned")
        if found := bounds(times, roster, log.id[0]):
            self.cosigned.setdefault(log.id, []).append(Cosigned(index, size, *found))

    def _take_witnessed(self, log: Log, index: int, entry: Entry) -> None:
        """The head of another log that this office has cosigned is one of that log."""
        subject, size = (entry.fields["office"], entry.fields["log"]), entry.fields["size"]
        held, root, where = self.logs.get(subject), entry.fields["root"], f"{_name(log.id)} entry {index}"
        if held is None:
            if self._is_signed(subject, entry):
                self._take_head(subject, size, root, where)
        elif size <= held.tree.size and held.tree.root(size) != root:
            word = "fork" if self._is_signed(subject, entry) else "witness_disagrees"
            self.report.fault(4, word, subject, None, f"another head of size {size} in {where}")

    def _is_signed(self, subject: LogId, entry: Entry) -> bool:
        """The signature in a `Witnessed` is that of the key that the newest version has for that head."""
        size, root = entry.fields["size"], entry.fields["root"]
        if subject[0] not in self.rosters[-1].offices:
            return False
        text = head_text(origin_of(self.rosters[-1].network, *subject), size, root)
        covering = [r for r in ranges_at(self.rosters, len(self.rosters), subject, size)
                    if r.end is None or (r.end, r.root) == (size, root)]
        return any(verify(r.key, text, entry.fields["signature"]) for r in covering)

    def _take_head(self, log: LogId, size: int, root: bytes, where: str) -> None:
        """The head of a record is compared with the log, or with the others of it."""
        held = self.logs.get(log)
        if held and size > held.tree.size:
            self.report.fault(4, "log_behind", log, None, f"a head of size {size} in {where}")
            return
        known = held.tree.root(size) if held else self.heads.setdefault((log, size), root)
        if known != root:
            self.report.fault(4, "fork", log, None, f"another head of size {size} in {where}")

    # Kept entries

    def _take_record(self, log: Log, index: int, naming: Entry, record: Record) -> None:
        """Point 6: the record is of the entry named, which stands under its head."""
        ref, where = _ref(naming.fields["entry"]), f"{_name(log.id)} entry {index}"
        try:
            entry = read_entry(record.entry)
            if (*entry.log_id, entry.index, leaf_hash(record.entry)) != (*ref.log_id, ref.index, ref.leaf):
                raise Fault("received_differs", "its record is of another entry")
        except Fault as fault:
            self.report.fault(6, "received_differs", log.id, index, f"{fault.word}: {fault.detail}")
            return
        self.kept[log.id, index] = entry
        if entry.thread != naming.thread:
            self.report.fault(6, "thread_broken", log.id, index, "it stands in another thread than it names")
        try:
            if entry.audience != NETWORK and log.id[0] not in (entry.recipient, entry.office):
                raise Fault("not_for_us", "it is for somebody else")
            checkpoint, wrong = self._check_proof(naming, record, ref)
        except Fault as fault:
            self.unproven.add((log.id, index))
            self.report.fault(6, "received_unproven", log.id, index, f"{fault.word}: {fault.detail}")
            return
        if wrong is not None:
            self.report.fault(6, wrong.word, log.id, index, wrong.detail)
            return
        self._take_head(ref.log_id, checkpoint.size, checkpoint.root, where)
        self._take_leaf(ref, where)
        if entry.name == "FraudProven":
            self._take_fraud(log, index, naming, (ref.log_id, ref.index), entry)
        elif entry.name == "RosterWitnessed":
            self._take_roster_witnessed((ref.log_id, ref.index), entry)

    def _check_proof(self, naming: Entry, record: Record, ref: Ref) -> tuple[Checkpoint, Fault | None]:
        """The entry stands under its head by a key of its log; the fault where that key is not valid for it
        in the version of the naming entry: such a head is compared with nothing."""
        checkpoint, wrong = read_checkpoint(record.checkpoint), None
        if self.roster_of(naming) is None:
            raise Fault("unknown_roster", f"there is no version {naming.roster}")
        try:
            check_head(self.rosters, naming.roster, ref.log_id, checkpoint)
        except Fault as fault:
            if fault.word != "wrong_key_range":
                raise
            wrong = fault
        if not leads_to(ref.leaf, ref.index, checkpoint.size, record.path, checkpoint.root):
            raise Fault("wrong_path", f"from index {ref.index} to a head of size {checkpoint.size}")
        return checkpoint, wrong

    def _take_fraud(self, log: Log, index: int, naming: Entry, place: Place, said: Entry) -> None:
        """Point 6: a proof that this log publishes or received accuses its subject, or else its publisher."""
        accused = said.fields["office"], said.fields["log"]
        if self._holds(naming.roster, accused, said.fields["proof"]):
            self.report.fault(6, "fraud_proven", accused, None, "it signed two histories")
            self.forked.setdefault((log.id, accused), index)
        elif not self._holds(said.roster, accused, said.fields["proof"]):
            self.report.fault(6, "false_accusation", *place, f"of {_name(accused)}")

    def _holds(self, version: int, accused: LogId, proof: bytes) -> bool:
        """Whether a proof of fraud holds by a version."""
        try:
            check_fraud(self.rosters, version, accused, proof)
        except Fault:
            return False
        return True

    def _take_roster_witnessed(self, place: Place, said: Entry) -> None:
        """Point 6: the roster's head that its writer cosigned is that of the versions there. What is wrong is
        said alike in every log that holds it, and so once."""
        version, root = said.fields["version"], said.fields["root"]
        if version > len(self.rosters):
            return
        if version == 0 or self.roster_log.root(version) != root:
            others = [self._branch(other) for other in self.beside if other.version == version]
            if not any(roster_tree(versions).root(version) == root for versions in others if versions):
                self.report.fault(6, "roster_differs", *place, "its texts have another root")
        elif not is_witnessed(self.rosters, place[0][0], said):
            self.report.fault(6, "cosignature_invalid", *place, "the signature does not hold")

    def _branch(self, other: Roster) -> list[Roster]:
        """The versions as whoever was shown another text of one holds them: each names the one before."""
        texts = [other]
        while (number := texts[0].version - 1) > 0:
            if number <= len(self.rosters) and self.rosters[number - 1].fingerprint == texts[0].previous:
                break
            before = next((one for one in self.beside
                           if (one.version, one.fingerprint) == (number, texts[0].previous)), None)
            if before is None:
                return []
            texts.insert(0, before)
        return [*self.rosters[:number], *texts]

    def _take_leaf(self, ref: Ref, where: str) -> None:
        """A proven entry is compared with the log, or with the others that are proven of it."""
        held = self.logs.get(ref.log_id)
        known = held.leaf(ref.index) if held else self.leaves.setdefault((ref.log_id, ref.index), ref.leaf)
        if known not in (None, ref.leaf):
            self.report.fault(6, "fork", ref.log_id, ref.index, f"another entry is kept in {where}")

    def _check_received_chains(self, log: Log) -> None:
        """What is named of one office is numbered without gaps, in the order in which it is named."""
        chains: dict[tuple[LogId, bool], tuple[int, bytes]] = {}
        for index, entry in enumerate(log.entries):
            kept = self.kept.get((log.id, index))
            if kept and kept.office != log.id[0]:
                key = kept.log_id, kept.audience == NETWORK
                number, leaf = chains.get(key, (0, ZERO))
                is_next = kept.pair_seq == number + 1
                known = self.forked.get((log.id, kept.log_id), index) < index
                if not known and (is_next or log.id[1] == 0) and (not is_next or kept.pair_prev != leaf):
                    self.report.fault(6, "received_gap", log.id, index,
                                      f"number {kept.pair_seq} of {_name(kept.log_id)} after {number}")
                chains[key] = kept.pair_seq, kept.leaf
            elif entry and entry.name == "Receipted":
                for ref in map(_ref, entry.fields["entries"]):
                    number, _ = chains.get((ref.log_id, False), (0, ZERO))
                    chains[ref.log_id, False] = number + 1, ref.leaf

    # References

    def _check_refs(self, log: Log, index: int, entry: Entry) -> None:
        """Causes and the basis: own ones lie before, those of a log at hand have the leaf named."""
        for ref in [*entry.causes, *([entry.basis_ref] if entry.basis_ref else [])]:
            if ref.log_id == log.id and ref.index >= index:
                self.report.fault(6, "cause_missing", log.id, index, f"it names entry {ref.index} after it")
            else:
                self._compare(log, index, ref, "cause_missing")

    def _compare(self, log: Log, index: int, ref: Ref, word: str) -> None:
        """The log that a reference names has that leaf, as far as it is at hand."""
        held = self.logs.get(ref.log_id)
        leaf = held.leaf(ref.index) if held else None
        if leaf is None:
            self.report.counts["references undecidable"] += 1
        elif leaf != ref.leaf:
            self.report.fault(6, word, log.id, index,
                              f"{_name(ref.log_id)} has another entry at index {ref.index}")


def _ref(fields: dict[str, Any]) -> Ref:
    return Ref(**fields)


def _name(log: LogId) -> str:
    return f"{log[0].hex()}/{log[1]}"

"""One log by itself: WIRE.md, "What an auditor checks", points 3 to 5 without what is said elsewhere."""

from dataclasses import dataclass, field

from . import limits
from .bundle import Bundle, LogFiles
from .ed25519 import verify
from .entry import ONE_OFFICE, ZERO, Entry, LogId, check_kind, read_entry
from .notes import Checkpoint, head_text, holds_cosignature, read_checkpoint, read_policy
from .postcard import Fault, Reader
from .report import Report
from .roster import Roster, origin_of
from .tree import Tree, leaf_hash

RECORDED = ("Received", "CarriedOver")


@dataclass
class Record:
    """What proves an entry of another log."""

    entry: bytes
    checkpoint: bytes
    path: list[bytes]


@dataclass
class Log:
    """A log of the bundle, as far as it could be read, and whether its key has signed just that."""

    id: LogId
    tree: Tree
    entries: list[Entry | None]
    signed: bool
    records: dict[int, Record] = field(default_factory=dict)

    def leaf(self, index: int) -> bytes | None:
        """The leaf hash at an index, where it is at hand."""
        return self.tree.leaves[index] if index < self.tree.size else None


def check_head(roster: Roster, log: LogId, checkpoint: Checkpoint) -> None:
    """A head is that log's and signed by the key that this version has for its size, or a `Fault`."""
    office = roster.offices.get(log[0])
    if office is None:
        raise Fault("unknown_office", f"not in roster version {roster.version}")
    origin = origin_of(roster.network, *log)
    if checkpoint.origin != origin:
        raise Fault("wrong_origin", f"a head of {checkpoint.origin[:120]}")
    found = office.range_at(log[1], checkpoint.size)
    head = checkpoint.size, checkpoint.root
    if found is None or (found.end is not None and (found.end, found.root) != head):
        raise Fault("wrong_key_range", f"roster version {roster.version} has no key for size {head[0]}")
    if not checkpoint.note.is_signed(origin, found.key):
        raise Fault("checkpoint_signature", f"the log's key has not signed this head of size {head[0]}")
    for line in checkpoint.note.lines:
        key = roster.witness_keys.get((line.name, line.key_id))
        if key is not None and not holds_cosignature(key, line.signature, checkpoint.note.text):
            raise Fault("cosignature_invalid", f"the cosignature of {line.name} does not hold")


def is_head_signed(roster: Roster, log: LogId, size: int, root: bytes, signature: bytes) -> bool:
    """Whether a bare signature over a head holds under a key that this version has for its size."""
    office = roster.offices.get(log[0])
    found = office.range_at(log[1], size) if office else None
    text = head_text(origin_of(roster.network, *log), size, root)
    return found is not None and verify(found.key, text, signature)


def read_log(bundle: Bundle, report: Report, rosters: list[Roster], log_id: LogId) -> Log | None:
    """Reads a log and checks its head, its policy, its tiles and each of its entries.

    Nothing where its entries cannot be told apart: then it counts as not being in the bundle.
    """
    files = bundle.logs[log_id]
    checkpoint = _read_head(bundle, report, rosters, log_id, files)
    try:
        raw = _read_entries(bundle, files)
        if not raw and checkpoint is not None and checkpoint.size:
            raise Fault("entries_malformed", f"there are none under a head of size {checkpoint.size}")
    except Fault as fault:
        report.fault(4, fault.word, log_id, None, fault.detail)
        return None
    tree = Tree([leaf_hash(data) for data in raw])
    _check_tiles(bundle, report, log_id, files, tree)
    signed = checkpoint is not None and _gives_root(report, log_id, tree, checkpoint)
    entries: list[Entry | None] = []
    for index, data in enumerate(raw):
        try:
            entries.append(read_entry(data))
        except Fault as fault:
            report.fault(5, "non_canonical", log_id, index, f"{fault.word}: {fault.detail}")
            entries.append(None)
    log = Log(log_id, tree, entries, signed)
    _check_entries(report, rosters, log)
    _read_records(bundle, report, files, log)
    return log


def _read_head(bundle: Bundle, report: Report, rosters: list[Roster], log: LogId,
               files: LogFiles) -> Checkpoint | None:
    """Point 3: the checkpoint, if it is signed by this log's key, and the policy."""
    signed = None
    try:
        if (data := _read_single(bundle, files, "checkpoint")) is not None:
            checkpoint = read_checkpoint(data)
            check_head(rosters[-1], log, checkpoint)
            signed = checkpoint
    except Fault as fault:
        report.fault(3, fault.word, log, None, fault.detail)
    try:
        if (data := _read_single(bundle, files, "policy")) is not None:
            policy = read_policy(data)
            if not any(policy == known for roster in reversed(rosters) for known in roster.policies(*log)):
                raise Fault("policy_differs", "it follows from no roster version")
    except Fault as fault:
        report.fault(3, fault.word, log, None, fault.detail)
    return signed


def _read_single(bundle: Bundle, files: LogFiles, name: str) -> bytes | None:
    path = files.prefix + name
    if path in files.paths:
        return bundle.read(path)
    bundle.report.fault(1, "file_missing", None, None, path)
    return None


def _read_entries(bundle: Bundle, files: LogFiles) -> list[bytes]:
    """The bytes of all entries, or a `Fault`."""
    raw: list[bytes] = []
    try:
        for width, path in files.sequence("tile/entries"):
            reader = Reader(bundle.read(path) or b"")
            raw += [reader.take(int.from_bytes(reader.take(2), "big")) for _ in range(width)]
            reader.end()
    except Fault as fault:
        raise Fault("entries_malformed", fault.detail) from fault
    return raw


def _check_tiles(bundle: Bundle, report: Report, log: LogId, files: LogFiles, tree: Tree) -> None:
    """Point 4: the tiles are those of the entries."""
    for level in range(limits.TILE_LEVELS):
        family, hashes, at = f"tile/{level}", tree.tile_level(level), 0
        expected = files.expected(family, len(hashes))
        for path in sorted(files.of_family(family) - {path for _, path in expected}):
            report.fault(1, "file_extra", None, None, f"{path} is no tile of this tree")
        for width, path in expected:
            if path not in files.paths:
                report.fault(1, "file_missing", None, None, path)
            elif bundle.read(path) != b"".join(hashes[at:at + width]):
                report.fault(4, "tile_differs", log, None, f"{path} is not that of the entries")
            at += width


def _gives_root(report: Report, log: LogId, tree: Tree, checkpoint: Checkpoint) -> bool:
    """Point 4: the root of the entries is the one that was signed."""
    if (checkpoint.size, checkpoint.root) == (tree.size, tree.root(tree.size)):
        return True
    report.fault(4, "root_differs", log, None, f"{tree.size} entries, a head of size {checkpoint.size}")
    return False


def _check_entries(report: Report, rosters: list[Roster], log: Log) -> None:
    """Point 5: each entry in its place, under its key, with its number and its predecessors."""
    pairs: dict[tuple[int, bytes], tuple[int, bytes]] = {}
    threads: dict[bytes, int] = {}
    for index, entry in enumerate(log.entries):
        if entry is None:
            continue

        def fault(word: str, detail: str) -> None:
            report.fault(5, word, log.id, index, detail)

        if entry.network != rosters[-1].network:
            fault("wrong_place", f"network {entry.network.hex()}")
        if (entry.office, entry.log, entry.index) != (*log.id, index):
            fault("wrong_place", f"it says that it is {entry.office.hex()}/{entry.log} entry {entry.index}")
        if not 1 <= entry.roster <= len(rosters):
            fault("unknown_roster", f"there is no version {entry.roster}")
        elif entry.name != "CarriedOver" and not _has_its_key(rosters, log.id, index, entry):
            fault("wrong_key_range", f"under roster version {entry.roster}")
        if entry.recipient and entry.recipient not in rosters[-1].offices:
            fault("unknown_office", f"it is for {entry.recipient.hex()}")
        if wrong := check_kind(entry):
            fault("wrong_kind_rule", wrong)
        opens = entry.name == "LogOpened"
        if (index == 0) != opens or (opens and not _opens(rosters[-1], log.id, entry)):
            fault("anomaly", "the first entry of a log, and no other, opens it, with the head before")
        if entry.audience >= ONE_OFFICE:
            number, leaf = pairs.get(entry.pair, (0, ZERO))
            if entry.pair_seq != number + 1:
                fault("gap", f"number {entry.pair_seq} after {number}")
            elif entry.pair_prev != leaf:
                fault("gap", f"number {entry.pair_seq} names another entry before it")
            pairs[entry.pair] = entry.pair_seq, entry.leaf
        if entry.thread_prev != threads.get(entry.thread):
            fault("thread_broken", f"it names {entry.thread_prev}, not {threads.get(entry.thread)}")
        threads[entry.thread] = index


def _opens(roster: Roster, log: LogId, entry: Entry) -> bool:
    """Whether a `LogOpened` names the head at which the roster has ended the log before, if there is one."""
    previous, office = entry.fields["previous"], roster.offices.get(log[0])
    if log[1] == 0 or previous is None or office is None:
        return log[1] == 0 and previous is None
    ends = {(r.log, r.end, r.root) for r in office.ranges}
    return previous["log"] == log[1] - 1 and (previous["log"], previous["size"], previous["root"]) in ends


def _has_its_key(rosters: list[Roster], log: LogId, index: int, entry: Entry) -> bool:
    """The key for this place is the same in the version that the entry names and in the newest."""
    ranges = []
    for roster in (rosters[entry.roster - 1], rosters[-1]):
        office = roster.offices.get(log[0])
        ranges.append(office.range_at(log[1], index + 1) if office else None)
    then, now = ranges
    return then is not None and now is not None and then.key == now.key


def _read_records(bundle: Bundle, report: Report, files: LogFiles, log: Log) -> None:
    """The records beside the log, one for each entry that keeps an entry of another log, in its order."""
    wanted = {index for index, entry in enumerate(log.entries) if entry and entry.name in RECORDED}
    last = -1
    try:
        for width, path in files.sequence("received"):
            outer = Reader(bundle.read(path) or b"")
            for _ in range(width):
                length = int.from_bytes(outer.take(4), "big")
                if length > limits.RECORD:
                    raise Fault("too_large", f"a record of {length} bytes")
                index, record = _read_record(outer.take(length))
                if index <= last:
                    raise Fault("malformed", f"the record of entry {index} after that of entry {last}")
                last = index
                log.records[index] = record
            outer.end()
    except Fault as fault:
        report.fault(6, "received_malformed", log.id, None, fault.detail)
    for index in sorted(wanted - log.records.keys()):
        report.fault(6, "received_missing", log.id, index, "it has no record")
    for index in sorted(log.records.keys() - wanted):
        report.fault(6, "received_extra", log.id, index, "a record for an entry that keeps none")


def _read_record(data: bytes) -> tuple[int, Record]:
    reader = Reader(data)
    index = reader.u64()
    entry, checkpoint = reader.bytes(limits.ENTRY), reader.bytes(limits.CHECKPOINT)
    path = reader.list(lambda: reader.take(32), limits.PATH_STEPS)
    reader.end()
    return index, Record(entry, checkpoint, path)

"""One log by itself: WIRE.md, "What an auditor checks", points 3 to 5 without what is said elsewhere."""

from dataclasses import dataclass, field
from itertools import accumulate

from . import limits
from .bundle import Bundle, LogFiles, expected, is_expected
from .entry import NETWORK, NOBODY, ZERO, Entry, LogId, check_kind, read_entry
from .notes import Checkpoint, holds_cosignature, read_checkpoint
from .postcard import Fault, Reader
from .report import Report
from .roster import Roster, origin_of, ranges_at
from .tree import Tree, leaf_hash
from .witnesses import Time, check_cosigned

RECORDED = ("Received", "CarriedOver")


@dataclass
class Record:
    """What proves an entry of another log."""

    entry: bytes
    checkpoint: bytes
    path: list[bytes]


@dataclass
class Log:
    """A log that is at hand: its key has signed just these entries."""

    id: LogId
    files: LogFiles
    tree: Tree
    entries: list[Entry | None]
    times: dict[int, list[Time]]
    records: dict[int, Record] = field(default_factory=dict)

    def leaf(self, index: int) -> bytes | None:
        """The leaf hash at an index, where it is at hand."""
        return self.tree.leaves[index] if index < self.tree.size else None


def check_head(rosters: list[Roster], version: int, log: LogId, checkpoint: Checkpoint) -> None:
    """A head is that log's and signed by a key that a version has for it, or a `Fault` ("Tree and heads")."""
    origin, head = origin_of(rosters[-1].network, *log), (checkpoint.size, checkpoint.root)
    if checkpoint.origin != origin:
        raise Fault("wrong_origin", f"a head of {checkpoint.origin[:120]}")
    covering = [r for r in ranges_at(rosters, version, log, head[0])
                if r.end is None or (r.end, r.root) == head]
    signed = [checkpoint.note.is_signed(origin, r.key) for r in covering]
    if True in signed and False not in signed:
        return
    office = rosters[-1].offices.get(log[0])
    keys = [r.key for r in office.ranges if r.log == log[1]] if office else []
    if False not in signed and any(checkpoint.note.is_signed(origin, key) for key in keys):
        raise Fault("wrong_key_range", f"a key whose range does not cover this head of size {head[0]}")
    raise Fault("checkpoint_signature", f"the log's key has not signed this head of size {head[0]}")


def false_cosignatures(roster: Roster, checkpoint: Checkpoint) -> list[str]:
    """The names of known witnesses whose lines do not hold."""
    keys = [(roster.witness_keys.get((line.name, line.key_id)), line) for line in checkpoint.note.lines]
    return [line.name for key, line in keys
            if key is not None and not holds_cosignature(key, line.signature, checkpoint.note.text)]


def read_head(bundle: Bundle, report: Report, rosters: list[Roster], log: LogId) -> Checkpoint | None:
    """Point 3: the checkpoint, if it is believed, and the policy."""
    files, newest = bundle.logs[log], rosters[-1]
    data, policy = _read_single(bundle, files, "checkpoint"), _read_single(bundle, files, "policy")
    try:
        if log[0] not in newest.offices:
            raise Fault("unknown_office", "the office is not in the newest version")
        if data is None:
            return None
        head = read_checkpoint(data)
        texts = [roster.policy(*log, head.size) for roster in rosters if log[0] in roster.offices]
        if policy is not None and policy not in [text.encode() for text in texts]:
            report.fault(3, "policy_differs", log, None, "it is that of no version")
        check_head(rosters, len(rosters), log, head)
    except Fault as fault:
        report.fault(3, fault.word, log, None, fault.detail)
        return None
    for name in false_cosignatures(newest, head):
        report.fault(3, "cosignature_invalid", log, None, f"the cosignature of {name} does not hold")
    return head


def _read_single(bundle: Bundle, files: LogFiles, name: str) -> bytes | None:
    if name in files.single:
        return bundle.read(files.single[name])
    bundle.report.fault(1, "file_missing", None, None, files.prefix + name)
    return None


def read_log(bundle: Bundle, report: Report, rosters: list[Roster], log: LogId,
             head: Checkpoint) -> Log | None:
    """Points 4 and 5 of one log; nothing where the log is not at hand."""
    files = bundle.logs[log]
    if head.size > limits.LOG_ENTRIES:
        report.fault(4, "entries_malformed", log, None, f"a head of size {head.size}")
        return None
    _check_files(report, log, files, head.size)
    raw, chained, wrong = _read_entries(bundle, files, head.size)
    tree = Tree([leaf_hash(data) for data in raw])
    at_hand = wrong is None and tree.root(head.size) == head.root
    if wrong is not None:
        report.fault(4, "entries_malformed", log, None, wrong)
    else:
        _check_tiles(bundle, report, log, files, tree)
        if not at_hand:
            report.fault(4, "root_differs", log, None, f"{tree.size} entries do not give the signed root")
    entries: list[Entry | None] = []
    times: dict[int, list[Time]] = {}
    for index, data in enumerate(raw):
        try:
            entry = read_entry(data)
            entries.append(entry)
            _check_alone(report, rosters, log, index, entry)
            if entry.name == "Cosigned":
                times[index] = check_cosigned(report, rosters, log, index, entry)
        except Fault as fault:
            report.fault(5, "non_canonical", log, index, f"{fault.word}: {fault.detail}")
            entries.append(None)
    _check_chains(report, rosters[-1], log, entries[:chained])
    _check_versions(report, rosters, log, entries, times)
    return Log(log, files, tree, entries, times) if at_hand else None


def _check_files(report: Report, log: LogId, files: LogFiles, size: int) -> None:
    """The files of entries and hashes are those of a tree of that size."""
    counts = {f"tile/{level}": size >> 8 * level for level in range(limits.TILE_LEVELS)}
    missing = extra = 0
    for family, count in {"tile/entries": size, **counts}.items():
        right = sum(is_expected(count, *place) for place in files.of_family(family))
        missing += -(-count // limits.TILE_WIDTH) - right
        extra += len(files.of_family(family)) - right
    if missing:
        report.fault(4, "file_missing", log, None, f"{missing} files of a tree of size {size}")
    if extra:
        report.fault(4, "file_extra", log, None, f"{extra} files that are no part of a tree of size {size}")


def _read_entries(bundle: Bundle, files: LogFiles, size: int) -> tuple[list[bytes], int, str | None]:
    """The bytes of all entries up to a fault, how many are in whole files, and the fault."""
    raw: list[bytes] = []
    chained = 0
    for place in expected(size):
        path = files.of_family("tile/entries").get(place)
        data = bundle.read(path) if path else None
        if data is None:
            return raw, chained, f"no file {place[0]} of entries of a tree of size {size}"
        reader = Reader(data)
        try:
            for _ in range(place[1]):
                raw.append(reader.take(int.from_bytes(reader.take(2), "big")))
            reader.end()
        except Fault as fault:
            return raw, chained, f"{path}: {fault.detail}"
        chained = len(raw)
    return raw, chained, None


def _check_tiles(bundle: Bundle, report: Report, log: LogId, files: LogFiles, tree: Tree) -> None:
    """Point 4: the tiles are those of the entries."""
    for level in range(limits.TILE_LEVELS):
        hashes = tree.tile_level(level)
        for (number, width), path in sorted(files.of_family(f"tile/{level}").items()):
            at = number * limits.TILE_WIDTH
            if is_expected(len(hashes), number, width):
                if bundle.read(path) != b"".join(hashes[at:at + width]):
                    report.fault(4, "tile_differs", log, None, f"{path} is not that of the entries")


def _check_alone(report: Report, rosters: list[Roster], log: LogId, index: int, entry: Entry) -> None:
    """Point 5 without the chains: the entry is in its place, under its key and of its kind."""
    if (entry.network, *entry.log_id, entry.index) != (rosters[-1].network, *log, index):
        report.fault(5, "wrong_place", log, index, f"it says that it is {entry.office.hex()}/{entry.log} "
                     f"entry {entry.index} of network {entry.network.hex()}")
    if not 1 <= entry.roster <= len(rosters):
        report.fault(5, "unknown_roster", log, index, f"there is no version {entry.roster}")
    if entry.recipient and entry.recipient not in rosters[-1].offices:
        report.fault(5, "unknown_office", log, index, f"it is for {entry.recipient.hex()}")
    if wrong := check_kind(entry):
        report.fault(5, "wrong_kind_rule", log, index, wrong)
    if entry.audience != NOBODY and entry.sections and not entry.grants and entry.basis == 0:
        report.fault(5, "outside_consent", log, index, "sections for others without grants, on no basis")


def _check_versions(report: Report, rosters: list[Roster], log: LogId, entries: list[Entry | None],
                    times: dict[int, list[Time]]) -> None:
    """Point 5: after a witnessed entry that names a version which ended a key, none names an earlier one."""
    ended: dict[int, int] = {}
    for roster in rosters:
        office = roster.offices.get(log[0])
        for r in office.ranges if office else ():
            if r.log == log[1] and r.end is not None:
                ended.setdefault(r.start, roster.version)
    named = [entry.roster if entry and entry.roster <= len(rosters) else 0 for entry in entries]
    newest = [0, *accumulate(named, max)]
    floor = 0
    for index, entry in enumerate(entries):
        if entry and 0 < named[index] < floor and entry.name not in ("CarriedOver", "Receipted"):
            report.fault(5, "wrong_key_range", log, index,
                         f"it names version {entry.roster}, after one that names {floor} was witnessed")
        if entry and times.get(index):
            below = newest[min(entry.fields["size"], len(entries))]
            floor = max([floor, *(version for version in ended.values() if version <= below)])


def _check_chains(report: Report, newest: Roster, log: LogId, entries: list[Entry | None]) -> None:
    """Point 5: numbers and predecessors."""
    pairs: dict[tuple[int, bytes], tuple[int, bytes]] = {}
    threads: dict[bytes, int] = {}
    for index, entry in enumerate(entries):
        if entry is None:
            continue
        if entry.audience == NETWORK or entry.recipient in newest.offices:
            number, leaf = pairs.get(entry.pair, (0, ZERO))
            if (entry.pair_seq, entry.pair_prev) != (number + 1, leaf):
                report.fault(5, "gap", log, index, f"number {entry.pair_seq} after {number}, or not its leaf")
            pairs[entry.pair] = entry.pair_seq, entry.leaf
        if entry.thread_prev != threads.get(entry.thread):
            report.fault(5, "thread_broken", log, index,
                         f"it names {entry.thread_prev}, not {threads.get(entry.thread)}")
        threads[entry.thread] = index


def read_records(bundle: Bundle, report: Report, log: Log) -> None:
    """The records beside the log, one for each entry that keeps an entry of another log, in its order."""
    wanted = {index for index, entry in enumerate(log.entries) if entry and entry.name in RECORDED}
    records: dict[int, Record] = {}
    files = sorted(log.files.of_family("received").items())
    try:
        count = sum(width for (_, width), _ in files)
        if [place for place, _ in files] != list(expected(count)):
            raise Fault("form", "not full files in order and one that is not full")
        for (_, width), path in files:
            _read_record_file(bundle.read(path) or b"", width, records)
        log.records = records
    except Fault as fault:
        report.fault(6, "received_malformed", log.id, None, fault.detail)
    for index in sorted(wanted - log.records.keys()):
        report.fault(6, "received_missing", log.id, index, "it has no record")
    for index in sorted(log.records.keys() - wanted):
        report.fault(6, "received_extra", log.id, index, "a record that no such entry names")


def _read_record_file(data: bytes, width: int, records: dict[int, Record]) -> None:
    outer = Reader(data)
    for _ in range(width):
        length = int.from_bytes(outer.take(4), "big")
        if length > limits.RECORD:
            raise Fault("too_large", f"a record of {length} bytes")
        reader = Reader(outer.take(length))
        index = reader.u64()
        if records and index <= next(reversed(records)):
            raise Fault("malformed", f"the record of entry {index} after a later one")
        entry, checkpoint = reader.bytes(limits.ENTRY), reader.bytes(limits.CHECKPOINT)
        path = reader.list(lambda: reader.take(32), limits.PATH_STEPS)
        reader.end()
        records[index] = Record(entry, checkpoint, path)
    outer.end()

"""A proof that an office signed two histories of one log: WIRE.md, "Proof of fraud"."""

import re
from typing import Iterator, NamedTuple

from . import limits
from .entry import LogId
from .logs import check_head
from .notes import Checkpoint, from_base64, read_checkpoint
from .postcard import Fault
from .roster import Roster
from .tree import Nodes, known_nodes

HEADER = b"waymark-fraud/v1\n"
TLOG_PROOF = re.compile(r"c2sp\.org/tlog-proof@v1\nextra (\S+)\nindex (0|[1-9][0-9]{0,19})((?:\n\S+)*)")


class Side(NamedTuple):
    """A head, and what a path under it knows of the tree."""

    head: Checkpoint
    nodes: Nodes | None


def check_fraud(rosters: list[Roster], version: int, log: LogId, proof: bytes) -> None:
    """The proof holds by that version of the roster, or a `Fault`."""
    sides = proof.removeprefix(HEADER).split(b"\n==\n")
    if not 1 <= version <= len(rosters):
        raise Fault("unknown_roster", f"there is no version {version}")
    if len(proof) > limits.FRAUD_PROOF or not proof.startswith(HEADER) or len(sides) != 2:
        raise Fault("malformed", "not a proof of fraud")
    first, second = _read_side(sides[0] + b"\n"), _read_side(sides[1])
    for side in (first, second):
        if len(side.head.note.lines) != 1:
            raise Fault("malformed", "more signature lines than that of the log's key")
        check_head(rosters, version, log, side.head)
    if first.head.size == second.head.size:
        holds = first.nodes is None and second.nodes is None and first.head.root < second.head.root
    else:
        holds = first.head.size < second.head.size and differ(first, second)
    if not holds:
        raise Fault("not_proven", "the two sides do not contradict each other, or have another form")


def _read_side(data: bytes) -> Side:
    """A checkpoint, or one with a path from a leaf to its root."""
    if not data.startswith(b"c2sp.org/"):
        return Side(read_checkpoint(data), None)
    text, _, checkpoint = data.partition(b"\n\n")
    match = TLOG_PROOF.fullmatch(text.decode("utf-8", "replace"))
    if match is None:
        raise Fault("malformed", "not a tlog-proof with a leaf")
    head, leaf = read_checkpoint(checkpoint), from_base64(match[1])
    path = [from_base64(line) for line in match[3].split("\n")[1:]]
    if len(path) > limits.PATH_STEPS or any(len(hashed) != 32 for hashed in (leaf, *path)):
        raise Fault("malformed", "a path that is too long, or something that is no hash")
    nodes = known_nodes(leaf, int(match[2]), head.size, path, head.root)
    if nodes is None:
        raise Fault("wrong_path", f"it does not lead to the head of size {head.size}")
    return Side(head, nodes)


def _complete(side: Side) -> Iterator[tuple[tuple[int, int], bytes]]:
    """Its nodes over a power of two of leaves: the first leaf, how many, and the hash."""
    for (level, position), hashed in (side.nodes or {}).items():
        start = position << level
        width = min(1 << level, side.head.size - start)
        if width & width - 1 == 0:
            yield (start, width), hashed


def differ(first: Side, second: Side) -> bool:
    """Whether both paths know one complete node by two hashes."""
    known = dict(_complete(first))
    return any(known.get(node, hashed) != hashed for node, hashed in _complete(second))

"""The log's Merkle tree of RFC 6962: WIRE.md, "Tree and heads"."""

from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()
Nodes = dict[tuple[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """Hash of a leaf."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """All full nodes over some leaves, so that every earlier root can be had."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.levels = [leaves]
        while len(self.levels[-1]) > 1:
            below = self.levels[-1]
            self.levels.append([node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])

    @property
    def size(self) -> int:
        """Number of leaves."""
        return len(self.levels[0])

    @property
    def leaves(self) -> list[bytes]:
        """The leaf hashes."""
        return self.levels[0]

    def root(self, size: int) -> bytes:
        """The root over the first `size` leaves."""
        if size == 0:
            return EMPTY_ROOT
        parts = [self.levels[bit][(size >> bit) - 1] for bit in range(size.bit_length()) if size >> bit & 1]
        root = parts[0]
        for left in parts[1:]:
            root = node_hash(left, root)
        return root

    def tile_level(self, level: int) -> list[bytes]:
        """The hashes of a level of tiles."""
        return self.levels[8 * level] if 8 * level < len(self.levels) else []


def known_nodes(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> Nodes | None:
    """The leaf, the nodes that an inclusion path (RFC 6962, 2.1.1) computes and their siblings, by level and
    position; nothing where it does not lead to the root ("Tree and heads", "Proof of fraud")."""
    if index >= size:
        return None
    nodes, steps = {(0, index): leaf}, iter(path)
    level, position, last, hashed = 0, index, size - 1, leaf
    while last:
        if position & 1 or position < last:
            step = next(steps, None)
            if step is None:
                return None
            nodes[level, position ^ 1] = step
            hashed = node_hash(step, hashed) if position & 1 else node_hash(hashed, step)
        level, position, last = level + 1, position >> 1, last >> 1
        nodes[level, position] = hashed
    return nodes if hashed == root and next(steps, None) is None else None


def leads_to(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> bool:
    """Whether the inclusion path leads from the leaf to the root."""
    return known_nodes(leaf, index, size, path, root) is not None

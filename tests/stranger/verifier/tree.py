"""The log's Merkle tree of RFC 6962: WIRE.md, "Tree and heads"."""

from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()


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


def leads_to(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> bool:
    """Whether the inclusion path leads from the leaf to the root (RFC 9162, 2.1.3.2)."""
    if index >= size:
        return False
    number, last, hashed = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if number & 1 or number == last:
            hashed = node_hash(step, hashed)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            hashed = node_hash(hashed, step)
        number, last = number >> 1, last >> 1
    return last == 0 and hashed == root

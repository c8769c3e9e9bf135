"""Entries of a log: WIRE.md, "Entry", with the rules of the table in "Kinds"."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from . import limits
from .kinds import KINDS, read_public
from .postcard import Fault, Reader
from .tree import leaf_hash

ZERO = bytes(32)
NOBODY, ONE_OFFICE, NETWORK = range(3)
AUDIENCES = ("nobody", "one office", "network")
BASES = ("none", "consent", "reply", "own data", "emergency")
LogId = tuple[bytes, int]


@dataclass(frozen=True, order=True)
class Ref:
    """Names an entry of any log by its place and leaf hash."""

    office: bytes
    log: int
    index: int
    leaf: bytes

    @property
    def log_id(self) -> LogId:
        """The log that the entry stands in."""
        return self.office, self.log


@dataclass(frozen=True)
class Section:
    """What an entry says of a sealed section."""

    category: int
    key: bytes
    padded: int
    hash: bytes


@dataclass(frozen=True)
class Grant:
    """What an entry says of a wrapped section key."""

    category: int
    key: bytes
    recipient: bytes
    kem_hash: bytes
    commitment: bytes
    wrap_hash: bytes
    expires: int


@dataclass(frozen=True)
class Entry:
    """An entry, with its leaf hash over the bytes as received."""

    network: bytes
    office: bytes
    log: int
    index: int
    event: bytes
    roster: int
    claimed_at: int
    audience: int
    recipient: bytes
    pair_seq: int
    pair_prev: bytes
    kind: int
    thread: bytes
    thread_prev: int | None
    basis: int
    basis_ref: Ref | None
    causes: list[Ref]
    public: bytes
    actor: bytes
    sections: list[Section]
    grants: list[Grant]
    leaf: bytes

    @property
    def log_id(self) -> LogId:
        """The log that the entry says it stands in."""
        return self.office, self.log

    @property
    def pair(self) -> tuple[int, bytes]:
        """The audience, as far as entries to it are numbered together."""
        return self.audience, self.recipient

    @cached_property
    def _part(self) -> dict[str, Any] | None:
        return read_public(self.kind, self.public)

    @property
    def fields(self) -> dict[str, Any]:
        """The public part's fields by name; none for an entry that is skipped when state is computed."""
        return self._part or {}

    @property
    def name(self) -> str:
        """The kind's name; empty for an entry that is skipped when state is computed."""
        return KINDS[self.kind].name if self._part is not None else ""


def read_ref(reader: Reader) -> Ref:
    """A `Ref`."""
    return Ref(reader.take(16), reader.u32(), reader.u64(), reader.take(32))


def _read_section(reader: Reader) -> Section:
    return Section(reader.u8(), reader.take(16), reader.u32(), reader.take(32))


def _read_grant(reader: Reader) -> Grant:
    return Grant(reader.u8(), reader.take(16), reader.take(16), reader.take(32), reader.take(32),
                 reader.take(32), reader.u32())


def padded_length(length: int) -> int:
    """What a section of that length, its four bytes included, is padded to."""
    step = 256
    if length > 4096:
        exponent = length.bit_length() - 1
        step = 1 << exponent - exponent.bit_length()
    return -(-length // step) * step


def read_entry(data: bytes) -> Entry:
    """The entry that these bytes are, or a `Fault`."""
    if len(data) > limits.ENTRY:
        raise Fault("too_large", f"{len(data)} bytes")
    reader = Reader(data)
    if (reader.u8(), reader.u8()) != (1, 1):
        raise Fault("unknown_version", "version or suite is not 1")
    network, office = reader.take(16), reader.take(16)
    log, index = reader.u32(), reader.u64()
    event, roster, claimed_at = reader.take(16), reader.u32(), reader.u64()
    audience = reader.u32()
    if audience > NETWORK:
        raise Fault("malformed", f"no audience {audience}")
    recipient = reader.take(16) if audience == ONE_OFFICE else b""
    pair_seq, pair_prev = reader.u64(), reader.take(32)
    kind, thread, thread_prev = reader.u16(), reader.take(16), reader.option(reader.u64)
    basis = reader.u32()
    if basis >= len(BASES):
        raise Fault("malformed", f"no basis {basis}")
    basis_ref = read_ref(reader) if basis in (1, 2, 4) else None
    causes = reader.list(lambda: read_ref(reader), limits.CAUSES)
    public, actor = reader.bytes(limits.PUBLIC), reader.bytes(limits.ACTOR)
    sections = reader.list(lambda: _read_section(reader), limits.SECTIONS)
    grants = reader.list(lambda: _read_grant(reader), limits.GRANTS)
    reader.end()
    entry = Entry(network, office, log, index, event, roster, claimed_at, audience, recipient, pair_seq,
                  pair_prev, kind, thread, thread_prev, basis, basis_ref, causes, public, actor, sections,
                  grants, leaf_hash(data))
    _check_shape(entry)
    return entry


def _check_shape(entry: Entry) -> None:
    """What an entry must not contradict in itself."""
    if (entry.audience == NOBODY) != (entry.pair_seq == 0):
        raise Fault("malformed", "pair_seq does not suit the audience")
    if (entry.pair_seq <= 1) != (entry.pair_prev == ZERO):
        raise Fault("malformed", "pair_prev does not suit pair_seq")
    if entry.thread_prev is not None and entry.thread_prev >= entry.index:
        raise Fault("malformed", "thread_prev is not below index")
    if any(a >= b for a, b in zip(entry.causes, entry.causes[1:])):
        raise Fault("malformed", "causes are not ascending")
    if len({(s.category, s.key) for s in entry.sections}) != len(entry.sections):
        raise Fault("malformed", "two sections of one category and key")
    if len({(g.category, g.key, g.recipient) for g in entry.grants}) != len(entry.grants):
        raise Fault("malformed", "two grants of one category, key and recipient")
    most = padded_length(limits.SECTION_BEFORE_PADDING + 4)
    for section in entry.sections:
        if section.padded > most or section.padded == 0 or padded_length(section.padded) != section.padded:
            raise Fault("malformed", f"padding does not give {section.padded}")


def check_kind(entry: Entry) -> str | None:
    """What the entry has that its row in the table of kinds does not allow."""
    rule = KINDS.get(entry.kind)
    if rule is None:
        return None
    if AUDIENCES[entry.audience] != rule.audience:
        return f"{rule.name} to {AUDIENCES[entry.audience]}"
    if BASES[entry.basis] not in rule.bases:
        return f"{rule.name} on basis {BASES[entry.basis]}"
    for category in [s.category for s in entry.sections] + [g.category for g in entry.grants]:
        if category not in rule.categories:
            return f"{rule.name} with category {category}"
    return None

"""Signed notes, checkpoints and cosignatures: WIRE.md, "Tree and heads" and "Witnesses", with the C2SP
documents signed-note, tlog-checkpoint and tlog-cosignature that it names."""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Iterator, NamedTuple

from . import ed25519, limits
from .postcard import Fault

LOG_KEY, WITNESS_KEY = 1, 4


class SignatureLine(NamedTuple):
    """A signature line, split."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True)
class Note:
    """A text and what is said to sign it."""

    text: bytes
    lines: list[SignatureLine]

    def signatures(self, name: str, kind: int, key: bytes) -> Iterator[bytes]:
        """What stands in the lines that name and id give to that key."""
        wanted = key_id(name, kind, key)
        return (line.signature for line in self.lines if line.name == name and line.key_id == wanted)

    def is_signed(self, name: str, key: bytes) -> bool | None:
        """Whether all lines of that key hold; nothing where there is none."""
        signatures = self.signatures(name, LOG_KEY, key)
        held = [ed25519.verify(key, self.text, signature) for signature in signatures]
        return all(held) if held else None


@dataclass(frozen=True)
class Checkpoint:
    """A tree head."""

    note: Note
    origin: str
    size: int
    root: bytes


def key_id(name: str, kind: int, key: bytes) -> bytes:
    """The id of a key in signature lines."""
    return sha256(name.encode() + b"\n" + bytes([kind]) + key).digest()[:4]


def from_base64(text: str) -> bytes:
    """Base64 in its only spelling."""
    try:
        data = b64decode(text, validate=True)
    except ValueError as error:
        raise Fault("checkpoint_malformed", "not base64") from error
    if b64encode(data).decode() != text:
        raise Fault("checkpoint_malformed", "base64 in another spelling")
    return data


def read_note(data: bytes) -> Note:
    """A signed note, or a `Fault`."""
    text, separator, tail = data.rpartition(b"\n\n")
    try:
        data.decode("utf-8")
        lines = tail.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise Fault("checkpoint_malformed", "not UTF-8") from error
    if not separator or any(byte < 32 and byte != 10 for byte in data):
        raise Fault("checkpoint_malformed", "not a signed note")
    if lines.pop() != "" or not lines or len(lines) > limits.SIGNATURE_LINES:
        raise Fault("checkpoint_malformed", "no signature lines, or too many")
    return Note(text + b"\n", [_read_line(line) for line in lines])


def _read_line(line: str) -> SignatureLine:
    match = re.fullmatch(r"— ([^\s+]+) ([A-Za-z0-9+/=]+)", line)
    if match is None:
        raise Fault("checkpoint_malformed", "not a signature line")
    data = from_base64(match[2])
    if len(data) < 5:
        raise Fault("checkpoint_malformed", "a signature that is too short")
    return SignatureLine(match[1], data[:4], data[4:])


def head_text(origin: str, size: int, root: bytes) -> bytes:
    """The text of a checkpoint."""
    return f"{origin}\n{size}\n{b64encode(root).decode()}\n".encode()


def read_checkpoint(data: bytes) -> Checkpoint:
    """A checkpoint of exactly three lines, or a `Fault`."""
    if len(data) > limits.CHECKPOINT:
        raise Fault("checkpoint_malformed", "too large")
    note = read_note(data)
    match = re.fullmatch(r"(\S+)\n(0|[1-9][0-9]{0,19})\n(\S+)\n", note.text.decode("utf-8"), re.ASCII)
    if match is None:
        raise Fault("checkpoint_malformed", "not the three lines of a checkpoint")
    size, root = int(match[2]), from_base64(match[3])
    if size >> 64 or len(root) != 32:
        raise Fault("checkpoint_malformed", "no such size, or no such root")
    return Checkpoint(note, match[1], size, root)


def cosigned_text(time: int, text: bytes) -> bytes:
    """What a witness signs."""
    return f"cosignature/v1\ntime {time}\n".encode() + text


def holds_cosignature(key: bytes, data: bytes, text: bytes) -> bool:
    """Whether a cosignature line's time and signature hold."""
    time = int.from_bytes(data[:8], "big")
    return len(data) == 72 and ed25519.verify(key, cosigned_text(time, text), data[8:])


def verifier_key(name: str, kind: int, key: bytes) -> str:
    """A key as policies write it."""
    return f"{name}+{key_id(name, kind, key).hex()}+{b64encode(bytes([kind]) + key).decode()}"

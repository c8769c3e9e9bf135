"""Postcard with exactly one encoding per value: WIRE.md, "Reading bytes"."""

from typing import Callable, TypeVar

T = TypeVar("T")


class Fault(Exception):
    """Bytes that are refused; `word` is the verdict's name."""

    def __init__(self, word: str, detail: str) -> None:
        super().__init__(detail)
        self.word = word
        self.detail = detail


class Reader:
    """Takes values from the front of some bytes. Over-long varints and too large lengths are refused."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        if count > len(self.data) - self.at:
            raise Fault("malformed", "ends too early")
        self.at += count
        return self.data[self.at - count:self.at]

    def u8(self) -> int:
        """One byte."""
        return self.take(1)[0]

    def varint(self, bits: int) -> int:
        """A varint of at most that many bits, in its shortest form."""
        value = shift = 0
        while True:
            byte = self.u8()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
            shift += 7
            if shift >= bits:
                raise Fault("malformed", "varint too long")
        if value >> bits:
            raise Fault("malformed", "varint too large")
        if byte == 0 and shift:
            raise Fault("non_canonical", "varint longer than need be")
        return value

    def u16(self) -> int:
        """A varint of 16 bits."""
        return self.varint(16)

    def u32(self) -> int:
        """A varint of 32 bits."""
        return self.varint(32)

    def u64(self) -> int:
        """A varint of 64 bits."""
        return self.varint(64)

    def i16(self) -> int:
        """A zigzag varint of 16 bits."""
        value = self.varint(16)
        return value >> 1 ^ -(value & 1)

    def flag(self) -> bool:
        """A bool, or whether an option holds something."""
        value = self.u8()
        if value > 1:
            raise Fault("malformed", "neither 0 nor 1")
        return value == 1

    def bytes(self, most: int | None = None) -> bytes:
        """A length and that many bytes."""
        count = self.u32()
        if most is not None and count > most:
            raise Fault("too_large", f"{count} bytes where {most} are allowed")
        return self.take(count)

    def text(self) -> str:
        """A string."""
        try:
            return self.bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            raise Fault("malformed", "not UTF-8") from error

    def option(self, value: Callable[[], T]) -> T | None:
        """Nothing, or one value."""
        return value() if self.flag() else None

    def list(self, value: Callable[[], T], most: int | None = None) -> list[T]:
        """A count and that many values, each of at least one byte."""
        count = self.u32()
        if most is not None and count > most:
            raise Fault("too_large", f"{count} values where {most} are allowed")
        if count > len(self.data) - self.at:
            raise Fault("malformed", "more values declared than there are bytes")
        return [value() for _ in range(count)]

    def end(self) -> None:
        """Nothing may be left."""
        if self.at != len(self.data):
            raise Fault("trailing_bytes", f"{len(self.data) - self.at} bytes follow")

"""Ed25519 verification of RFC 8032 without cofactor, as WIRE.md ("Tree and heads", point 4) demands.

Points are in extended coordinates (X, Y, Z, T) of the curve -x² + y² = 1 + d x² y². For the base point and
for each key that is met, a table of the multiples of 16^i is built once, so that a verification is about
128 additions and one inversion.
"""

from functools import lru_cache
from hashlib import sha512

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
D2 = 2 * D % P
SQRT_M1 = pow(2, (P - 1) // 4, P)

Point = tuple[int, int, int, int]
Table = tuple[tuple[Point, ...], ...]

NEUTRAL: Point = (0, 1, 1, 0)


def add(a: Point, b: Point) -> Point:
    """The complete addition of RFC 8032, 5.1.4 (it doubles as well)."""
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    m = (y1 - x1) * (y2 - x2) % P
    n = (y1 + x1) * (y2 + x2) % P
    c = t1 * D2 * t2 % P
    d = 2 * z1 * z2 % P
    e, f, g, h = n - m, d - c, d + c, n + m
    return e * f % P, g * h % P, f * g % P, e * h % P


def decode(data: bytes) -> Point | None:
    """The point of 32 bytes, or nothing where there is none on the curve."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, (number & (2**255 - 1)) % P
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x - u) % P != 0:
        x = x * SQRT_M1 % P
        if (v * x * x - u) % P != 0:
            return None
    if x == 0 and sign:
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def encode(point: Point) -> bytes:
    """The 32 bytes of a point."""
    x, y, z, _ = point
    inverse = pow(z, -1, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def table_of(point: Point) -> Table:
    """For each i below 64 the multiples 0 to 15 of 16^i times the point."""
    rows = []
    for _ in range(64):
        row = [NEUTRAL]
        for _ in range(15):
            row.append(add(row[-1], point))
        rows.append(tuple(row))
        point = add(row[-1], point)
    return tuple(rows)


def add_multiple(total: Point, table: Table, scalar: int) -> Point:
    """total + scalar times the table's point."""
    for row in table:
        digit = scalar & 15
        if digit:
            total = add(total, row[digit])
        scalar >>= 4
    return total


@lru_cache(maxsize=1)
def base_table() -> Table:
    """Table of the base point, whose y is 4/5 and whose x is even."""
    base = decode((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    assert base is not None
    return table_of(base)


@lru_cache(maxsize=256)
def negated_key_table(key: bytes) -> Table | None:
    """Table of minus the public key."""
    point = decode(key)
    if point is None:
        return None
    x, y, z, t = point
    return table_of((P - x, y, z, P - t))


@lru_cache(maxsize=65_536)
def verify(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature of the message holds under the key."""
    if len(signature) != 64:
        return False
    scalar = int.from_bytes(signature[32:], "little")
    table = negated_key_table(key)
    if scalar >= ORDER or table is None:
        return False
    challenge = int.from_bytes(sha512(signature[:32] + key + message).digest(), "little") % ORDER
    point = add_multiple(add_multiple(NEUTRAL, base_table(), scalar), table, challenge)
    return encode(point) == signature[:32]


def is_sound_key(key: bytes) -> bool:
    """A key that a roster may hold: y below 2^255 - 19 and not of small order. It need not be a point."""
    y = int.from_bytes(key, "little") & (2**255 - 1)
    point = decode(y.to_bytes(32, "little"))
    if y >= P or point is None:
        return y < P
    for _ in range(3):
        point = add(point, point)
    x, y, z, _ = point
    return not (x == 0 and y == z)

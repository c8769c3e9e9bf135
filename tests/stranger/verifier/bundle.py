"""The folder of a bundle and its manifest: WIRE.md, "A bundle for auditors" and point 1 of the list.

Nothing is followed that is not a plain file or a folder, and nothing larger than its limit is read. A file
with another hash than in the manifest is a finding; its bytes are checked all the same, since a manifest is
unsigned.
"""

import os
import re
import stat
from hashlib import sha256
from typing import Iterator

from . import limits
from .entry import LogId
from .postcard import Fault
from .report import Report

NUMBER = r"((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
LOG_FILE = re.compile(r"offices/([0-9a-f]{32})/(0|[1-9][0-9]{0,9})/"
                      rf"(?:(policy|checkpoint)|(tile/entries|tile/[0-7]|received)/{NUMBER})")
ROSTER_FILE = re.compile(r"roster/([1-9][0-9]{0,9})(?:\.([0-9a-f]{64}))?")
MANIFEST_LINE = re.compile(r"([0-9a-f]{64})  (.+)", re.DOTALL)
OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
SINGLE = {"policy": limits.POLICY, "checkpoint": limits.CHECKPOINT}
ELEMENT = {"tile/entries": limits.ENTRY + 2, "received": limits.RECORD + 4}
HASH = 32


class TooManyFiles(Exception):
    """After this nothing more is judged."""


def tile_name(number: int) -> str:
    """The path of tile N as tlog-tiles writes it."""
    groups = [f"{number % 1000:03}"]
    while number >= 1000:
        number //= 1000
        groups.insert(0, f"x{number % 1000:03}")
    return "/".join(groups)


class LogFiles:
    """The paths of one log that are in the folder."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.single: dict[str, str] = {}
        self.families: dict[str, dict[tuple[int, int], str]] = {}

    def of_family(self, family: str) -> dict[tuple[int, int], str]:
        """The numbered files of a family, by number and width."""
        return self.families.get(family, {})


def expected(count: int) -> Iterator[tuple[int, int]]:
    """Number and width of each file that so many values of a family stand in."""
    for number in range(count // limits.TILE_WIDTH):
        yield number, limits.TILE_WIDTH
    if rest := count % limits.TILE_WIDTH:
        yield count // limits.TILE_WIDTH, rest


def is_expected(count: int, number: int, width: int) -> bool:
    """Whether `expected` has that file."""
    left = count - number * limits.TILE_WIDTH
    return left > 0 and width == min(left, limits.TILE_WIDTH)


class Bundle:
    """The files of a folder, as far as they have a place in a bundle."""

    def __init__(self, folder: str, report: Report) -> None:
        self.folder = os.fsencode(folder)
        self.report = report
        self.rosters: dict[int, str] = {}
        self.beside: dict[tuple[int, str], str] = {}  # other texts of a version, by number and fingerprint
        self.logs: dict[LogId, LogFiles] = {}
        self.hashes = self._read_manifest()  # none where it is malformed
        self.unread = self._list_folder()
        self._compare_with_manifest()

    def _fault(self, word: str, detail: str) -> None:
        self.report.fault(1, word, None, None, detail)

    def _read_file(self, path: str, most: int) -> bytes | None:
        """A plain file's bytes, if it can be read and is not larger."""
        try:
            with open(os.open(os.path.join(self.folder, path.encode()), OPEN), "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise OSError(None, "not a plain file")
                data = file.read(most + 1)
        except OSError as error:
            self._fault("file_missing", f"{path}: {error.strerror}")
            return None
        if len(data) > most:
            if path in (self.hashes or ()):
                self._fault("file_too_large", f"{path} is larger than {most} bytes")
            return None
        return data

    def _read_manifest(self) -> dict[str, str] | None:
        """The manifest's hashes by path; nothing where it is malformed."""
        try:
            with open(os.open(os.path.join(self.folder, b"manifest"), OPEN), "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise OSError(None, "not a plain file")
                return _parse_manifest(file.read(limits.MANIFEST + 1))
        except OSError as error:
            self._fault("manifest_malformed", str(error.strerror))
        except Fault as fault:
            self._fault(fault.word, fault.detail)
        return None

    def _list_folder(self) -> set[str]:
        """All plain files below the folder that have a place; the others are said."""
        found: set[str] = set()
        number, folders = 0, [(b"", 0)]
        while folders:
            prefix, depth = folders.pop()
            try:
                with os.scandir(os.path.join(self.folder, prefix)) as listing:
                    items = list(listing)
            except OSError as error:
                self._fault("file_forbidden", f"folder {prefix!r}: {error.strerror}")
                continue
            for item in items:
                if item.is_dir(follow_symlinks=False) and depth < limits.FOLDERS:
                    folders.append((prefix + item.name + b"/", depth + 1))
                    continue
                number += 1
                if number > limits.FILES:
                    self._fault("too_many_files", f"more than {limits.FILES}")
                    raise TooManyFiles
                if path := self._take_item(prefix + item.name, item.is_file(follow_symlinks=False)):
                    found.add(path)
        return found

    def _take_item(self, name: bytes, plain: bool) -> str | None:
        """The path of a file that has a place."""
        path = name.decode("utf-8", "backslashreplace")
        if path == "manifest":
            return None
        if plain and self.hashes is not None and path not in self.hashes:
            self._fault("file_extra", f"{path} is not in the manifest")
        if plain and self._place(path):
            return path
        self._fault("file_forbidden", f"{path} has no place in a bundle")
        return None

    def _compare_with_manifest(self) -> None:
        for path in self.hashes or ():
            if not _match(path):
                self._fault("file_forbidden", f"{path}, in the manifest, has no place in a bundle")
            elif path not in self.unread:
                self._fault("file_missing", path)

    def _place(self, path: str) -> bool:
        """Finds out which file of a bundle this is, if it is one."""
        match = _match(path)
        if match is None:
            return False
        if match.re is ROSTER_FILE:
            if match[2]:
                self.beside[int(match[1]), match[2]] = path
            else:
                self.rosters[int(match[1])] = path
            return True
        log_id = bytes.fromhex(match[1]), int(match[2])
        files = self.logs.setdefault(log_id, LogFiles(f"offices/{match[1]}/{match[2]}/"))
        if match[3]:
            files.single[match[3]] = path
        else:
            place = _tile_number(match[5]), int(match[6] or limits.TILE_WIDTH)
            files.families.setdefault(match[4], {})[place] = path
        return True

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, compared with the manifest; each file is read once."""
        self.unread.discard(path)
        data = self._read_file(path, _most(path))
        if data is not None and self.hashes is not None:
            if self.hashes.get(path, "") not in ("", sha256(data).hexdigest()):
                self._fault("file_differs", f"{path} has another hash than in the manifest")
        return data

    def read_rest(self) -> None:
        """Compares what nobody has read with the manifest."""
        for path in sorted(self.unread):
            self.read(path)


def _tile_number(name: str) -> int:
    return int(name.replace("x", "").replace("/", ""))


def _match(path: str) -> re.Match[str] | None:
    """The place of a path in a bundle, if it has one."""
    if match := ROSTER_FILE.fullmatch(path):
        return match if int(match[1]) < 1 << 32 else None
    match = LOG_FILE.fullmatch(path)
    if match is None or int(match[2]) >> 32 or int(match[6] or 0) >= limits.TILE_WIDTH:
        return None
    return match if not match[5] or tile_name(_tile_number(match[5])) == match[5] else None


def _most(path: str) -> int:
    """The most bytes that a file of a bundle has."""
    match = LOG_FILE.fullmatch(path)
    if match is None:
        return limits.ROSTER_VERSION
    if match[3]:
        return SINGLE[match[3]]
    return ELEMENT.get(match[4], HASH) * int(match[6] or limits.TILE_WIDTH)


def _parse_manifest(data: bytes) -> dict[str, str]:
    if len(data) > limits.MANIFEST:
        raise Fault("manifest_malformed", "too large")
    try:
        lines = data.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise Fault("manifest_malformed", "not UTF-8") from error
    if lines.pop() != "" or not 0 < len(lines) <= limits.FILES:
        raise Fault("manifest_malformed", "no lines, too many, or a last one that does not end")
    hashes: dict[str, str] = {}
    before = ""
    for line in lines:
        match = MANIFEST_LINE.fullmatch(line)
        if match is None or match[2] <= before:
            raise Fault("manifest_malformed", f"not a line, or not ascending: {line[:100]!r}")
        before = match[2]
        hashes[match[2]] = match[1]
    return hashes

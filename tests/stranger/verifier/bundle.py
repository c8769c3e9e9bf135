"""The folder of a bundle and its manifest: WIRE.md, "A bundle for auditors" and point 1 of the list.

Nothing is followed that is not a plain file or a folder, and nothing larger than its limit is read. A file
with another hash than in the manifest is a finding; its bytes are checked all the same, since a manifest is
unsigned.
"""

import os
import re
import stat
from hashlib import sha256

from . import limits
from .entry import LogId
from .postcard import Fault
from .report import Report

NUMBER = r"((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
LOG_FILE = re.compile(r"offices/([0-9a-f]{32})/(0|[1-9][0-9]{0,9})/"
                      rf"(?:(policy|checkpoint)|(tile/entries|tile/[0-7]|received)/{NUMBER})")
ROSTER_FILE = re.compile(r"roster/([1-9][0-9]{0,9})")
MANIFEST_LINE = re.compile(rb"([0-9a-f]{64})  (.+)")
TILE = 32 * limits.TILE_WIDTH
SIZES = {"policy": limits.POLICY, "checkpoint": limits.CHECKPOINT,
         "tile/entries": limits.TILE_WIDTH * (limits.ENTRY + 2),
         "received": limits.TILE_WIDTH * (limits.RECORD + 4)}
DEPTH = 16


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
        self.paths: set[str] = set()

    def of_family(self, family: str) -> set[str]:
        """The numbered files of a family."""
        return {path for path in self.paths if path.startswith(f"{self.prefix}{family}/")}

    def expected(self, family: str, count: int) -> list[tuple[int, str]]:
        """Width and path of each file that so many values of a family stand in."""
        full = [(limits.TILE_WIDTH, f"{self.prefix}{family}/{tile_name(number)}")
                for number in range(count // limits.TILE_WIDTH)]
        rest = count % limits.TILE_WIDTH
        last = [(rest, f"{self.prefix}{family}/{tile_name(len(full))}.p/{rest}")] if rest else []
        return full + last

    def sequence(self, family: str) -> list[tuple[int, str]]:
        """Width and path of each file of a family, in order; a `Fault` if they are no sequence."""
        paths = self.of_family(family)
        partial = [path.rpartition(".p/")[2] for path in paths if ".p/" in path]
        count = limits.TILE_WIDTH * (len(paths) - len(partial)) + sum(map(int, partial[:1]))
        files = self.expected(family, count)
        if {path for _, path in files} != paths:
            raise Fault("form", f"{family} is not a sequence of full files and one that is not")
        return files


class Bundle:
    """The files of a folder, as far as they have a place in a bundle."""

    def __init__(self, folder: str, report: Report) -> None:
        self.folder = os.fsencode(folder)
        self.report = report
        self.rosters: dict[int, str] = {}
        self.logs: dict[LogId, LogFiles] = {}
        self.hashes = self._read_manifest()
        self.unread = self._list_folder()
        self._compare_with_manifest()

    def _fault(self, word: str, detail: str) -> None:
        self.report.fault(1, word, None, None, detail)

    def _read_file(self, path: str, most: int) -> bytes | None:
        """A plain file's bytes, if it can be read and is not larger."""
        try:
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
            handle = os.open(os.path.join(self.folder, path.encode()), flags)
            with os.fdopen(handle, "rb") as file:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise OSError(None, "not a plain file")
                data = file.read(most + 1)
        except OSError as error:
            self._fault("file_missing", f"{path}: {error.strerror}")
            return None
        if len(data) > most:
            self._fault("file_too_large", f"{path} is larger than {most} bytes")
            return None
        return data

    def _read_manifest(self) -> dict[str, str] | None:
        """The manifest's hashes by path; nothing where it is malformed."""
        try:
            size = os.lstat(os.path.join(self.folder, b"manifest"))
            if not stat.S_ISREG(size.st_mode):
                raise Fault("manifest_malformed", "the manifest is not a plain file")
            data = self._read_file("manifest", limits.MANIFEST)
            return None if data is None else _parse_manifest(data)
        except OSError as error:
            self._fault("manifest_malformed", f"there is none: {error.strerror}")
        except Fault as fault:
            self._fault(fault.word, fault.detail)
        return None

    def _list_folder(self) -> set[str]:
        """All plain files below the folder that have a place; the others are said."""
        found: set[str] = set()
        number, folders = 0, [("", 0)]
        while folders:
            prefix, depth = folders.pop()
            try:
                with os.scandir(os.path.join(self.folder, prefix.encode())) as listing:
                    items = list(listing)
            except OSError as error:
                self._fault("file_forbidden", f"folder {prefix!r}: {error.strerror}")
                continue
            for item in items:
                path = prefix + item.name.decode("ascii", "backslashreplace")
                plain = item.is_file(follow_symlinks=False) and item.name.isascii()
                if item.is_dir(follow_symlinks=False) and item.name.isascii() and depth < DEPTH:
                    folders.append((path + "/", depth + 1))
                    continue
                if plain and path != "manifest" and self.hashes is not None and path not in self.hashes:
                    self._fault("file_extra", f"{path} is not in the manifest")
                if plain and (path == "manifest" or self._place(path)):
                    found.add(path)
                else:
                    self._fault("file_forbidden", f"{path} has no place in a bundle")
                number += 1
            if number > limits.FILES:
                self._fault("file_too_large", f"more than {limits.FILES} files")
                break
        return found - {"manifest"}

    def _compare_with_manifest(self) -> None:
        for path in self.hashes or ():
            if path not in self.unread:
                if not (ROSTER_FILE.fullmatch(path) or LOG_FILE.fullmatch(path)):
                    self._fault("file_forbidden", f"{path} has no place in a bundle")
                else:
                    self._fault("file_missing", path)

    def _place(self, path: str) -> bool:
        """Finds out which file of a bundle this is, if it is one."""
        if match := ROSTER_FILE.fullmatch(path):
            self.rosters[int(match[1])] = path
            return True
        match = LOG_FILE.fullmatch(path)
        if match is None or int(match[2]) >> 32 or int(match[6] or 0) >= limits.TILE_WIDTH:
            return False
        if match[5] and tile_name(int(match[5].replace("x", "").replace("/", ""))) != match[5]:
            return False
        log_id = bytes.fromhex(match[1]), int(match[2])
        files = self.logs.setdefault(log_id, LogFiles(f"offices/{match[1]}/{match[2]}/"))
        files.paths.add(path)
        return True

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, compared with the manifest; each file is read once."""
        self.unread.discard(path)
        match = LOG_FILE.fullmatch(path)
        most = SIZES.get(match[3] or match[4], TILE) if match else limits.ROSTER_VERSION
        data = self._read_file(path, most)
        if data is not None and self.hashes is not None:
            if self.hashes.get(path, "") not in ("", sha256(data).hexdigest()):
                self._fault("file_differs", f"{path} has another hash than in the manifest")
        return data

    def read_rest(self) -> None:
        """Compares what nobody has read with the manifest."""
        for path in sorted(self.unread):
            self.read(path)


def _parse_manifest(data: bytes) -> dict[str, str]:
    lines = data.split(b"\n")
    if lines.pop() != b"" or not 0 < len(lines) <= limits.FILES:
        raise Fault("manifest_malformed", "no lines, too many, or a last one that does not end")
    hashes: dict[str, str] = {}
    before = b""
    for line in lines:
        match = MANIFEST_LINE.fullmatch(line)
        if match is None or match[2] <= before:
            raise Fault("manifest_malformed", f"not a line, or not ascending: {line[:100]!r}")
        before = match[2]
        hashes[match[2].decode("ascii", "backslashreplace")] = match[1].decode("ascii")
    return hashes

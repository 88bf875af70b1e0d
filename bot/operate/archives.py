"""A folder or .zip of somebody's data: readable by its owner alone, never over something else."""

from __future__ import annotations

import json
import os
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from typing import Any, BinaryIO, Final

MANIFEST: Final = "manifest.json"
_MINE: Final = 0o600
_MY_FOLDER: Final = 0o700


class InTheWay(Exception):
    """There is something at that path already; `words` say so."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.words = f"{path} is there already; nothing was written. Name another with --output."


def open_archive(path: Path, made_at: datetime) -> Archive:
    """A .zip when the path ends so, else a folder; InTheWay, or OSError when it cannot be made."""
    return Zip(path, made_at) if path.suffix == ".zip" else Folder(path)


class Archive(ABC):
    """Files that are found under their name only when all of them are written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f"{path.name}.part")
        self._listed: list[Mapping[str, Any]] = []
        for taken in (path, self._part):
            if taken.exists():
                raise InTheWay(taken)

    def write(self, name: str, content: bytes) -> None:
        """Add a file, and list it for the manifest."""
        digest = sha256(content).hexdigest()
        self._listed.append({"path": name, "size": len(content), "sha256": digest})
        self._store(name, content)

    def write_lines(self, name: str, records: Sequence[Mapping[str, Any]]) -> None:
        """Add a file of JSON Lines."""
        lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        self.write(name, "".join(lines).encode("utf-8", "replace"))

    def close(self, manifest: Mapping[str, Any]) -> None:
        """Add the manifest, which lists all others, and let the archive be found."""
        whole = json.dumps({**manifest, "files": self._listed}, ensure_ascii=False, indent=2)
        self._store(MANIFEST, whole.encode())
        self._end()
        if self._path.exists():
            raise InTheWay(self._path)
        self._part.rename(self._path)

    @abstractmethod
    def drop(self) -> None:
        """Remove what was written, when something went wrong."""

    @abstractmethod
    def _store(self, name: str, content: bytes) -> None:
        """Write one file."""

    @abstractmethod
    def _end(self) -> None:
        """No more files come."""


class Folder(Archive):
    """A folder."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._part.mkdir(_MY_FOLDER)

    def drop(self) -> None:
        """Remove it with all files."""
        rmtree(self._part, ignore_errors=True)

    def _store(self, name: str, content: bytes) -> None:
        target = self._part / name
        target.parent.mkdir(_MY_FOLDER, parents=True, exist_ok=True)
        with _opened(target) as file:
            file.write(content)

    def _end(self) -> None:
        """Nothing is open."""


class Zip(Archive):
    """A .zip."""

    def __init__(self, path: Path, made_at: datetime) -> None:
        super().__init__(path)
        self._made_at = made_at
        self._file = _opened(self._part)
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED)

    def drop(self) -> None:
        """Remove it."""
        self._end()
        self._part.unlink(missing_ok=True)

    def _store(self, name: str, content: bytes) -> None:
        at = self._made_at
        entry = zipfile.ZipInfo(name, (at.year, at.month, at.day, at.hour, at.minute, at.second))
        entry.external_attr = _MINE << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        self._zip.writestr(entry, content)

    def _end(self) -> None:
        self._zip.close()
        self._file.close()


def _opened(path: Path) -> BinaryIO:
    """A new file for its owner alone, whatever the umask."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MINE), "wb")

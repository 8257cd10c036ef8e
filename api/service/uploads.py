"""The files that a graph is made or changed of: those that a client has sent, or those that lie on the server."""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from clew.api.settings import make_home
from clew.kg import limits
from clew.kg.errors import BadInput

FILE_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
_PLACE = re.compile(r"[^\s'\"]*/uploads/[0-9a-f]{16}/[a-z]+/")


@dataclass(frozen=True, slots=True)
class GraphFiles:
    """Files by what they are for (``files``, ``labels``, ``mapping``; ``add``, ``delete``, ``patch``). ``names``: what
    files are called in the provenance, unless by the last part of their paths. ``done``: called once when they are not
    needed any more."""

    by_role: Mapping[str, Sequence[Path]]
    names: tuple[tuple[str, str], ...]
    done: Callable[[], None]

    def digest(self) -> str:
        """Return the BLAKE2b digest, hex, of what the files are for, their names and their bytes."""
        found = hashlib.blake2b(digest_size=32)
        for role, files in sorted(self.by_role.items()):
            for file in files:
                with file.open("rb") as opened:
                    content = hashlib.file_digest(opened, "blake2b").hexdigest()
                found.update(f"{role}\n{file.name}\n{content}\n".encode())
        return found.hexdigest()

    def of(self, role: str) -> tuple[str, ...]:
        """Return the paths of a role."""
        return tuple(map(str, self.by_role.get(role, ())))

    @property
    def mapping(self) -> str | None:
        """The path of the mapping file."""
        return next(iter(self.of("mapping")), None)


class Upload:
    """Files that are being sent, in a folder of their own below the home."""

    def __init__(self, home: Path) -> None:
        make_home(home)
        uploads = home / "uploads"
        uploads.mkdir(mode=0o700, exist_ok=True)
        _sweep(uploads)
        self._folder = uploads / secrets.token_hex(8)
        self._folder.mkdir(mode=0o700)
        self._files: dict[str, list[Path]] = {}

    def place(self, role: str, name: str) -> Path:
        """Return where a file is to be stored. Raises ``BadInput`` for what is no plain name, and for one that another
        file of this role has, or where there are ``limits.MAX_UPLOAD_FILES`` already."""
        if not re.fullmatch(FILE_NAME, name):
            raise BadInput(f"{name[:80]!r} is no name for a file: letters, digits, '.', '_' and '-', at most 128")
        if sum(map(len, self._files.values())) >= limits.MAX_UPLOAD_FILES:
            raise BadInput(f"more than {limits.MAX_UPLOAD_FILES} files")
        file = self._folder / role / name
        if file in self._files.setdefault(role, []):
            raise BadInput(f"two files are called {name!r}")
        file.parent.mkdir(mode=0o700, exist_ok=True)
        self._files[role].append(file)
        return file

    def files(self) -> GraphFiles:
        """Return what was stored."""
        return GraphFiles(self._files, (), self.remove)

    def remove(self) -> None:
        """Delete the files."""
        shutil.rmtree(self._folder, ignore_errors=True)


def files_on_server(folder: Path, home: Path, named: Mapping[str, Sequence[str]]) -> GraphFiles:
    """Return files below a folder of the operator, each by its path in there.

    Raises ``BadInput`` for one that is not there, that leads out of it, by a link, too, or that is in the home: what
    lies there (keys, stored answers) is for nobody to load.
    """
    root, kept = folder.resolve(), home.resolve()
    found: dict[str, list[Path]] = {}
    names: list[tuple[str, str]] = []
    for role, paths in named.items():
        for path in paths:
            file = _within(root, path)
            if file is None or file.is_relative_to(kept):
                raise BadInput(f"{path[:200]!r} is no file in the folder that clients may load from")
            found.setdefault(role, []).append(file)
            names.append((str(file), path))
    return GraphFiles(found, tuple(names), lambda: None)


def _within(root: Path, path: str) -> Path | None:
    try:
        file = (root / path).resolve()
        return file if file.is_relative_to(root) and file.is_file() else None
    except (OSError, ValueError):  # a name that is too long, or holds a null character
        return None


def called_as_sent(text: str) -> str:
    """Return a text in which a file has the name that it was sent with."""
    return _PLACE.sub("", text)


def _sweep(uploads: Path) -> None:
    """Delete what a process that was killed has left."""
    for folder in uploads.iterdir():
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > limits.UPLOAD_KEPT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)

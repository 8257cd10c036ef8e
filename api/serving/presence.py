"""How a running server is found: by a socket and a file in its home that only its owner can use.

The socket is a Unix domain socket, not a port: a port that a dead server leaves may be taken by anybody, who would be
told questions and believed. Who may connect to the socket may read the graphs of the home as well; a server that
requires API keys requires them here, too.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from clew.api.settings import EMBEDDED, Settings
from clew.kg.limits import MAX_CONNECTIONS, MAX_SOCKET_PATH

SOCKET, FILE = "server.sock", "server.json"


@dataclass(frozen=True, slots=True)
class Presence:
    """A server that runs: its process, what software it is (version and folder), and a digest of the settings on which
    an answer depends."""

    pid: int
    software: str
    settings: str
    requires_key: bool


def presence_of(settings: Settings) -> Presence:
    """Return what a server of this process would say of itself."""
    return Presence(os.getpid(), _software(), _digest(settings), settings.require_key)


def found(settings: Settings) -> Presence | None:
    """Return the server of a home that would answer as this process would; None: there is none, or it is another."""
    if settings.model != EMBEDDED:  # another model is a server's own, or none that has to be loaded
        return None
    try:
        status = os.lstat(settings.home / FILE)
        private = stat.S_ISREG(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o077
        if not private or not stat.S_ISSOCK(os.lstat(settings.home / SOCKET).st_mode):
            return None
        there = Presence(**json.loads((settings.home / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, AttributeError):
        return None
    mine = presence_of(settings)
    return there if (there.software, there.settings) == (mine.software, mine.settings) else None


@contextmanager
def announced(settings: Settings) -> Iterator[socket.socket | None]:
    """Listen on the socket of the home for as long as the block runs, and say so in the file. None where that is not
    possible: no such sockets, too long a path, a home that cannot be written to, another server."""
    listener = _listener(settings.home)
    if listener is None:
        yield None
        return
    inode = os.lstat(settings.home / SOCKET).st_ino
    try:
        _write(settings.home / FILE, presence_of(settings))
        yield listener
    finally:
        listener.close()
        with suppress(OSError):  # another server may have taken the place
            if os.lstat(settings.home / SOCKET).st_ino == inode:
                (settings.home / FILE).unlink(missing_ok=True)
                (settings.home / SOCKET).unlink()


def connected(home: Path, seconds: float) -> socket.socket:
    """Return a connection to the socket of a home. Raises ``OSError``."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        made.settimeout(seconds)
        made.connect(str(home / SOCKET))
    except BaseException:
        made.close()
        raise
    return made


def _listener(home: Path) -> socket.socket | None:
    place = home / SOCKET
    if not hasattr(socket, "AF_UNIX") or len(os.fsencode(place)) > MAX_SOCKET_PATH or not home.is_dir():
        return None
    with suppress(OSError):
        connected(home, 1.0).close()
        return None  # another server listens
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)  # there is no moment at which others may connect
    try:
        place.unlink(missing_ok=True)
        made.bind(str(place))
        made.listen(MAX_CONNECTIONS)
    except OSError:
        made.close()
        return None
    finally:
        os.umask(before)
    return made


def _write(file: Path, presence: Presence) -> None:
    values = {name: getattr(presence, name) for name in Presence.__dataclass_fields__}
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    with suppress(OSError):
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as opened:
            json.dump(values, opened)
        fresh.replace(file)


def _software() -> str:
    try:
        version = metadata.version("clew")
    except metadata.PackageNotFoundError:
        version = "0+source"
    return f"{version} {Path(__file__).parents[2]}"


def _digest(settings: Settings) -> str:
    """Return what tells settings apart that an answer, or whether it is stored, depends on."""
    said = (
        settings.model, settings.threshold, settings.ask_seconds, settings.keep_history, settings.history_days,
        os.environ.get("CLEW_EMBEDDER"), *(getattr(settings.of_model, n) for n in ("reasoning", "search", "score")),
        settings.of_model.evidence,
    )  # fmt: skip
    return hashlib.sha256(repr(tuple(map(str, said))).encode()).hexdigest()[:16]

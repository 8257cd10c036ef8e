"""API keys: who may do what in which graph. They are kept in one file of the home, without their secrets.

A key is ``clew_<id>_<secret>``, with 256 random bits in the secret. What is kept is its HMAC under a salt of its own. A
slow hash would add nothing: it makes words that people choose costly to guess, and nobody guesses 256 random bits.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from clew.api.schema.problems import KeysFailed, Unauthorized
from clew.api.settings import make_home
from clew.kg import limits
from clew.kg.errors import BadInput
from clew.kg.store.snapshot import storing, write_durably

OPERATIONS = ("ask", "read", "ingest", "admin")
"""What a key may allow: to ask questions, to look around, to load graphs, and to roll back and delete them."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
PREFIX = "clew_"
"""What every key begins with."""
_TOKEN = re.compile(rf"{PREFIX}([0-9a-f]{{12}})_([A-Za-z0-9_-]{{43}})")
_FORMAT = 1
_Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret. ``scopes``: texts that ``checked_scope`` accepts. ``created``, ``expires``: ISO 8601,
    UTC; None: it does not expire."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created: str
    expires: str | None
    salt: str
    digest: str

    @property
    def expired(self) -> bool:
        """Whether its time is over."""
        return self.expires is not None and datetime.fromisoformat(self.expires) <= datetime.now(UTC)

    def may(self, operation: str, graph: str | None = None) -> bool:
        """Whether it allows an operation in a graph; None: in any one."""
        allowed = (scope.partition(":") for scope in self.scopes)
        return any(named == operation and graph in (None, place or graph) for named, _, place in allowed)


def checked_scope(text: str) -> str:
    """Return a scope: ``ask`` (in all graphs) or ``ask:demo`` (in one). Raises ``BadInput``."""
    operation, colon, graph = text.partition(":")
    if operation not in OPERATIONS or (colon and not _NAME.fullmatch(graph)):
        raise BadInput(f"{text[:80]!r} is no scope: write one of {', '.join(OPERATIONS)}, or with a graph: ask:demo")
    return text


class KeyStore:
    """The keys of a home. Safe for threads and processes: a change by one is seen by all at the next request."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._stamp: _Stamp | None = None
        self._keys: dict[str, ApiKey] = {}

    def all(self) -> list[ApiKey]:
        """Return the keys, the oldest first. Raises ``KeysFailed``."""
        return list(self._current().values())

    @property
    def usable(self) -> bool:
        """Whether any key has not expired. Raises ``KeysFailed``."""
        return any(not key.expired for key in self.all())

    def add(self, name: str, scopes: tuple[str, ...], days: float | None = None) -> tuple[ApiKey, str]:
        """Make a key that is valid for so many days (None: for ever); return it and its text, which is kept nowhere.

        Raises ``BadInput`` for a name that cannot be used or is in use, a wrong scope, or too many keys, ``KeysFailed``
        and ``StorageFailed``.
        """
        if not _NAME.fullmatch(name):
            raise BadInput(f"{name[:80]!r} is no name for a key: 1 to 64 letters, digits, '.', '_' and '-'")
        scopes = tuple(dict.fromkeys(checked_scope(scope) for scope in scopes))
        now = datetime.now(UTC)
        until = None if days is None else _text(now + timedelta(days=days))
        secret, salt = secrets.token_urlsafe(32), secrets.token_hex(16)
        key = ApiKey(secrets.token_hex(6), name, scopes, _text(now), until, salt, _digest(salt, secret))
        with self._changing() as keys:
            if any(known.name == name for known in keys.values()):
                raise BadInput(f"there is a key {name!r} already; revoke it first, or use another name")
            if len(keys) >= limits.MAX_KEYS:
                raise BadInput(f"there are {len(keys)} keys; the limit is {limits.MAX_KEYS}: revoke one first")
            keys[key.id] = key
        return key, f"{PREFIX}{key.id}_{secret}"

    def revoke(self, name: str) -> ApiKey:
        """Delete a key, given by its name or its id. Raises ``BadInput`` if there is none, ``KeysFailed`` and
        ``StorageFailed``."""
        with self._changing() as keys:
            found = next((key for key in keys.values() if name in (key.name, key.id)), None)
            if found is None:
                raise BadInput(f"there is no key {name[:80]!r}; list them with: clew keys list")
            del keys[found.id]
        return found

    def identify(self, token: str) -> ApiKey:
        """Return the key that a text is. Raises ``Unauthorized`` if it is none, or expired, and ``KeysFailed``.

        Takes the same time for a wrong secret wherever it differs, and for an id that does not exist.
        """
        match = _TOKEN.fullmatch(token)
        key = self._current().get(match[1]) if match else None
        digest = _digest(key.salt if key else "", match[2] if match else "")
        right = hmac.compare_digest(digest, key.digest if key else _digest("", token))
        if key is None or not right:
            raise Unauthorized("the API key is wrong or was revoked")
        if key.expired:
            raise Unauthorized(f"the API key {key.name!r} has expired")
        return key

    def _current(self) -> dict[str, ApiKey]:
        """Return the keys by their ids, read again if the file has changed. Raises ``KeysFailed``."""
        try:
            stamp = self._look()
            with self._lock:
                if stamp != self._stamp:
                    self._keys, self._stamp = _read(self._file) if stamp else {}, stamp
                return self._keys
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise KeysFailed(f"the API keys, {self._file}, cannot be read: {error}") from error

    def _look(self) -> _Stamp | None:
        """Return what shows whether the file has changed; None: there is none."""
        try:
            found = self._file.stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_ino, found.st_size

    @contextmanager
    def _changing(self) -> Iterator[dict[str, ApiKey]]:
        """Let the block change the keys, one at a time, and write them for the owner only."""
        make_home(self._file.parent)
        with storing(self._file), self._file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            keys = dict(self._current())
            yield keys
            body = {"format": _FORMAT, "keys": [asdict(key) for key in keys.values()]}
            write_durably(self._file, json.dumps(body, indent=1).encode(), mode=0o600)


def _read(file: Path) -> dict[str, ApiKey]:
    """Read the keys. Raises ``OSError``, and other errors for a file that is damaged or that others may change."""
    if file.stat().st_mode & 0o002:
        raise ValueError(f"every user may change it; run: chmod 600 {file}")
    body = json.loads(file.read_text(encoding="utf-8"))
    if body["format"] != _FORMAT:
        raise ValueError(f"its format is {body['format']!r}, not {_FORMAT}")
    keys = [ApiKey(**{**entry, "scopes": tuple(map(checked_scope, entry["scopes"]))}) for entry in body["keys"]]
    for key in keys:
        _ = key.expired, bytes.fromhex(key.digest)  # must be readable now, not at a request
    return {key.id: key for key in keys}


def _digest(salt: str, secret: str) -> str:
    return hmac.new(salt.encode(), secret.encode(), hashlib.sha256).hexdigest()


def _text(when: datetime) -> str:
    return when.isoformat(timespec="seconds")

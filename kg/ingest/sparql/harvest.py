"""What a fetch has of an endpoint so far: a file of N-Triples, and beside it how far the fetch is."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xxhash

from clew.kg.ingest.sparql.endpoint import Endpoint, Share
from clew.kg.store.snapshot import storing

Hashes = np.ndarray[Any, np.dtype[np.uint64]]


class Harvest:
    """The distinct statements fetched into ``target``, and where to go on.

    ``count`` statements without repetition; ``last``, the lines of the latest page; ``share``, which of the endpoint's
    statements the pages are of; ``by_key``: whether they are fetched in the order of keys, the last of which is
    ``key``. After every page ``<name>.state`` says all this; a page half-written is dropped when the fetch is resumed.
    """

    def __init__(self, endpoint: Endpoint, target: Path) -> None:
        """Go on where an earlier fetch of the same endpoint and pattern broke off, else begin."""
        self.last: list[bytes] = []
        self.key: Sequence[str] | None = None
        self._seen: Hashes = np.empty(0, np.uint64)
        self.target, self._state = target, target.with_name(target.name + ".state")
        self._asked = hashlib.sha256(endpoint.asked.encode()).hexdigest()
        try:
            self._resume(json.loads(self._state.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError):
            self.clear()

    def _resume(self, noted: dict[str, Any]) -> None:
        if noted["asked"] != self._asked:
            raise ValueError("another endpoint")
        self._size, self.count, self.by_key = noted["bytes"], int(noted["count"]), bool(noted["by_key"])
        self.share = Share[noted["share"]]
        self.key = None if noted["key"] is None else tuple(map(str, noted["key"]))
        latest: deque[bytes] = deque(maxlen=noted["last"])
        self._seen = np.unique(_hashes(self._lines(latest)))
        self.last = list(latest)
        if len(self._seen) != self.count or not 0 < len(self.last) == noted["last"]:
            raise ValueError("another file")

    def _lines(self, latest: deque[bytes]) -> Iterator[bytes]:
        """The lines of the file as far as it was noted; ``latest`` holds on to the last ones."""
        left = self._size
        with self.target.open("rb") as stream:
            while left > 0:
                line = stream.readline(left)
                if not line.endswith(b"\n"):
                    raise ValueError("a file cut short")
                left -= len(line)
                latest.append(line[:-1])
                yield line[:-1]

    def clear(self, by_key: bool = False) -> None:
        """Begin anew."""
        self._size = self.count = 0
        self.last, self.key, self._seen = [], None, np.empty(0, np.uint64)
        self.share, self.by_key = (Share.GROUND if by_key else Share.ALL), by_key
        self.finish()
        with storing(self.target):
            self.target.write_bytes(b"")

    def fresh(self, lines: Iterable[bytes]) -> list[bytes]:
        """Return those lines that are not in the file yet."""
        given = list(lines)
        hashes = _hashes(given)
        place = np.searchsorted(self._seen, hashes)
        known = np.append(self._seen, np.uint64(0))[place] == hashes
        known &= place < len(self._seen)
        return [line for line, seen in zip(given, known.tolist(), strict=True) if not seen]

    def add(self, lines: Iterable[bytes], key: Sequence[str] | None = None) -> None:
        """Add those lines that are not in the file yet, and note how far the fetch is."""
        self.last, self.key = self.fresh(lines), key
        hashes = np.unique(_hashes(self.last))
        self._seen = np.insert(self._seen, np.searchsorted(self._seen, hashes), hashes)
        self.count += len(self.last)
        with storing(self.target):
            with self.target.open("r+b") as stream:
                stream.truncate(self._size)
                stream.seek(self._size)
                stream.write(b"".join(line + b"\n" for line in self.last))
                self._size = stream.tell()
            self._state.write_text(json.dumps(self._noted()), encoding="utf-8")

    def _noted(self) -> dict[str, Any]:
        return {
            "asked": self._asked,
            "bytes": self._size,
            "count": self.count,
            "last": len(self.last),
            "share": self.share.name,
            "by_key": self.by_key,
            "key": self.key,
        }

    def finish(self) -> None:
        """Forget how far the fetch is: the next one begins anew."""
        with storing(self._state):
            self._state.unlink(missing_ok=True)


def _hashes(lines: Iterable[bytes]) -> Hashes:
    return np.fromiter((xxhash.xxh3_64_intdigest(line) for line in lines), np.uint64)

"""The catalogue: named graphs, each with versions, under one home folder.

    graphs/<name>/current                 the published version: the name of its folder, replaced atomically
    graphs/<name>/<number>-<version>/     a snapshot; numbers grow, so they order the versions
    graphs/<name>/models/                 models trained on the graph (``training``)
    staging/<random>/                     what is being built; left over only by a process that died
    derived/<content hash>/<kind>/<...>   indices that upper layers made from a graph, safe to delete

A snapshot is built in ``staging``, flushed, renamed into place, and only then named by ``current``: killed at any
moment, a graph is at its old version or at the new one.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from clew.kg.errors import (
    BadInput,
    CorruptSnapshot,
    GraphExists,
    StorageFailed,
    UnknownGraph,
    UnknownVersion,
    VersionChanged,
)
from clew.kg.graph.graph import Graph
from clew.kg.limits import KEEP_VERSIONS, STAGING_GRACE_SECONDS
from clew.kg.store.delta import Delta
from clew.kg.store.delta_files import BASE, WHOLE, built, is_delta, read_delta, write_built
from clew.kg.store.integrity import Verified, verify_snapshot
from clew.kg.store.snapshot import (
    MANIFEST,
    open_snapshot,
    read_manifest,
    storing,
    sync_directory,
    verify_files,
    write_durably,
)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_FOLDER = re.compile(r"(\d{6,})-([0-9a-f]{12})")
_LOCK = ".lock"


class Catalogue:
    """Graphs by name under ``home``. Any number of processes may read; publications of one graph take turns."""

    def __init__(self, home: Path) -> None:
        self.home = Path(home)
        self._graphs, self._staging = self.home / "graphs", self.home / "staging"

    def names(self) -> list[str]:
        """The names of all graphs, sorted."""
        folders = self._graphs.iterdir() if self._graphs.is_dir() else ()
        return sorted(folder.name for folder in folders if (folder / "current").is_file())

    def versions(self, name: str) -> list[str]:
        """The versions kept of a graph, oldest first."""
        return [version for _, version in self._folders(self._existing(name))]

    def current(self, name: str) -> str:
        """The published version of a graph."""
        return self._version_of(self._current_folder(self._existing(name)))

    def resolve(self, name: str, version: str | None = None) -> str:
        """The full name of the published version, or of the only one that starts with ``version``.

        ``UnknownGraph``, ``UnknownVersion``.
        """
        return self._version_of(self.version_folder(name, version).name)

    def previous(self, name: str) -> str:
        """The version kept before the published one; ``UnknownVersion`` where it is the oldest."""
        versions, current = self.versions(name), self.current(name)
        place = versions.index(current)
        if place == 0:
            raise UnknownVersion(f"graph {name!r} has no version before {current!r}")
        return versions[place - 1]

    def open(self, name: str, version: str | None = None) -> Graph:
        """The graph at its published version, or at ``version`` (or a prefix of one).

        Takes milliseconds, but for the first opening of a version that an update made: that builds it.
        """
        place = self.version_folder(name, version)
        folder = self.folder(name, version)
        if is_delta(folder):
            try:
                folder = self._compacted(folder, name)
            except StorageFailed:  # a home that cannot be written to
                return built(folder, name)
        graph = open_snapshot(folder, name)
        self._check_version(graph.version, place)
        return graph

    def verify(self, name: str, version: str | None = None) -> Verified:
        """Check all files of a version (``kg.store.integrity.verify_snapshot``); ``CorruptSnapshot``."""
        place = self.version_folder(name, version)
        found = verify_snapshot(place, name)
        self._check_version(found.version, place)
        return found

    def _check_version(self, version: str, place: Path) -> None:
        """``CorruptSnapshot`` unless a version is the one that its folder is named after."""
        if version != self._version_of(place.name):
            raise CorruptSnapshot(f"{place}: it holds version {version}: files of another version were put here")

    def compact(self, name: str, version: str | None = None) -> bool:
        """Build the whole snapshot of a version that is kept as a change, unless that is done; return whether it was
        built. One that was damaged since is built again."""
        folder = self.version_folder(name, version)
        if not is_delta(folder):
            return False
        whole = folder / WHOLE
        if whole.exists():
            try:
                verify_files(whole)
                self._check_version(open_snapshot(whole, name).version, folder)
                return False
            except CorruptSnapshot:
                self._discard(whole)
        self._compacted(folder, name)
        return True

    def delta(self, name: str) -> tuple[Path, Delta]:
        """The published version as a whole snapshot's folder and the change since (none where it is whole itself)."""
        folder = self.folder(name)
        if is_delta(folder):
            return folder / BASE, read_delta(folder, name)
        return folder, Delta.of(open_snapshot(folder, name))

    def folder(self, name: str, version: str | None = None) -> Path:
        """The folder that a graph is opened from: a snapshot, or a change that no snapshot has been built of yet.

        ``UnknownGraph``, ``UnknownVersion``.
        """
        folder = self.version_folder(name, version)
        return folder / WHOLE if (folder / WHOLE / MANIFEST).is_file() else folder

    def version_folder(self, name: str, version: str | None = None) -> Path:
        """The folder that holds all that a version consists of; ``UnknownGraph`` or ``UnknownVersion``."""
        graph = self._existing(name)
        if version is None:
            return graph / self._current_folder(graph)
        found = [folder for folder, known in self._folders(graph) if known.startswith(version)] if version else []
        if len({self._version_of(folder) for folder in found}) != 1:
            known = ", ".join(self.versions(name))
            raise UnknownVersion(f"graph {name!r} has no unique version {version!r}; versions: {known}")
        return graph / found[-1]

    def models_folder(self, name: str) -> Path:
        """The folder for the models trained on a graph, whatever its version (not created); ``UnknownGraph``."""
        return self._existing(name) / "models"

    def _compacted(self, folder: Path, name: str) -> Path:
        """Build the graph of the change in ``folder`` and put it there in one step; another process may be first."""
        whole = folder / WHOLE
        with self.staging() as built_dir:
            write_built(folder, name, built_dir)
            with storing(folder):
                try:
                    built_dir.rename(whole)
                except OSError as error:
                    if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                        raise
                sync_directory(folder)
        return whole

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """A fresh folder to build a snapshot in, removed afterwards unless it was published."""
        with storing(self.home):
            self._staging.mkdir(parents=True, exist_ok=True)
            self._sweep()
            folder = self._staging / secrets.token_hex(8)
            folder.mkdir()
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder / "snapshot"
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)

    def publish(self, name: str, built_dir: Path, keep: int = KEEP_VERSIONS, expected: str | None = None) -> str:
        """Make the snapshot in ``built_dir`` (moved; on the same file system) the current version; return the version.

        Another publication of the same content replaces the earlier one. Of the others the newest ``keep`` stay.
        ``expected``: see ``check_current``, whose errors it raises at the moment of the change. ``StorageFailed`` where
        the disk refuses; the old version then stays current.
        """
        version = str(read_manifest(built_dir)["content_hash"])[:12]
        with storing(self.home):
            self._publish(self._path(name), built_dir, version, keep, expected)
        return version

    def check_current(self, name: str, expected: str | None) -> None:
        """Raise ``VersionChanged`` unless ``expected`` is the published version; where it is "", ``GraphExists`` if
        there is any. None: whatever it is."""
        if expected is None:
            return
        current = self.current(name) if (self._path(name) / "current").is_file() else ""
        if current != expected:
            if not expected:
                raise GraphExists(f"there is a graph {name!r} already")
            raise VersionChanged(f"the current version of {name!r} is {current or 'none'}, not {expected}")

    def _publish(self, graph: Path, built_dir: Path, version: str, keep: int, expected: str | None) -> None:
        graph.mkdir(parents=True, exist_ok=True)
        sync_directory(self._graphs)
        with (graph / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.check_current(graph.name, expected)
            earlier = self._folders(graph)
            number = int(earlier[-1][0].split("-")[0]) + 1 if earlier else 1
            folder = f"{number:06d}-{version}"
            built_dir.rename(graph / folder)
            sync_directory(graph)
            write_durably(graph / "current", folder.encode())
            sync_directory(graph)
            for old, known in earlier:
                if known == version:
                    self._discard(graph / old)
            self._collect(graph, keep)

    def use(self, name: str, version: str, expected: str | None = None) -> str:
        """Make a kept version the current one again (roll back, or forward); return it. ``expected``: as for
        ``publish``."""
        graph = self._existing(name)
        with storing(self.home), (graph / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.check_current(name, expected)
            folder = self.version_folder(name, version)
            write_durably(graph / "current", folder.name.encode())
            sync_directory(graph)
        return self._version_of(folder.name)

    def collect(self, name: str, keep: int = KEEP_VERSIONS) -> list[str]:
        """Delete all but the newest ``keep`` versions and the current one; return those deleted."""
        graph = self._existing(name)
        with (graph / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return self._collect(graph, keep)

    def remove(self, name: str, expected: str | None = None) -> None:
        """Delete a graph with all its versions, and the indices derived from them. ``expected``: as for ``publish``."""
        graph = self._existing(name)
        with (graph / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.check_current(name, expected)
            versions = self.versions(name)
            self._discard(graph)
        self._drop_derived(versions)

    def derived(self, graph: Graph, kind: str, fingerprint: str) -> Path:
        """The folder for one index made from ``graph`` (not created): of a ``kind``, for what ``fingerprint`` names.

        Keyed by the content hash and the label languages, since both decide what an index over a graph holds.
        """
        if not _NAME.fullmatch(kind):
            raise BadInput(f"not a kind of index: {kind!r}")
        parts = "\0".join((fingerprint, *graph.languages))
        return self.home / "derived" / graph.content_hash / kind / hashlib.sha256(parts.encode()).hexdigest()[:16]

    def change(self, name: str, version: str) -> Delta | None:
        """The change that a version was published as; None where it was published whole, or its change cannot be read
        any longer."""
        try:
            folder = self.version_folder(name, version)
            return read_delta(folder, name) if is_delta(folder) else None
        except (UnknownGraph, UnknownVersion, CorruptSnapshot):
            return None

    def derived_folders(self, version: str) -> list[Path]:
        """The folders that hold the indices made from a version."""
        return list((self.home / "derived").glob(f"{version}*"))

    def version_folders(self, name: str) -> list[tuple[Path, str]]:
        """(folder, version) of every version kept, oldest first, whatever its format."""
        graph = self._existing(name)
        return [(graph / folder, version) for folder, version in self._folders(graph)]

    def replace(self, name: str, folder: Path, built_dir: Path) -> None:
        """Put the snapshot in ``built_dir`` in the place of the version in ``folder``; current if that one is."""
        graph = self._existing(name)
        with storing(self.home), (graph / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            version = str(read_manifest(built_dir)["content_hash"])[:12]
            target = graph / f"{folder.name.split('-')[0]}-{version}"
            if not target.exists():  # left by one that was killed here
                built_dir.rename(target)
            sync_directory(graph)
            if self._current_folder(graph) == folder.name:
                write_durably(graph / "current", target.name.encode())
                sync_directory(graph)
            self._discard(folder)

    def check_name(self, name: str) -> None:
        """``BadInput`` unless ``name`` can be a graph's name."""
        self._path(name)

    # --- folders
    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise BadInput(
                f"invalid graph name {name!r}: use 1 to 64 letters, digits, '.', '_' or '-', and do not start with '.'"
            )
        return self._graphs / name

    def _existing(self, name: str) -> Path:
        graph = self._path(name)
        if not (graph / "current").is_file():
            known = ", ".join(self.names()) or "none yet"
            raise UnknownGraph(f"no graph {name!r}; known graphs: {known}")
        return graph

    def _current_folder(self, graph: Path) -> str:
        try:
            folder = (graph / "current").read_text(encoding="utf-8", errors="replace").strip()
        except OSError as error:
            raise CorruptSnapshot(f"{graph / 'current'}: {error.strerror or error}") from error
        if not _FOLDER.fullmatch(folder):
            raise CorruptSnapshot(f"{graph / 'current'}: {folder[:80]!r} is not the folder of a version")
        return folder

    def _folders(self, graph: Path) -> list[tuple[str, str]]:
        """(folder, version) of all snapshots of a graph, oldest first."""
        names = (entry.name for entry in graph.iterdir())
        found = [(name, match.group(2)) for name in names if (match := _FOLDER.fullmatch(name))]
        return sorted(found, key=lambda pair: int(pair[0].split("-")[0]))

    def _version_of(self, folder: str) -> str:
        return folder.rsplit("-", 1)[1]

    def _collect(self, graph: Path, keep: int) -> list[str]:
        current = self._current_folder(graph)
        others = [pair for pair in self._folders(graph) if pair[0] != current]
        surplus = others[: max(0, len(others) - max(keep - 1, 0))]
        for folder, _ in surplus:
            self._discard(graph / folder)
        self._drop_derived([version for _, version in surplus])
        return [version for _, version in surplus]

    def _drop_derived(self, versions: Iterable[str]) -> None:
        """Delete the indices derived from versions that no graph has any longer."""
        kept = {version for name in self.names() for version in self.versions(name)}
        for version in set(versions) - kept:
            for folder in self.derived_folders(version):
                shutil.rmtree(folder, ignore_errors=True)

    def _discard(self, folder: Path) -> None:
        """Move a folder out of sight in one step, then delete it; processes that mapped it keep their view."""
        self._staging.mkdir(parents=True, exist_ok=True)
        grave = self._staging / f"removed-{secrets.token_hex(8)}"
        folder.rename(grave)
        shutil.rmtree(grave, ignore_errors=True)

    def _sweep(self) -> None:
        """Delete what dead processes left in ``staging``: their locks are free."""
        for folder in self._staging.iterdir():
            with suppress(OSError):
                if folder.name.startswith("removed-"):
                    shutil.rmtree(folder, ignore_errors=True)
                    continue
                if time.time() - folder.stat().st_mtime < STAGING_GRACE_SECONDS:  # it may not have taken its lock yet
                    continue
                with os.fdopen(os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT), "w") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder, ignore_errors=True)

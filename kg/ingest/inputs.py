"""Resolves the inputs that a caller names: files, folders, glob patterns, standard input."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from clew.kg.errors import BadFile, BadInput
from clew.kg.ingest.formats import LINE_FORMATS, format_of_name, is_graph_file
from clew.kg.ingest.mapping.sqlite_files import LOGS, is_sqlite
from clew.kg.ingest.mapping.urls import is_database_url
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.streams import COMPRESSED, STDIN
from clew.kg.limits import MAX_PLAIN_BYTES


def is_small_and_plain(sources: Sequence[str | os.PathLike[str]], options: IngestOptions) -> bool:
    """Whether sources are files of up to ``MAX_PLAIN_BYTES`` in formats that are read line by line.

    Starting a process to parse them would take many times as long, and keep nothing away: nothing in them can expand,
    nest or name another file.
    """
    if options.labels or options.rows or any(is_database_url(os.fspath(source)) for source in sources):
        return False
    if not all(Path(source).is_file() for source in sources):
        return False
    formats = {options.format or format_of_name(os.fspath(source)) for source in sources}
    compressed = any(Path(source).suffix.lower() in COMPRESSED for source in sources)
    size = sum(Path(source).stat().st_size for source in sources)
    return formats <= LINE_FORMATS and not compressed and size <= MAX_PLAIN_BYTES


@dataclass(frozen=True, slots=True)
class Input:
    """A file to read: its ``path``, and the ``name`` that it has in the provenance of its statements."""

    path: str
    name: str


def expand(sources: Sequence[str]) -> list[Input]:
    """The files meant by ``sources``, each once, in sorted order: the graph must not depend on how they were listed.

    A folder stands for the files below it whose extension is that of a format and for SQLite databases; ``-`` for
    standard input. A file is called as it was given; by an absolute path, as it is called below the folder or pattern
    that was given, with as many more of its folders as tell it from the others. Raises ``BadFile`` for a source without
    files, and for a link in a folder to a file outside of it.
    """
    names: dict[str, str] = {}
    for source in sources:
        base, found = _files(source)
        if not found:
            raise BadFile(f"{source}: contains no graph file")
        for path in found:
            name = str(PurePath(path).relative_to(base)) if base else path
            names[path] = max(names.get(path, ""), name, key=len)
    if not names:
        raise BadInput("no input given")
    names = _each_once(names)
    _tell_apart(names)
    return [Input(path, names[path]) for path in sorted(names)]


def _each_once(names: dict[str, str]) -> dict[str, str]:
    """The paths that lead to different files: read twice, the blank nodes of one would be two."""
    chosen: dict[Path, str] = {}
    for path in sorted(names, key=lambda path: (-len(names[path]), path)):
        chosen.setdefault(Path(path).resolve(), path)
    return {path: names[path] for path in chosen.values()}


def not_loaded(sources: Sequence[str | os.PathLike[str]]) -> list[str]:
    """The files below the folders among ``sources`` that ``expand`` passes over, hidden ones aside."""
    folders = [Path(source) for source in sources if Path(source).is_dir()]
    below = {path for folder in folders for path in folder.rglob("*") if _is_seen(path, folder)}
    loaded = {Path(each.path).resolve() for each in expand([os.fspath(source) for source in sources])} if below else ()
    return sorted(str(path) for path in below if path.resolve() not in loaded)


def _is_seen(path: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return not hidden and path.is_file() and not path.name.endswith(LOGS)


def _files(source: str) -> tuple[str, list[str]]:
    """The files meant by a source, and the folder that none of their names tells: that of an absolute path."""
    path = Path(source)
    absolute = path.is_absolute()
    if source == STDIN or is_database_url(source) or path.is_file():
        return str(path.parent) if absolute else "", [source]
    if path.is_dir():
        return source if absolute else "", _below(path)
    if glob.has_magic(source):
        found = [path for path in glob.glob(source, recursive=True) if Path(path).is_file()]  # noqa: PTH207
        return str(_before_magic(path)) if absolute else "", found
    raise BadFile(f"{source}: no such file")


def _before_magic(pattern: Path) -> Path:
    """The folder of a pattern before the first part that stands for several."""
    return next(parent for parent in pattern.parents if not glob.has_magic(str(parent)))


def _tell_apart(names: dict[str, str]) -> None:
    """Give files of the same name more of their folders, from the last on, until their names differ."""
    while True:
        uses = Counter(names.values())
        shared = [path for path, name in names.items() if uses[name] > 1 and PurePath(path).is_absolute()]
        longer = {path: _longer(path, names[path]) for path in shared}
        if all(names[path] == name for path, name in longer.items()):
            return
        names |= longer


def _longer(path: str, name: str) -> str:
    parts, length = PurePath(path).parts[1:], len(PurePath(name).parts)
    return str(PurePath(*parts[-length - 1 :]))


def _below(folder: Path) -> list[str]:
    """The graph files below a folder. Links to folders are not followed, and links to files not to lead out of it: who
    loads a folder from somebody else must not publish files of their own."""
    found = [path for path in folder.rglob("*") if path.is_file() and _is_loaded(path)]
    inside = folder.resolve()
    for path in found:
        target = path.resolve()
        if not target.is_relative_to(inside):
            raise BadFile(f"{path}: a link to {target}, outside of the folder; to load that file, name it")
    return [str(path) for path in found]


def _is_loaded(path: Path) -> bool:
    return is_graph_file(path.name) or is_sqlite(str(path))

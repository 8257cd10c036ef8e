"""Resolves the inputs that a caller names: files, folders, glob patterns, standard input."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from pathlib import Path

from clew.kg.errors import BadFile, BadInput
from clew.kg.ingest.formats import LINE_FORMATS, format_of_name, is_graph_file
from clew.kg.ingest.mapping.sqlite import is_sqlite
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


def expand(sources: Sequence[str]) -> list[str]:
    """The files meant by ``sources``, each once, in sorted order: the graph must not depend on how they were listed.

    A folder stands for the files below it whose extension is that of a format and for SQLite databases; ``-`` for
    standard input. Raises
    ``BadFile`` for a source without files, and for a link in a folder to a file outside of it.
    """
    files: set[str] = set()
    for source in sources:
        if source == STDIN or is_database_url(source) or Path(source).is_file():
            found = [source]
        elif Path(source).is_dir():
            found = _below(Path(source))
        elif glob.has_magic(source):
            found = [path for path in glob.glob(source, recursive=True) if Path(path).is_file()]  # noqa: PTH207
        else:
            raise BadFile(f"{source}: no such file")
        if not found:
            raise BadFile(f"{source}: contains no graph file")
        files.update(found)
    if not files:
        raise BadInput("no input given")
    return sorted(files)


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

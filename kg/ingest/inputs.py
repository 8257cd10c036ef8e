"""Resolves the inputs that a caller names: files, folders, glob patterns, standard input."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from pathlib import Path

from clew.kg.errors import BadFile, BadInput
from clew.kg.ingest.formats import LINE_FORMATS, format_of_name, is_graph_file
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.streams import COMPRESSED, STDIN
from clew.kg.limits import MAX_PLAIN_BYTES


def is_small_and_plain(sources: Sequence[str | os.PathLike[str]], options: IngestOptions) -> bool:
    """Whether sources are files of up to ``MAX_PLAIN_BYTES`` in formats that are read line by line.

    Starting a process to parse them would take many times as long, and keep nothing away: nothing in them can expand,
    nest or name another file.
    """
    if options.labels or not all(Path(source).is_file() for source in sources):
        return False
    formats = {options.format or format_of_name(os.fspath(source)) for source in sources}
    compressed = any(Path(source).suffix.lower() in COMPRESSED for source in sources)
    size = sum(Path(source).stat().st_size for source in sources)
    return formats <= LINE_FORMATS and not compressed and size <= MAX_PLAIN_BYTES


def expand(sources: Sequence[str]) -> list[str]:
    """The files meant by ``sources``, each once, in sorted order: the graph must not depend on how they were listed.

    A folder stands for the files below it whose extension is that of a format; ``-`` for standard input.
    """
    files: set[str] = set()
    for source in sources:
        if source == STDIN or Path(source).is_file():
            found = [source]
        elif Path(source).is_dir():
            found = [str(path) for path in Path(source).rglob("*") if path.is_file() and is_graph_file(path.name)]
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

"""Reads the runnable blocks of a Markdown page.

* ```` ```console ```` holds commands after ``$ `` and, below each, lines its output must contain (``...`` skips any).
* ```` ```text file=NAME ```` (any language word) is written to NAME in the page's folder before anything runs.
* ```` ```python ```` is run as one script per page, in order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

BLOCK = re.compile(r"^```(?P<info>[^\n`]+)\n(?P<body>.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Command:
    """A command line and the output lines shown below it."""

    line: str
    output: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The runnable content of one page."""

    path: Path
    files: dict[str, str]
    commands: tuple[Command, ...]
    scripts: tuple[str, ...]


def read_page(path: Path) -> Page:
    """Return the runnable blocks of a page."""
    files: dict[str, str] = {}
    commands: list[Command] = []
    scripts: list[str] = []
    for block in BLOCK.finditer(path.read_text(encoding="utf-8")):
        language, *options = block["info"].split()
        named = [option.removeprefix("file=") for option in options if option.startswith("file=")]
        if named:
            files[named[0]] = block["body"]
        elif language == "console":
            commands += read_commands(block["body"])
        elif language == "python":
            scripts.append(block["body"])
    return Page(path, files, tuple(commands), tuple(scripts))


def read_commands(body: str) -> list[Command]:
    """Split a console block into commands, a trailing backslash continuing the line."""
    commands: list[Command] = []
    for chunk in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        joined = chunk.replace("\\\n", " ")
        line, _, output = joined.partition("\n")
        shown = tuple(x.rstrip() for x in output.splitlines() if x.strip() and x.strip() != "...")
        commands.append(Command(" ".join(line.split()), shown))
    return commands

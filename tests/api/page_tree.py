"""Runs the page's scripts over a result in a stand-in for a browser's document; the tree that they show."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

NODE = shutil.which("node")
UNSAFE = {"\u202e", "\x1b"}
ELEMENTS = {
    "section", "div", "h2", "h3", "p", "q", "span", "small", "mark", "progress", "ul", "li", "button", "code", "table",
    "thead", "tbody", "tr", "th", "td", "details", "summary", "pre", "svg", "defs", "marker", "path", "text", "g",
    "title", "rect", "s", "br", "output", "strong",
}  # fmt: skip


def shown_tree(folder: Path, given: dict[str, Any]) -> dict[str, Any]:
    """Return what the page shows of a ``result``, each of its paths inspected (``inspection``)."""
    tree: dict[str, Any] = json.loads(run(folder, "dom.mjs", given))
    return tree


def run(folder: Path, script: str, given: Any) -> str:
    """Return what a script of the folder ``page`` prints; it imports the page's scripts from its argument."""
    static = Path(str(resources.files("clew.api.rest").joinpath("static")))
    (folder / "package.json").write_text('{"type": "module"}')
    shutil.copytree(static, folder / "static", dirs_exist_ok=True)
    done = subprocess.run(
        [str(NODE), str(Path(__file__).parent / "page" / script), str(folder / "static")],
        input=json.dumps(given), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def elements(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield the elements of a tree."""
    if isinstance(tree, dict):
        yield tree
        for child in tree["children"]:
            yield from elements(child)


def texts(tree: Any) -> Iterator[str]:
    """Yield the texts of a tree."""
    if isinstance(tree, str):
        yield tree
    else:
        for child in tree["children"]:
            yield from texts(child)

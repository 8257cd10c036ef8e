"""Whatever ships is used by a command, a route or training, or stands in a folder that says that it is not."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("kg", "tries", "retrieval", "decoding", "training", "evaluation", "api")
ROOTS = (
    "clew",
    "clew.api.cli",
    "clew.api.rest.app",
    "clew.api.scale.app",
    "clew.kg.ingest.worker",
    "clew.retrieval.wordnet.build",
    "clew.training.pretrain",
    "clew.training.judge_fit",
    "clew.training.programs.rank",
    "clew.training.synthetic.associations",
)
APART = (
    "clew.decoding.reference",
    "clew.tries.reference",
    "clew.decoding.laws",
    "clew.retrieval.laws",
    "clew.tries.laws",
)
"""Reference implementations, and the laws of the ports (``docs/reference/ports.md``)."""


def modules() -> dict[str, Path]:
    found = {"clew": ROOT / "clew" / "__init__.py"}
    for file in (file for package in PACKAGES for file in (ROOT / package).rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        found[".".join(("clew", *parts)).removesuffix(".__init__")] = file
    return found


def named(file: Path) -> set[str]:
    """Every module that a file may name: imported anywhere in it, or spelled in a text (lazy commands, workers)."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("clew."):
            names.add(node.value)
    return names


def reached(known: dict[str, Path]) -> set[str]:
    found: set[str] = set()
    waiting = [name for name in known if name in ROOTS or name.startswith("clew.api.cli.")]
    while waiting:
        name = waiting.pop()
        if name in known and name not in found:
            found.add(name)
            waiting += named(known[name])
    return found


def test_every_module_is_reached_or_stands_apart() -> None:
    known = modules()
    found = reached(known)
    assert len(found) > 100
    apart = {name for name in known if name.startswith(APART)}
    packages = {name for name, file in known.items() if file.name == "__init__.py"}
    assert not sorted(set(known) - found - apart - packages)


def test_what_stands_apart_is_not_used_to_answer() -> None:
    known = modules()
    assert not sorted(name for name in reached(known) if name.startswith(APART) and known[name].name != "__init__.py")

"""Every limit lives in ``clew.kg.limits``, is positive, states its reason in the text under it, and is read.

A limit bounds time, memory, or what is shown; its name says so (``BOUND``). Other numbers stay beside the code that
they belong to: weights and thresholds of a judgement (``MIN_COSINE``, ``SURNAME_BEARERS``: when a word counts as a
name), sizes of batches and blocks, versions of formats.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import clew
from clew.kg import limits

LIMITS = Path(limits.__file__).resolve()
TREE = ast.parse(LIMITS.read_text(encoding="utf-8"))
NAMES = [node.targets[0].id for node in TREE.body if isinstance(node, ast.Assign)]  # type: ignore[attr-defined]
BOUND = re.compile(r"_?([A-Z0-9]+_)*(MAX|MOST|KEEP|KEPT|SHOWN|LIMIT|LONGEST|NAMED|CACHED|LOOKED|SAMPLED)(_[A-Z0-9]+)*")


def shipped() -> Iterator[tuple[str, ast.Module]]:
    """Each module of the installed package, ``kg.limits`` left out: its path and its syntax tree."""
    for root in (Path(folder) for folder in clew.__path__):
        for package in sorted(entry for entry in root.iterdir() if entry.is_dir()):
            for file in sorted(package.rglob("*.py")):
                if file.resolve() != LIMITS:
                    yield file.relative_to(root).as_posix(), ast.parse(file.read_text(encoding="utf-8"))


@cache
def modules() -> dict[str, ast.Module]:
    """All that is shipped: read when first asked for, not by every process that collects the tests."""
    return dict(shipped())


@pytest.mark.parametrize("name", NAMES)
def test_limit_has_a_positive_value(name: str) -> None:
    assert getattr(limits, name) > 0


def test_each_limit_is_followed_by_its_reason() -> None:
    for node, after in zip(TREE.body, [*TREE.body[1:], None], strict=True):
        if isinstance(node, ast.Assign):
            assert isinstance(after, ast.Expr), ast.unparse(node)
            assert isinstance(after.value, ast.Constant), ast.unparse(node)
            assert len(after.value.value) >= 20, ast.unparse(node)


def test_each_limit_has_a_name_of_its_own() -> None:
    assert [name for name, count in Counter(NAMES).items() if count > 1] == []


def test_all_packages_are_looked_at() -> None:
    packages = {"api", "decoding", "evaluation", "kg", "retrieval", "tries", "training"}
    assert packages <= {path.split("/")[0] for path in modules()}
    assert len(modules()) > 200


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("MAX_EDITS = 3", True),
        ("_MOST = 2**20", True),
        ("RERANK_MOST: int = 192", True),
        ("class A:\n    KEPT = 8", True),
        ("ALMOST = 3", False),
        ("MAX_EDITS = limits.MAX_EDITS", False),
        ("SHOWN = ('a', 'b')", False),
        ("def f():\n    return MAX_EDITS", False),
    ],
)
def test_what_counts_as_a_bound(source: str, found: bool) -> None:
    assert bool(bounds(ast.parse(source))) is found


def test_no_bound_is_set_elsewhere() -> None:
    assert [f"{path}: {bound}" for path, tree in modules().items() for bound in bounds(tree)] == []


def test_every_limit_is_read() -> None:
    read = {name for tree in modules().values() for name in names_read(tree)}
    assert [name for name in NAMES if name not in read] == []


def bounds(tree: ast.Module) -> list[str]:
    """Constants of a module or a class that are named like a bound and set to a number."""
    bodies = [tree.body, *(node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef))]
    return [
        ast.unparse(node)
        for body in bodies
        for node in body
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and BOUND.fullmatch(target.id) and is_number(node.value)
    ]


def is_number(node: ast.expr) -> bool:
    """Whether an expression is made of numbers alone."""
    parts = [part for part in ast.walk(node) if not isinstance(part, ast.operator | ast.unaryop)]
    return all(
        isinstance(part, ast.BinOp | ast.UnaryOp)
        or (isinstance(part, ast.Constant) and isinstance(part.value, int | float))
        for part in parts
    )


def names_read(tree: ast.Module) -> Iterator[str]:
    """Names that a module reads by themselves or as an attribute; an import alone reads nothing."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            yield node.attr
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id

"""Every limit lives in ``clew.kg.limits``, is positive, and gives its reason in the text under it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from clew.kg import limits

TREE = ast.parse(Path(limits.__file__).read_text(encoding="utf-8"))
NAMES = [node.targets[0].id for node in TREE.body if isinstance(node, ast.Assign)]  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", NAMES)
def test_limit_has_a_positive_value(name: str) -> None:
    assert getattr(limits, name) > 0


def test_each_limit_is_followed_by_its_reason() -> None:
    for node, after in zip(TREE.body, [*TREE.body[1:], None], strict=True):
        if isinstance(node, ast.Assign):
            assert isinstance(after, ast.Expr), ast.unparse(node)
            assert isinstance(after.value, ast.Constant), ast.unparse(node)
            assert len(after.value.value) >= 20, ast.unparse(node)

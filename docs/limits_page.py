"""Writes docs/reference/limits.md from kg/limits.py: python docs/limits_page.py"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from clew.kg import limits

PAGE = Path(__file__).parent / "reference" / "limits.md"
HEAD = """# Limits

Every constant limit of Clew, with its reason. The page is made from `kg/limits.py` (`make limits`). A limit that is
reached is reported: the result is `partial`, or there is an error that says which limit it was.
"""


def page() -> str:
    """Return the page: a table of name, value and reason for each section of the module."""
    source = Path(limits.__file__).read_text(encoding="utf-8")
    lines = [HEAD]
    for part in re.split(r"(?m)^# --- ", source)[1:]:
        title, _, body = part.partition("\n")
        lines += [f"## {title[0].upper()}{title[1:]}\n", "| limit | value | reason |", "|---|---:|---|"]
        lines += [f"| `{name}` | {_value(name)} | {reason} |" for name, reason in _reasons(body)]
        lines.append("")
    return "\n".join(lines)


def _reasons(body: str) -> Iterator[tuple[str, str]]:
    """Yield each constant of a section and the text behind it."""
    nodes = ast.parse(body).body
    for node, behind in pairwise(nodes):
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(behind, ast.Expr):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            yield ast.unparse(target), _text(ast.literal_eval(behind.value))


def _text(reason: str) -> str:
    return " ".join(reason.split()).replace("``", "`").replace("|", "\\|")


def _value(name: str) -> str:
    value = getattr(limits, name)
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else f"`{value}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

"""The page of limits is the one that is made from the limits."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from clew.kg import limits

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_page_is_made_from_the_limits() -> None:
    spec = importlib.util.spec_from_file_location("limits_page", DOCS / "limits_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    page = module.page()
    assert (DOCS / "reference" / "limits.md").read_text(encoding="utf-8") == page, "run: make limits"
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", page, re.MULTILINE)) == {
        name for name in vars(limits) if name.isupper()
    }

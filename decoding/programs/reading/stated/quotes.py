"""Quoted texts, in straight and curly quotation marks; apostrophes are none."""

from __future__ import annotations

import re

_QUOTED = re.compile(
    r"""["“”„]([^"“”„]{1,200})["“”]|«([^«»]{1,200})»"""
    r"""|(?<!\w)'(?!\d0s)(?=[^\s'])((?:[^']|'(?=\w)){1,200})(?<!\s)'(?!\w)"""
    r"""|‘((?:[^‘’]|’(?=\w)){1,200})’(?!\w)"""
)
_AROUND = 5
"""Characters before a quotation mark that opens the whole question."""


def quoted_at(text: str, start: int) -> tuple[str, int] | None:
    """Return the text in the quotation marks that begin at ``start``, and where they end; None where none do, or where
    they enclose the whole question."""
    match = _QUOTED.match(text, start)
    quoted = "" if match is None else next(filter(None, match.groups()), "").strip()
    if match is None or not quoted or quoted.lower() == "n":
        return None
    whole = start < _AROUND and not text[:start].strip() and not text[match.end() :].strip("?!. ")
    return None if whole else (quoted, match.end())

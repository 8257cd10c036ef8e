"""Quoted texts, in straight and curly quotation marks; apostrophes are none."""

from __future__ import annotations

import re

_QUOTED = re.compile(
    r"""["“”„]([^"“”„]{1,200})["“”]|«([^«»]{1,200})»"""
    r"""|(?<!\w)'(?!\d0s)(?=[^\s'])((?:[^']|'(?=\w)){1,200})(?<!\s)'(?!\w)"""
    r"""|‘((?:[^‘’]|’(?=\w)){1,200})’(?!\w)"""
)


def quoted_at(text: str, start: int) -> tuple[str, int] | None:
    """Return the text in the quotation marks that begin at ``start``, and where they end; None where none do."""
    match = _QUOTED.match(text, start)
    quoted = "" if match is None else next(filter(None, match.groups()), "").strip()
    return (quoted, match.end()) if match and quoted and quoted.lower() != "n" else None

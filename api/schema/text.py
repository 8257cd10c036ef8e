"""Escapes control characters, so that labels are safe in terminals, pages and JSON."""

from __future__ import annotations

import json
import re
from typing import Any

_UNSAFE = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 and C1 controls (ANSI sequences begin with ESC or CSI); tab and newline apart
    "\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # invisible, line-breaking and bidi controls
    "\ud800-\udfff"  # lone surrogates, which no encoding can write
    "\U000e0000-\U000e007f"  # tags
    "]"
)


def inert(text: str) -> str:
    """Return text with every control character spelled out (ESC becomes ``\\x1b``), on one line."""
    return _UNSAFE.sub(lambda match: _spelled(match[0]), text.replace("\n", "\\n").replace("\t", " "))


def _spelled(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def dumps(value: Any, indent: int | None = None) -> str:
    """Return JSON that is readable in any script and inert in a terminal: controls are JSON escapes."""
    return _UNSAFE.sub(_json_escape, json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False))


def _json_escape(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1]

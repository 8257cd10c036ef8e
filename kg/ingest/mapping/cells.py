"""Cells of databases as literals, as texts and as parts of keys."""

from __future__ import annotations

import datetime
import json
import math
import re
from decimal import Decimal

from clew.kg.terms.literal import NUL, Literal
from clew.kg.terms.vocabulary import XSD

_INTEGER = re.compile(r"-?(0|[1-9]\d{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9]\d*)?\.\d+")
_DOUBLE = re.compile(r"-?(\d+\.?\d*|\.\d+)[eE][+-]?\d{1,3}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?")
_TRUE, _FALSE = {"true", "t", "yes", "y", "1"}, {"false", "f", "no", "n", "0"}
_IN_KEYS = str.maketrans({"%": "%25", "/": "%2F", "#": "%23", NUL: "%00"})


def text_of(cell: object) -> str:
    """A cell as text without outer blanks, empty for bytes and for what is nothing. Whole numbers have no ``.0``."""
    if isinstance(cell, str):
        return cell.replace(NUL, "\ufffd").strip()
    if cell is None or isinstance(cell, bytes | memoryview):
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return _float(cell)
    if isinstance(cell, datetime.datetime):
        return cell.isoformat()
    if isinstance(cell, dict | list):
        return json.dumps(cell, ensure_ascii=False, default=str)
    return str(cell).replace(NUL, "\ufffd").strip()


def _float(number: float) -> str:
    text = repr(number)
    return text[:-2] if text.endswith(".0") else text


def key_part(cell: object) -> str:
    """A cell as a part of a key: no two cells that a database tells apart within a column give the same."""
    if isinstance(cell, bytes | memoryview):
        return "#" + bytes(cell).hex()
    text = cell if isinstance(cell, str) else text_of(cell)
    return text.translate(_IN_KEYS)


def number_of(cell: object) -> Literal | None:
    """The number that a cell is or reads as. A text with leading zeros or a plus sign is a code, no number."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, float | Decimal) and not math.isfinite(cell):
        return Literal({"inf": "INF", "-inf": "-INF"}.get(repr(float(cell)), "NaN"), XSD + "double")
    if not isinstance(cell, int | float | Decimal | str):
        return None
    text = text_of(cell)
    if isinstance(cell, int) or _INTEGER.fullmatch(text):
        return Literal(text, XSD + "integer") if isinstance(cell, int | str) else Literal(text, XSD + "decimal")
    if _DECIMAL.fullmatch(text) or (isinstance(cell, Decimal) and text.isdigit()):
        return Literal(text, XSD + "decimal")
    return Literal(text, XSD + "double") if _DOUBLE.fullmatch(text) else None


def date_of(cell: object) -> Literal | None:
    """The date, or date and time, that a cell is or reads as (ISO 8601, with a blank or a T between)."""
    if isinstance(cell, datetime.datetime):
        return Literal(cell.isoformat(), XSD + "dateTime")
    if isinstance(cell, datetime.date):
        return Literal(cell.isoformat(), XSD + "date")
    if isinstance(cell, datetime.time):
        return Literal(cell.isoformat(), XSD + "time")
    return _date_of_text(cell.strip()) if isinstance(cell, str) else None


def _date_of_text(text: str) -> Literal | None:
    found = _TIME.fullmatch(text)
    try:
        if _DATE.fullmatch(text):
            datetime.date.fromisoformat(text)
            return Literal(text, XSD + "date")
        if found is None:
            return None
        written = f"{found[1]}T{found[2]}{found[3] or ':00'}{found[5] or ''}"
        datetime.datetime.fromisoformat(written)
    except ValueError:
        return None
    return Literal(written, XSD + "dateTime")


def truth_of(cell: object) -> Literal | None:
    """The truth value that a cell is or stands for."""
    word = text_of(cell).lower()
    if word in _TRUE | _FALSE:
        return Literal(str(word in _TRUE).lower(), XSD + "boolean")
    return None


def is_truth_word(cell: object) -> bool:
    """Whether a cell is a truth value, or one of the words true and false."""
    return isinstance(cell, bool) or (isinstance(cell, str) and cell.strip().lower() in ("true", "false"))

"""How options for reading tables are written, on the command line and in addresses."""

from __future__ import annotations

from clew.kg.errors import BadInput


def delimiter_of(text: str | None) -> str | None:
    """Return the separator of cells; ``tab`` stands for a tab."""
    return {"tab": "\t", r"\t": "\t"}.get(text or "", text)


def quote_of(text: str | None) -> str | None:
    """Return the quoting character; ``none`` stands for that there is none."""
    return "" if text == "none" else text


def table_columns(text: str | None, option: str = "columns") -> tuple[str, str, str] | None:
    """Return the columns of ``head, relation, tail``. Raises ``BadInput``, which names the option."""
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 3 or not all(parts):
        raise BadInput(f"{option} needs three columns (head, relation, tail), such as 1,2,3; got {text[:80]!r}")
    return parts[0], parts[1], parts[2]

"""Shapers for the laws of shapers: one that changes nothing, and one that applies several in turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clew.decoding.search.shaper import Float64, Rows, Shaper, normalised


@dataclass(frozen=True, slots=True)
class Neutral:
    """Changes nothing."""

    def shape(self, logits: Float64, rows: Rows[Any]) -> Float64:
        """Return the logits."""
        return logits


@dataclass(frozen=True, slots=True)
class Stack:
    """Shapers one after the other."""

    shapers: tuple[Shaper, ...]

    def shape(self, logits: Float64, rows: Rows[Any]) -> Float64:
        """Return what the last shaper makes of what those before it made."""
        for shaper in self.shapers:
            logits = normalised(shaper.shape(logits, rows), rows.row_ptr)
        return logits

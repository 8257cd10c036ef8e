"""The port of models that can write text after a prompt. Importing it loads no model library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, Self, runtime_checkable

from clew.decoding.reasoner import Bounds
from clew.decoding.text.prompt import Template


class Evidence(StrEnum):
    """How evidence is shown."""

    TRIPLES = "triples"
    """``(head, relation, tail)`` as the graph states it, one a line, each once, in the order the paths walk them."""
    OUTLINE = "outline"
    """Nested points: an entity, under it the relations walked from it, under those what they reach."""


@dataclass(frozen=True, slots=True)
class Written:
    """A text. ``finished``: the model ended it, no limit did; ``partial``: time or the asker ended it. ``cost``: what
    writing took, by name."""

    text: str
    finished: bool
    partial: bool
    cost: Mapping[str, float]


@runtime_checkable
class TextWriter(Protocol):
    """A model that writes free text."""

    name: str
    evidence: Evidence
    """How it is shown the triples that it may write from."""

    def shown(self, evidence: Evidence) -> Self:
        """Return the same model, shown its triples in this form. Both share everything else."""

    def write_text(
        self, template: Template, fields: Mapping[str, str], sources: Sequence[str], bounds: Bounds
    ) -> Written:
        """Return what the model writes after a filled template, greedily, ``limits.MAX_EXPLANATION_TOKENS`` at most.

        ``sources`` are texts that it is likely to copy from; they change what it costs, never what is written.
        """

"""What the relations of a graph reach: classes, and literals."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reach:
    """What a directed relation reaches: ``shares`` names classes with the share of it that belongs to them (they may
    overlap), ``typed`` the share that belongs to any, ``literal`` the share of literals."""

    shares: tuple[tuple[str, float], ...] = ()
    typed: float = 0.0
    literal: float = 0.0


@dataclass(frozen=True, slots=True)
class Kinds:
    """What each directed relation reaches (2R), and the names of all classes of the graph."""

    reaches: tuple[Reach, ...]
    classes: tuple[str, ...] = ()


def unknown_kinds(num_directed: int) -> Kinds:
    """Return the kinds of a graph that tells none."""
    return Kinds((Reach(),) * num_directed)

"""Minimal pairs: plans that differ in one thing from another, and so does their question."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

from clew.training.programs.plan import (
    Combined,
    Condition,
    Entity,
    Extreme,
    Narrowed,
    Plan,
    Reached,
    Slot,
    Tabled,
    Total,
    Valued,
    Versus,
    Whether,
    slots_of,
)
from clew.training.programs.typed_graph import TypedGraph, WalkedRelation
from clew.tries.programs.tokens import Op

PAIRS = ("max/min", "before/after", "and/or", "and/not", "count/list", "direction", "class")
"""The kinds of minimal pairs."""
_OPPOSITE = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "max": "min", "min": "max"}


def twins(plan: Plan, typed: TypedGraph, rng: random.Random) -> Iterator[tuple[str, Plan]]:
    """Yield the kind and the other plan of the minimal pairs that a plan is one of, those that few plans have first."""
    found = [*_recombined(plan), *_turned(plan, typed), *_classed(plan, typed), *_opposites(plan)]
    rng.shuffle(found)
    yield from found
    if not found or rng.random() < 0.3:
        yield from _counted(plan)


def _opposites(plan: Plan) -> Iterator[tuple[str, Plan]]:
    match plan:
        case Extreme(how=how):
            yield "max/min", replace(plan, how=_OPPOSITE[how])
        case Versus(how=how):
            yield "before/after", replace(plan, how=_OPPOSITE[how])
        case Narrowed(_, _, (Condition(how=how) as only,)) if how in _OPPOSITE:
            yield "before/after", replace(plan, conditions=(replace(only, how=_OPPOSITE[how]),))
        case Reached() | Valued() | Total() | Whether() | Tabled():
            for kind, other in _opposites(plan.of):
                yield kind, replace(plan, of=other)  # type: ignore[arg-type]


def _recombined(plan: Plan) -> Iterator[tuple[str, Plan]]:
    """Yield a plan with "or" and with "not" for "and"."""
    match plan:
        case Combined(Op.AND, Reached(one, walk), Reached(other, second)) if walk is second:
            if isinstance(one, Entity) and isinstance(other, Entity):
                yield "and/or", Reached(Combined(Op.OR, one, other), walk)
        case Combined(Op.AND):
            yield "and/or", replace(plan, op=Op.OR)
            yield "and/not", replace(plan, op=Op.NOT)
        case Reached(Combined(Op.OR, Entity() as one, Entity() as other), walk):
            yield "and/or", Combined(Op.AND, Reached(one, walk), Reached(other, walk))


def _counted(plan: Plan) -> Iterator[tuple[str, Plan]]:
    match plan:
        case Total(Op.COUNT, of):
            yield "count/list", of
        case Reached() | Narrowed() | Combined():
            yield "count/list", Total(Op.COUNT, plan)


def _turned(plan: Plan, typed: TypedGraph) -> Iterator[tuple[str, Plan]]:
    """Yield the same relation in the other direction: from the same thing where it has both, else from what it led
    to."""
    match plan:
        case Reached(Entity(slot) as one, walk) if not walk.between.shared:
            turned = next(other for other in typed.walks if other.between is walk.between and other is not walk)
            if walk.source is not walk.target:
                node = int(typed.graph.neighbours(slot.node, walk.directed)[0])
                one = Entity(replace(slot, node=node, text=typed.graph.label(node)), turned.source)
            yield "direction", Reached(one, turned)


def _classed(plan: Plan, typed: TypedGraph) -> Iterator[tuple[str, Plan]]:
    """Yield a plan with a class more, or with the class left out."""
    match plan:
        case Narrowed(of, Slot(), ()):
            yield "class", of
        case Reached(_, WalkedRelation()) if roles := typed.roles_of(plan.kind):
            number = 1 + max(slot.number for slot in slots_of(plan))
            yield "class", Narrowed(plan, Slot(number, Op.CLS, roles[0].node, cls=roles[0]), (), roles[0])

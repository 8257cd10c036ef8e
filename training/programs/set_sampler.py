"""Draws the sets that programs are made of: of a class, reached from an entity, narrowed, shared, ranked."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import combinations, islice
from typing import TypeVar

from clew.kg.terms.typed.interval import Interval
from clew.kg.terms.typed.quantity import Quantity
from clew.training.programs.plan import (
    Combined,
    Condition,
    Dated,
    Entity,
    Extreme,
    Members,
    Narrowed,
    Reached,
    SetPlan,
    Slot,
)
from clew.training.programs.plan_values import meeting, nodes_of
from clew.training.programs.stated_values import Stated, decade_of, stated_near, stated_size, year_stated
from clew.training.programs.typed_graph import ClassAttribute, GraphClass, TypedGraph, WalkedRelation
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.tokens import Op

P = TypeVar("P", bound=SetPlan)
_TRIES = 8
_PAIRS = 12


class NoSuchPlan(Exception):
    """A graph has nothing of the kind that was to be drawn; another kind is drawn then."""


class SetSampler:
    """Draws sets over one graph. None of them is empty."""

    def __init__(self, typed: TypedGraph, algebra: Algebra, rng: random.Random) -> None:
        self._typed, self._algebra, self._rng = typed, algebra, rng
        self._slots = 0

    def restart(self) -> None:
        """Number the slots of the next plan from 0."""
        self._slots = 0

    def known(self, plan: P) -> P:
        """Return a plan whose set is not empty."""
        if not len(nodes_of(plan, self._algebra)):
            raise NoSuchPlan
        return plan

    # --- named
    def named(self, node: int, kind: GraphClass) -> Entity:
        """Return a node as an entity that the question names."""
        label = self._typed.graph.label(node)
        return Entity(self._slot(Op.ENT, node=node, text=label), kind)

    def entity(self, kind: GraphClass) -> Entity:
        """Return an entity of a class."""
        return self.named(self._rng.choice(self._typed.members(kind)), kind)

    def class_of(self, kind: GraphClass) -> Members:
        """Return the members of a class."""
        return Members(self._slot(Op.CLS, node=kind.node, cls=kind), kind)

    def members(self) -> Members:
        """Return the members of any class."""
        kinds = [*self._typed.classes, *(role for role, _ in self._typed.roles if self._rng.random() < 0.5)]
        return self.class_of(self._rng.choice(kinds))

    # --- reached
    def reached(self, kind: GraphClass | None = None) -> SetPlan:
        """Return what a relation reaches from an entity; of one class where several share the relation."""
        walks = list(self._typed.walks if kind is None else self._typed.reaching(kind))
        if not walks:
            raise NoSuchPlan
        walk = self._rng.choice(walks)
        for _ in range(_TRIES):
            found = Reached(self.entity(walk.source), walk)
            if len(nodes_of(found, self._algebra)):
                return self._of_one_class(found)
        raise NoSuchPlan

    def onward(self, plan: SetPlan) -> SetPlan:
        """Return what a relation reaches from a set, but not back the way it came."""
        came = plan.walk.between if isinstance(plan, Reached) else None
        walks = [walk for walk in self._typed.leaving(plan.kind) if walk.between is not came]
        if not walks:
            raise NoSuchPlan
        return self.known(Reached(plan, self._rng.choice(walks)))

    def dated(self) -> Dated:
        """Return what a relation reaches from an entity in a year, which is not all that it ever did."""
        walks = [walk for walk in self._typed.walks if walk.between.dated and not walk.between.shared]
        if not walks:
            raise NoSuchPlan
        for _ in range(_TRIES):
            walk = self._rng.choice(walks)
            of = Reached(self.entity(walk.source), walk)
            found = Dated(of, self._literal(year_stated(self._rng)))
            if 0 < len(nodes_of(found, self._algebra)) < len(nodes_of(of, self._algebra)):
                return found
            self.restart()
        raise NoSuchPlan

    def meeting(self, same: bool) -> SetPlan:
        """Return what two entities lead to, which is less than each does; ``same``: by the same relation."""
        rng, kinds = self._rng, self._typed.classes
        for _ in range(_TRIES):
            kind = rng.choice(kinds)
            ways = self._ways_to(rng.choice(self._typed.members(kind)), kind)
            rng.shuffle(ways)
            for (walk, source), (other, second) in islice(combinations(ways, 2), _PAIRS):
                if source != second and (walk is other) is same and self._narrows(walk, source, other, second):
                    one, two = self.named(source, walk.source), self.named(second, other.source)
                    return Combined(Op.AND, Reached(one, walk), Reached(two, other))
        raise NoSuchPlan

    def _narrows(self, walk: WalkedRelation, source: int, other: WalkedRelation, second: int) -> bool:
        algebra = self._algebra
        one, two = (
            algebra.hop(algebra.entity(source), walk.directed),
            algebra.hop(algebra.entity(second), other.directed),
        )
        return 0 < len(algebra.both(one, two)) < min(len(one), len(two))

    # --- narrowed
    def of_role(self) -> SetPlan:
        """Return those of a set reached that are of a class by what they do, or of one that shares the relation."""
        rng = self._rng
        for _ in range(_TRIES):
            wholes = [whole for _, whole in self._typed.roles]
            plan = self.reached(rng.choice(wholes) if wholes and rng.random() < 0.8 else None)
            if isinstance(plan, Narrowed):
                return plan
            for role in self._typed.roles_of(plan.kind):
                found = Narrowed(plan, self._slot(Op.CLS, node=role.node, cls=role), (), role)
                if 0 < len(nodes_of(found, self._algebra)) < len(nodes_of(plan, self._algebra)):
                    return found
            self.restart()
        raise NoSuchPlan

    def conditioned(self, plan: SetPlan) -> SetPlan:
        """Return those of a set that meet a condition."""
        attribute = self._attribute_of(plan)
        for _ in range(_TRIES):
            condition = self._condition(attribute)
            left = meeting(condition, nodes_of(plan, self._algebra), self._algebra)
            if 0 < len(left) < len(nodes_of(plan, self._algebra)):
                return self._narrowed(plan, (condition,))
        raise NoSuchPlan

    def unmet(self, plan: SetPlan) -> SetPlan:
        """Return those of a set that meet a condition, of which there are none."""
        attribute = self._attribute_of(plan)
        for _ in range(_TRIES):
            condition = self._condition(attribute)
            some = nodes_of(plan, self._algebra)
            if not len(meeting(condition, some, self._algebra)):
                return self._narrowed(plan, (condition,))
        raise NoSuchPlan

    def ranged(self, plan: SetPlan) -> SetPlan:
        """Return those of a set with a value between two."""
        attribute = self._attribute_of(plan)
        for _ in range(_TRIES):
            ends = sorted((self._near(attribute, False) for _ in range(2)), key=_size)
            how = zip((">=", "<="), ends, strict=True)
            conditions = tuple(Condition(attribute, op, self._literal(end)) for op, end in how)
            if _size(ends[0]) < _size(ends[1]) and len(nodes_of(self._narrowed(plan, conditions), self._algebra)):
                return self._narrowed(plan, conditions)
        raise NoSuchPlan

    def extreme(self, plan: SetPlan, size: int) -> Extreme:
        """Return the first of a set by an attribute; ``size`` of them, where it is not 0."""
        attribute = self._attribute_of(plan)
        limit = self._literal(stated_size(self._rng, size)) if size else None
        return self.known(Extreme(plan, attribute, self._rng.choice(("max", "min")), limit))

    # --- insides
    def _slot(self, op: Op, **given: object) -> Slot:
        self._slots += 1
        return Slot(self._slots - 1, op, **given)  # type: ignore[arg-type]

    def _literal(self, stated: Stated) -> Slot:
        return self._slot(Op.LIT, literal=stated.literal, text=stated.words)

    def _of_one_class(self, found: Reached) -> SetPlan:
        """Return a set reached, of one class: not all of it where several classes have the relation."""
        head = found.walk.between.head
        if found.walk.forward or not found.walk.between.shared:
            return found
        own = Narrowed(found, self._slot(Op.CLS, node=head.node, cls=head), (), head)
        left, every = (len(nodes_of(plan, self._algebra)) for plan in (own, found))
        if not left:
            raise NoSuchPlan
        return own if left < every else found

    def _ways_to(self, member: int, kind: GraphClass) -> list[tuple[WalkedRelation, int]]:
        """Return the relations to a member, each with the entity that it comes from."""
        graph = self._typed.graph
        return [
            (walk, source)
            for walk in self._typed.reaching(kind)
            if not walk.between.shared
            for source in graph.neighbours(member, _back(walk, graph.num_relations)).tolist()
        ]

    def _attribute_of(self, plan: SetPlan) -> ClassAttribute:
        attributes = self._typed.attributes_of(plan.kind)
        if not attributes or len(nodes_of(plan, self._algebra)) < 2:
            raise NoSuchPlan
        return self._rng.choice(attributes)

    def _near(self, attribute: ClassAttribute, exact: bool) -> Stated:
        if not attribute.texts:
            raise NoSuchPlan
        return stated_near(self._rng, attribute.words, self._rng.choice(attribute.texts), exact)

    def _condition(self, attribute: ClassAttribute) -> Condition:
        rng = self._rng
        how = rng.choice((">", ">", ">", "<", "<", "<", ">=", ">=", "<=", "="))
        if attribute.words.time and rng.random() < 0.35:
            how = "="
        if attribute.words.time and how == "=" and rng.random() < 0.4 and attribute.texts:
            return Condition(attribute, how, self._literal(decade_of(rng.choice(attribute.texts))))
        return Condition(attribute, how, self._literal(self._near(attribute, how == "=")))

    def _narrowed(self, plan: SetPlan, conditions: tuple[Condition, ...]) -> Narrowed:
        if isinstance(plan, Narrowed):
            return Narrowed(plan.of, plan.cls, (*plan.conditions, *conditions), plan.kind)
        return Narrowed(plan, None, conditions, plan.kind)


def _back(walk: WalkedRelation, size: int) -> int:
    """Return the same relation in the other direction."""
    return walk.directed + size if walk.forward else walk.directed - size


def _size(stated: Stated) -> Fraction:
    """Return a number that orders the literals of one attribute."""
    value = stated.literal.typed
    assert isinstance(value, Quantity | Interval)
    return Fraction(value.amount if isinstance(value, Quantity) else value.start)

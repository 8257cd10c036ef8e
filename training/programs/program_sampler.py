"""Draws plans of programs over a typed graph, by skeletons in the proportions of real questions."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from clew.training.programs.plan import (
    Combined,
    CountedColumn,
    Entity,
    Extreme,
    Grouped,
    Members,
    Narrowed,
    Plan,
    PlanColumn,
    Reached,
    SetPlan,
    Summed,
    Tabled,
    Total,
    Valued,
    Versus,
    Whether,
)
from clew.training.programs.plan_values import nodes_of
from clew.training.programs.set_sampler import NoSuchPlan, SetSampler
from clew.training.programs.typed_graph import ClassAttribute, TypedGraph, WalkedRelation
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.tokens import Op

SKELETONS = {
    "chain": 16, "class": 2, "class filter": 9, "filter": 9, "role": 10, "conjunction": 10, "both": 8, "range": 9,
    "superlative": 8, "top": 6, "degree": 6, "pick": 4, "count": 9, "whether": 5, "member": 5, "versus": 4,
    "without": 6, "or": 5, "columns": 7, "group": 10, "total": 5, "nested": 8, "dated": 5,
}  # fmt: skip
"""How often each kind of question is drawn: as in logs of questions that people ask of graphs and of databases."""
_TRIES = 30


class ProgramSampler:
    """Draws plans over one graph."""

    def __init__(self, typed: TypedGraph, algebra: Algebra, rng: random.Random) -> None:
        self._typed, self._algebra, self._rng = typed, algebra, rng
        self._sets = SetSampler(typed, algebra, rng)
        self._makers: dict[str, Callable[[], Plan]] = {
            "chain": self._chain,
            "class": self._sets.members,
            "class filter": lambda: self._sets.conditioned(self._sets.members()),
            "filter": lambda: self._sets.conditioned(self._sets.reached()),
            "role": lambda: self._sets.of_role(),
            "conjunction": self._conjunction,
            "both": lambda: self._sets.meeting(same=True),
            "range": lambda: self._sets.ranged(self._base()),
            "superlative": lambda: self._superlative(0),
            "top": lambda: self._superlative(rng.choice((2, 3, 3, 4, 5))),
            "degree": self._degree,
            "pick": self._pick,
            "count": lambda: Total(Op.COUNT, self._set()),
            "dated": self._sets.dated,
            "whether": self._whether,
            "member": self._member,
            "versus": self._versus,
            "without": self._without,
            "or": self._either,
            "columns": self._columns,
            "group": self._grouped,
            "total": self._total,
            "nested": self._nested,
        }

    def draw(self) -> tuple[str, Plan] | None:
        """Return the name of a skeleton, and a plan of it whose sets are not empty; None where the graph has none."""
        names, weights = list(SKELETONS), list(SKELETONS.values())
        for _ in range(_TRIES):
            name = self._rng.choices(names, weights)[0]
            self._sets.restart()
            try:
                return name, self._makers[name]()
            except NoSuchPlan:
                continue
        return None

    # --- sets
    def _base(self) -> SetPlan:
        """Return a set that may be narrowed further: of a class, or reached."""
        return self._sets.members() if self._rng.random() < 0.5 else self._sets.reached()

    def _set(self) -> SetPlan:
        """Return a set as people count them."""
        rng = self._rng
        makers = (
            lambda: self._sets.reached(), lambda: self._sets.reached(), lambda: self._sets.conditioned(self._base()),
            lambda: self._sets.members(), lambda: self._sets.meeting(same=False), lambda: self._without(),
            lambda: self._sets.of_role(), lambda: self._either(), lambda: self._two_hops(),
        )  # fmt: skip
        return rng.choice(makers)()

    def _chain(self) -> SetPlan:
        rng, found = self._rng, self._sets.reached()
        for _ in range(rng.choice((0, 0, 1, 1, 2))):
            found = self._sets.onward(found)
        if rng.random() < 0.2 and (attributes := self._typed.attributes_of(found.kind)):
            of = self._sets.entity(found.kind) if rng.random() < 0.5 else found
            return self._sets.known(Valued(of, rng.choice(attributes)))
        return found

    def _two_hops(self) -> SetPlan:
        return self._sets.onward(self._sets.reached())

    def _conjunction(self) -> SetPlan:
        found = self._sets.meeting(same=False)
        return self._sets.conditioned(found) if self._rng.random() < 0.2 else found

    def _without(self) -> SetPlan:
        rng, draw = self._rng, self._rng.random()
        base = self._base()
        if draw < 0.25 and isinstance(base, Reached):
            inside = nodes_of(base, self._algebra).nodes.tolist()
            if len(inside) > 1:
                return Combined(Op.NOT, base, self._sets.named(rng.choice(inside), base.kind))
        walks = self._typed.reaching(base.kind)
        if not walks:
            raise NoSuchPlan
        walk = rng.choice(walks)
        if draw < 0.5 and isinstance(base, Members) and walk.source is not base.kind:
            return self._sets.known(Combined(Op.NOT, base, Reached(self._sets.class_of(walk.source), walk)))
        return self._sets.known(Combined(Op.NOT, base, Reached(self._sets.entity(walk.source), walk)))

    def _either(self) -> SetPlan:
        """Return what is reached from either of two entities, two classes, or what two relations reach."""
        rng, draw = self._rng, self._rng.random()
        one = self._sets.reached()
        if draw < 0.6 and isinstance(one, Reached):
            assert isinstance(one.of, Entity)
            other = self._sets.entity(one.walk.source)
            return self._sets.known(Reached(Combined(Op.OR, one.of, other), one.walk))
        if draw < 0.7 and len(self._typed.classes) > 1:
            self._sets.restart()
            kinds = rng.sample(self._typed.classes, 2)
            return Combined(Op.OR, self._sets.class_of(kinds[0]), self._sets.class_of(kinds[1]))
        second = self._sets.reached(one.kind)
        if isinstance(one, Reached) and isinstance(second, Reached) and one.walk is second.walk:
            raise NoSuchPlan  # it is shorter as one hop from both
        return self._sets.known(Combined(Op.OR, one, second))

    # --- the most and the least
    def _superlative(self, size: int) -> SetPlan:
        rng = self._rng
        base = self._base() if rng.random() < 0.75 else self._sets.conditioned(self._base())
        best = self._sets.extreme(base, size)
        if not size and rng.random() < 0.15 and (attributes := self._typed.attributes_of(base.kind)):
            return self._sets.known(Valued(best, rng.choice(attributes)))
        return best

    def _degree(self) -> Extreme:
        base = self._base()
        walks = self._typed.leaving(base.kind)
        if not walks:
            raise NoSuchPlan
        found = Extreme(base, self._rng.choice(walks), self._rng.choice(("max", "max", "min")))
        self._sets.known(found)
        return found

    def _pick(self) -> SetPlan:
        attribute = self._attribute()
        one, other = self._two_of(attribute)
        return self._sets.known(Extreme(Combined(Op.OR, one, other), attribute, self._rng.choice(("max", "min"))))

    def _nested(self) -> SetPlan:
        """Return what a relation reaches from the best of a set, from a narrowed set, or from a shared one."""
        rng = self._rng
        makers = (
            lambda: self._superlative(0), lambda: self._degree(), lambda: self._sets.conditioned(self._sets.members()),
            lambda: self._sets.meeting(same=False),
        )  # fmt: skip
        inner = rng.choice(makers)()
        if isinstance(inner, Valued):
            raise NoSuchPlan
        return self._sets.onward(inner)

    # --- what is no set
    def _whether(self) -> Plan:
        """Return a question whether there are any: in a third of them there are none."""
        return Whether(self._sets.unmet(self._base()) if self._rng.random() < 0.33 else self._set())

    def _member(self) -> Plan:
        """Return a question whether a set holds an entity: it does in about half of them."""
        rng = self._rng
        if rng.random() < 0.25:
            kind = rng.choice((*self._typed.classes, *(role for role, _ in self._typed.roles)))
            return Whether(self._sets.class_of(kind), self._sets.entity(rng.choice(self._typed.classes)))
        asked = self._sets.reached()
        inside = nodes_of(asked, self._algebra).nodes.tolist()
        named = self._typed.members(asked.kind) if rng.random() < 0.5 else inside
        return Whether(asked, self._sets.named(rng.choice(named), asked.kind))

    def _versus(self) -> Plan:
        attribute = self._attribute()
        one, other = self._two_of(attribute)
        return Versus(one, other, attribute, self._rng.choice((">", "<")))

    def _columns(self) -> Plan:
        rng = self._rng
        if rng.random() < 0.12:
            busiest = self._degree()
            assert isinstance(busiest.by, WalkedRelation)
            return Tabled(busiest, (CountedColumn(busiest.by),))
        of = self._sets.entity(rng.choice(self._typed.classes)) if rng.random() < 0.25 else self._set()
        leaving = self._typed.leaving(of.kind)
        columns: list[PlanColumn] = [
            *self._typed.attributes_of(of.kind),
            *(walk for walk in leaving if walk.forward),
            *(CountedColumn(walk) for walk in leaving if not walk.forward and not isinstance(of, Entity)),
        ]
        size = 2 if isinstance(of, Entity) else rng.choice((1, 1, 2))
        if len(columns) < size or _is_mixed(of):
            raise NoSuchPlan
        return Tabled(of, tuple(rng.sample(columns, size)))

    def _grouped(self) -> Plan:
        rng = self._rng
        of = self._sets.conditioned(self._base()) if rng.random() < 0.25 else self._base()
        walks = [walk for walk in self._typed.leaving(of.kind) if walk.forward]
        attributes = [one for one in self._typed.attributes_of(of.kind) if not one.words.time]
        if not walks:
            raise NoSuchPlan
        if not attributes or rng.random() < 0.5:
            return Grouped(of, rng.choice(walks), Op.COUNT)
        (op, attribute), *more = self._totals(attributes, rng.choice((1, 1, 1, 2, 2)), alone=(Op.MIN, Op.MAX))
        return Grouped(of, rng.choice(walks), op, attribute, tuple(more))

    def _total(self) -> Plan:
        of = self._base() if self._rng.random() < 0.6 else self._sets.conditioned(self._base())
        attributes = [one for one in self._typed.attributes_of(of.kind) if not one.words.time]
        if not attributes:
            raise NoSuchPlan
        (op, attribute), *more = self._totals(attributes, self._rng.choice((1, 1, 1, 2, 2, 3)))
        return Total(op, of, attribute, tuple(more))

    def _totals(self, attributes: Sequence[ClassAttribute], size: int, alone: tuple[Op, ...] = ()) -> list[Summed]:
        """Return so many totals, of one attribute in most cases; ``alone``: also these, where there is one."""
        rng, one = self._rng, self._rng.choice(attributes)
        also = (Op.MIN, Op.MAX) if size > 1 else alone
        same = rng.random() < 0.7 or len(attributes) == 1
        of = [one if same or not at else rng.choice(attributes) for at in range(size)]
        found = dict.fromkeys((rng.choice((*_totalling(attribute), *also)), attribute) for attribute in of)
        if len(found) == 1 and next(iter(found))[0] not in (Op.SUM, Op.AVG, *alone):
            raise NoSuchPlan  # those with the greatest are asked for otherwise
        return list(found)

    # --- parts
    def _attribute(self) -> ClassAttribute:
        if not self._typed.attributes:
            raise NoSuchPlan
        return self._rng.choice(self._typed.attributes)

    def _two_of(self, attribute: ClassAttribute) -> tuple[Entity, Entity]:
        members = self._typed.members(attribute.owner)
        if len(members) < 2:
            raise NoSuchPlan
        one, other = self._rng.sample(members, 2)
        return self._sets.named(one, attribute.owner), self._sets.named(other, attribute.owner)


def _totalling(attribute: ClassAttribute) -> tuple[Op, ...]:
    return (Op.SUM, Op.AVG) if attribute.words.summed else (Op.AVG,)


def _is_mixed(plan: SetPlan) -> bool:
    """Return whether a set has members of two classes."""
    of = plan.of if isinstance(plan, Narrowed) else plan
    return isinstance(of, Combined) and of.op is Op.OR and of.one.kind is not of.other.kind

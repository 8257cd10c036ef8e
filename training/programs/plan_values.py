"""What the sets of a plan hold."""

from __future__ import annotations

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
    Valued,
)
from clew.training.programs.typed_graph import WalkedRelation
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.sets import NodeSet
from clew.tries.programs.tokens import Op


def nodes_of(plan: SetPlan, algebra: Algebra) -> NodeSet:
    """Return the set that a plan stands for."""
    match plan:
        case Entity(slot):
            return algebra.entity(slot.node)
        case Members(slot):
            return algebra.members(slot.node)
        case Reached(of, walk):
            return algebra.hop(nodes_of(of, algebra), walk.directed)
        case Valued(of, attribute):
            return algebra.hop(nodes_of(of, algebra), attribute.relation)
        case Narrowed(of, cls, conditions):
            found = nodes_of(of, algebra)
            found = found if cls is None else algebra.typed(found, cls.node)
            for condition in conditions:
                found = meeting(condition, found, algebra)
            return found
        case Dated(of, slot):
            assert slot.literal is not None
            source, walk = nodes_of(of.of, algebra), of.walk
            return algebra.during(source, walk.directed, algebra.hop(source, walk.directed), slot.literal)
        case Extreme(of, by, how, size):
            pick = algebra.busiest if isinstance(by, WalkedRelation) else algebra.extreme
            relation = by.directed if isinstance(by, WalkedRelation) else by.relation
            return pick(nodes_of(of, algebra), relation, how, _limit(size))
    return _combined(plan, algebra)


def meeting(condition: Condition, some: NodeSet, algebra: Algebra) -> NodeSet:
    """Return those of a set that meet a condition."""
    literal = condition.slot.literal
    assert literal is not None
    return algebra.compared(some, condition.attribute.relation, condition.how, literal)


def _limit(size: Slot | None) -> int:
    return 1 if size is None or size.literal is None else int(size.literal.lexical)


def _combined(plan: Combined, algebra: Algebra) -> NodeSet:
    join = {Op.AND: algebra.both, Op.OR: algebra.either, Op.NOT: algebra.without}[plan.op]
    return join(nodes_of(plan.one, algebra), nodes_of(plan.other, algebra))

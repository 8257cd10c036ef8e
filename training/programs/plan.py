"""Plans: programs as trees over the parts of a typed graph, before the question says in which order they come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from clew.kg.terms.literal import Literal
from clew.training.programs.typed_graph import ClassAttribute, GraphClass, WalkedRelation
from clew.tries.programs.tokens import Op, Token


@dataclass(frozen=True, slots=True)
class Slot:
    """What words of the question will stand for: an entity, a class or a literal. ``text``: the words, but of a class,
    whose number (one, several) the question decides."""

    number: int
    op: Op
    node: int = -1
    literal: Literal | None = None
    text: str = ""
    cls: GraphClass | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity that the question names; ``kind``: its class."""

    slot: Slot
    kind: GraphClass


@dataclass(frozen=True, slots=True)
class Members:
    """The members of a class."""

    slot: Slot
    kind: GraphClass


@dataclass(frozen=True, slots=True)
class Reached:
    """What a relation reaches from a set."""

    of: SetPlan
    walk: WalkedRelation

    @property
    def kind(self) -> GraphClass:
        """The class of what is reached."""
        return self.walk.target


@dataclass(frozen=True, slots=True)
class Valued:
    """The values of an attribute of a set."""

    of: SetPlan
    attribute: ClassAttribute

    @property
    def kind(self) -> GraphClass:
        """The class of what has the values."""
        return self.of.kind


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison of an attribute with a literal."""

    attribute: ClassAttribute
    how: str
    slot: Slot


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Those of a set that are of a class, and that meet conditions (two of one attribute: a range)."""

    of: SetPlan
    cls: Slot | None
    conditions: tuple[Condition, ...]
    kind: GraphClass


@dataclass(frozen=True, slots=True)
class Dated:
    """What a relation reaches by edges that hold at a time."""

    of: Reached
    slot: Slot

    @property
    def kind(self) -> GraphClass:
        """The class of what is reached."""
        return self.of.kind


@dataclass(frozen=True, slots=True)
class Extreme:
    """Those of a set with the most or least: of an attribute, or of neighbours by a relation; ``size``: how many."""

    of: SetPlan
    by: ClassAttribute | WalkedRelation
    how: str
    size: Slot | None = None

    @property
    def kind(self) -> GraphClass:
        """The class of those ranked."""
        return self.of.kind


@dataclass(frozen=True, slots=True)
class Combined:
    """Two sets, by ``AND``, ``OR`` or ``NOT``."""

    op: Op
    one: SetPlan
    other: SetPlan

    @property
    def kind(self) -> GraphClass:
        """The class of the first."""
        return self.one.kind


SetPlan = Entity | Members | Reached | Valued | Narrowed | Dated | Extreme | Combined


Summed = tuple[Op, ClassAttribute]
"""A total of an attribute."""


@dataclass(frozen=True, slots=True)
class Total:
    """How many a set has, or a total of an attribute, and ``more`` of them."""

    op: Op
    of: SetPlan
    attribute: ClassAttribute | None = None
    more: tuple[Summed, ...] = ()


@dataclass(frozen=True, slots=True)
class Whether:
    """Whether a set has any, or holds an entity."""

    of: SetPlan
    one: Entity | None = None


@dataclass(frozen=True, slots=True)
class Versus:
    """Whether the value of one entity compares so with that of another."""

    one: Entity
    other: Entity
    attribute: ClassAttribute
    how: str


@dataclass(frozen=True, slots=True)
class CountedColumn:
    """How many a relation reaches."""

    walk: WalkedRelation


PlanColumn = ClassAttribute | WalkedRelation | CountedColumn


@dataclass(frozen=True, slots=True)
class Tabled:
    """A set, with columns."""

    of: SetPlan
    columns: tuple[PlanColumn, ...]


@dataclass(frozen=True, slots=True)
class Grouped:
    """A total for each group of a set, and ``more`` of them."""

    of: SetPlan
    by: WalkedRelation
    op: Op
    attribute: ClassAttribute | None = None
    more: tuple[Summed, ...] = ()


Plan = SetPlan | Total | Whether | Versus | Tabled | Grouped


def parts(plan: Plan) -> Iterator[Plan]:
    """Yield a plan and all that it is made of."""
    yield plan
    match plan:
        case Combined(_, one, other) | Versus(one, other):
            yield from parts(one)
            yield from parts(other)
        case Whether(of, one):
            yield from parts(of)
            if one is not None:
                yield one
        case Reached() | Valued() | Narrowed() | Dated() | Extreme() | Total() | Tabled() | Grouped():
            yield from parts(plan.of)


def slots_of(plan: Plan) -> list[Slot]:
    """Return what the question must name."""
    found: list[Slot] = []
    for part in parts(plan):
        match part:
            case Entity(slot) | Members(slot) | Dated(_, slot):
                found.append(slot)
            case Narrowed(_, cls, conditions):
                found += [cls] if cls else []
                found += [condition.slot for condition in conditions]
            case Extreme(size=Slot() as size):
                found.append(size)
    return found


Order = Mapping[int, int]
"""The number of the anchor of each slot: anchors are numbered as they stand in the question."""


def tokens_of(plan: Plan, order: Order) -> tuple[Token, ...]:
    """Return the program of a plan in its normal form: what may stand in any order stands in that of the question."""
    match plan:
        case Total(_, of):
            return (*tokens_of(of, order), *_totals(plan))
        case Whether(of, one):
            asked = () if one is None else tokens_of(one, order)
            return (*asked, *tokens_of(of, order), Token(Op.ASK))
        case Versus(one, other, attribute, how):
            return (*tokens_of(one, order), *tokens_of(other, order), Token(Op.ASK_CMP, attribute.relation, how))
        case Tabled(of, columns):
            return (*tokens_of(of, order), *map(_column, columns))
        case Grouped(of, by):
            return (*tokens_of(of, order), Token(Op.GROUP, by.directed), *_totals(plan))
    return _set_tokens(plan, order, ())


def _totals(plan: Total | Grouped) -> Iterator[Token]:
    yield Token(plan.op, -1 if plan.attribute is None else plan.attribute.relation)
    yield from (Token(op, attribute.relation) for op, attribute in plan.more)


def _column(column: PlanColumn) -> Token:
    if isinstance(column, CountedColumn):
        return Token(Op.DEGREE_PROJ, column.walk.directed)
    return Token(Op.PROJ, number_of(column))


def number_of(column: ClassAttribute | WalkedRelation) -> int:
    """Return the directed relation of a column."""
    return column.directed if isinstance(column, WalkedRelation) else column.relation


def _set_tokens(plan: SetPlan, order: Order, filters: tuple[Token, ...]) -> tuple[Token, ...]:
    """Return the tokens of a set, ``filters`` directly after what they narrow: in an ``AND``, its first set."""
    match plan:
        case Entity(slot) | Members(slot):
            return (Token(slot.op, order[slot.number]), *filters)
        case Reached(of, walk):
            return (*_set_tokens(of, order, ()), Token(Op.HOP, walk.directed), *filters)
        case Valued(of, attribute):
            return (*_set_tokens(of, order, ()), Token(Op.HOP, attribute.relation), *filters)
        case Dated(of, slot):
            return (*_set_tokens(of, order, ()), Token(Op.LIT, order[slot.number]), Token(Op.AT), *filters)
        case Narrowed(of):
            return _set_tokens(of, order, (*_filters(plan, order), *filters))
        case Extreme(of, by, how, size):
            op = Op.DEGREE if isinstance(by, WalkedRelation) else Op.ARG
            limit = () if size is None else (Token(Op.LIT, order[size.number]),)
            return (*_set_tokens(of, order, ()), *limit, Token(op, number_of(by), how), *filters)
        case Combined(op, one, other):
            if op is not Op.NOT and first_of(other, order) < first_of(one, order):
                one, other = other, one
            if op is Op.OR:
                return (*_set_tokens(one, order, ()), *_set_tokens(other, order, ()), Token(op), *filters)
            return (*_set_tokens(one, order, filters), *_set_tokens(other, order, ()), Token(op))


def _filters(plan: Narrowed, order: Order) -> tuple[Token, ...]:
    types = () if plan.cls is None else (Token(Op.TYPE, order[plan.cls.number]),)
    found = [*types]
    for condition in sorted(plan.conditions, key=lambda one: order[one.slot.number]):
        found.append(Token(Op.LIT, order[condition.slot.number]))
        found.append(Token(Op.CMP, condition.attribute.relation, condition.how))
    return tuple(found)


def first_of(plan: SetPlan, order: Order) -> int:
    """Return the first anchor of the named sets of a plan: filters do not count."""
    return min(order[part.slot.number] for part in parts(plan) if isinstance(part, Entity | Members))

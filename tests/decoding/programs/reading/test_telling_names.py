"""What the names in a graph tell: units, superlatives, prepositions, and the head of a class's name."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

import pytest

from clew.decoding.programs.notation import written
from clew.decoding.programs.reading.asked_kind import InterrogativeKind, asked_kind, fits
from clew.decoding.programs.reading.checks.misread import Misread
from clew.decoding.programs.reading.checks.unread import unread_by
from clew.decoding.programs.reading.cues import cues
from clew.decoding.programs.reading.named_units import in_unit, named_unit
from clew.decoding.programs.reading.names import ProgramNames
from clew.decoding.programs.reading.question import AskedWords
from clew.decoding.programs.reading.ranking import trained
from clew.decoding.programs.reading.reader import ProgramReader
from clew.decoding.programs.reading.readings import ProgramReadings, meant
from clew.decoding.programs.unique_names import UniqueNames
from clew.decoding.reading.relation_name import relation_name
from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph
from clew.kg.terms.typed.quantity import Quantity
from clew.kg.terms.typed.units import find_unit
from clew.kg.terms.vocabulary import RDF_TYPE
from clew.retrieval.linking.linker import EntityLinker
from clew.tries.programs.tokens import Op
from tests.decoding.programs.reading.ferries import TODAY, likeness, number

CANALS = [
    ("Orlev Canal", "Brenn", ("Tamsel", "Quist"), "Upper Lock", 95),
    ("Dovrin Canal", "Quist", ("Tamsel",), "Stone Lock", 140),
    ("Harn Canal", "Tamsel", ("Brenn", "Quist"), "Long Lock", 300),
]
LOCKS = [("Upper Lock", 4000, "Edda Vos"), ("Stone Lock", 2500, "Pim Raal"), ("Long Lock", 7000, "Edda Vos")]
KEEPERS = [("Edda Vos", "painter", "Brenn"), ("Pim Raal", "painter", "Quist"), ("Sol Ander", "potter", "Brenn")]


@lru_cache(maxsize=1)
def canals() -> Graph:
    builder = GraphBuilder()
    for canal, end, towns, lock, minutes in CANALS:
        builder.edge(canal, RDF_TYPE, "shipping canal")
        builder.edge(canal, "leads into", end)
        builder.edge(canal, "deepest lock", lock)
        builder.edge(canal, "passage time in minutes", number(minutes))
        for town in towns:
            builder.edge(canal, "leads through", town)
            builder.edge(town, RDF_TYPE, "town")
    for lock, depth, keeper in LOCKS:
        builder.edge(lock, RDF_TYPE, "lock")
        builder.edge(lock, "depth in millimetres", number(depth))
        builder.edge(lock, "first opened by", keeper)
    for keeper, occupation, town in KEEPERS:
        builder.edge(keeper, RDF_TYPE, "keeper")
        builder.edge(keeper, "occupation", occupation)
        builder.edge(keeper, "place of birth", town)
    builder.edge("Quorn", RDF_TYPE, "town")
    for name, flower in (("Quorn (poet)", "Lenz"), ("Quorn (potter)", "Arvid")):
        builder.edge(name, "taught", flower)
    return builder.build("canals")


@lru_cache(maxsize=1)
def reader() -> tuple[ProgramReader, EntityLinker, UniqueNames]:
    linker = EntityLinker.build(canals())
    return ProgramReader(canals(), linker, likeness(), trained()), linker, UniqueNames(canals(), linker)


def read(question: str) -> ProgramReadings:
    programs, linker, _ = reader()
    return programs.read(linker.link(question), TODAY)


def first(question: str) -> str:
    found = read(question)
    return written(reader()[2], found.anchors, found.found[0].tokens)


@pytest.mark.parametrize(
    ("question", "program"),
    [
        ("locks deeper than 3 metres", 'CLS lock LIT 3000 CMP "depth in millimetres" >'),
        ("locks deeper than 3000 mm", 'CLS lock LIT 3000 CMP "depth in millimetres" >'),
        (
            "locks between 2 and 3 metres deep",
            'CLS lock LIT 2000 CMP "depth in millimetres" >= LIT 3000 CMP "depth in millimetres" <=',
        ),
        (
            "canals with a passage time over two hours",
            'CLS "shipping canal" LIT 120 CMP "passage time in minutes" >',
        ),
    ],
)
def test_a_number_is_compared_in_the_unit_of_the_attribute(question: str, program: str) -> None:
    assert first(question) == program


def test_a_number_is_not_compared_with_what_is_in_another_kind_of_unit() -> None:
    found = read("canals longer than two hours")
    assert all("millimetres" not in written(reader()[2], found.anchors, one.tokens) for one in found.found)


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("depth in metres", "m"),
        ("weight_kg", "kg"),
        ("passage time in minutes", "min"),
        ("birth year", None),
        ("metres", None),
        ("made in", None),
        ("sort of a", None),
    ],
)
def test_the_unit_that_a_name_states(name: str, symbol: str | None) -> None:
    found = named_unit(relation_name(name))
    assert (found.symbol if found else None) == symbol


def test_an_amount_in_another_unit() -> None:
    kilometres, hours = find_unit("km"), find_unit("h")
    assert kilometres is not None
    assert hours is not None
    assert in_unit(Quantity(2500, "m"), kilometres) == Quantity(Fraction(5, 2))
    assert in_unit(Quantity(120, "min"), hours) == Quantity(2)
    assert in_unit(Quantity(90, "min"), kilometres) is None
    assert in_unit(Quantity(7), hours) is None


def test_a_class_is_called_by_the_head_of_its_name() -> None:
    assert first("which canals lead into Quist?") in (
        'ENT Quist HOP "^leads into"',
        'ENT Quist HOP "^leads into" TYPE "shipping canal"',
    )
    assert first("how many canals are there?") == 'CLS "shipping canal" COUNT'


def test_what_a_superlative_picks_is_not_called_by_its_class_alone() -> None:
    assert first("the deepest lock of the Harn Canal") == 'ENT "Harn Canal" HOP "deepest lock"'
    programs, _, _ = reader()
    words = {name.words for name in programs._names.relations[canals().relation("deepest lock")]}
    assert ("lock",) not in words


def test_the_preposition_tells_relations_of_one_name_apart() -> None:
    through = first("does the Orlev Canal go through Quist?")
    assert "leads through" in through
    assert "leads into" not in through


def test_a_word_of_a_name_asks_for_no_extreme() -> None:
    assert first("who first opened the Stone Lock?") == 'ENT "Stone Lock" HOP "first opened by"'


def test_what_people_are_is_what_is_asked_for() -> None:
    found = read("which painters were born in Brenn?")
    assert found.found[0].shape & found.costs.focus


def test_truths_and_numbers_are_not_taken_together_where_they_are_the_same_by_chance() -> None:
    found = read("does the Orlev Canal go through Quist?")
    keys = {meant(found.algebra, one): one.top.value for one in found.found}
    assert len(keys) > len({repr(value) for value in keys.values()})


def test_what_is_misread_is_told() -> None:
    found = read("the deepest lock of the Harn Canal")
    best = found.found[0]
    assert Misread(found.algebra.graph, found.costs).of(best)[1] == 0
    by_relation = replace(best, claims=(0, best.claims[0] | best.claims[1]), spent=(0.1, 0.9))
    assert Misread(found.algebra.graph, found.costs).of(by_relation)[:2] == [0.9, 2.0]


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("when was the oldest lock opened?", InterrogativeKind.TIME),
        ("where does the Harn Canal end?", InterrogativeKind.PLACE),
        ("how deep is the Stone Lock?", InterrogativeKind.MEASURE),
        ("how many locks are there?", None),
        ("which lock opened when the war ended?", None),
        ("list the locks", None),
    ],
)
def test_what_an_interrogative_asks_for(question: str, kind: InterrogativeKind | None) -> None:
    assert asked_kind(AskedWords(question)) is kind


def test_what_is_asked_for_by_how_deep_is_a_number() -> None:
    assert first("how deep is the deepest lock of the Harn Canal?").endswith('HOP "depth in millimetres"')
    nodes = [canals().find_node(name) for name in ("Stone Lock", "Edda Vos")]
    assert [fits(canals(), InterrogativeKind.PLACE, [node]) for node in nodes] == [True, False]
    assert not fits(canals(), InterrogativeKind.MEASURE, nodes)
    assert not fits(canals(), InterrogativeKind.TIME, nodes)
    assert all(fits(canals(), kind, []) for kind in InterrogativeKind)


@pytest.mark.parametrize(
    ("question", "unread"),
    [
        ("how many locks does it have?", "it"),
        ("the average depth of the locks of each keeper", "each"),
    ],
)
def test_what_a_program_does_not_stand_for_is_unread(question: str, unread: str) -> None:
    found = read(question)
    ops = {token.op for token in found.found[0].tokens}
    assert Op.GROUP in ops or unread in {part.text for part in found.unread}


@pytest.mark.parametrize("ops", [[Op.CLS, Op.ARG, Op.GROUP, Op.COUNT], [Op.CLS, Op.DEGREE, Op.GROUP, Op.COUNT]])
def test_the_best_of_a_set_is_no_groups(ops: list[Op]) -> None:
    asked = AskedWords("the deepest lock of each keeper")
    assert [part.text for part in unread_by(asked, [], [], asked.bits(0, len(asked.text)), ops)] == ["each"]
    several = [Op.CLS, Op.LIT, *ops[1:]]
    assert unread_by(asked, [], [], asked.bits(0, len(asked.text)), several) == []


@pytest.mark.parametrize(
    ("question", "again"),
    [
        ("how many locks does each keeper have? List the keeper and the number of locks", True),
        ("how many locks does each keeper have, and how many towns?", False),
    ],
)
def test_what_is_counted_is_counted_once(question: str, again: bool) -> None:
    asked = AskedWords(question)
    counts = [cue for cue in cues(asked) if cue.op is Op.COUNT]
    assert len(counts) == 2
    read = asked.with_repeats(asked.bits(0, question.index("have"))) & ~counts[1].bits
    unread = {part.text for part in unread_by(asked, [], counts, read, [Op.CLS, Op.GROUP, Op.COUNT])}
    assert (not unread & {"number", "many"}) == again


def test_the_head_of_a_name_with_of_is_before_it() -> None:
    builder = GraphBuilder()
    builder.edge("Upper Lock", RDF_TYPE, "group of locks")
    names = ProgramNames(builder.build("locks")).classes
    assert [name.words[-1] for called in names.values() for name in called] == ["group"]

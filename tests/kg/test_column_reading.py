"""How a column is to be read is told twice: by the sorted columns, and by the checker from the statements."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.kg.errors import VerificationFailed
from clew.kg.graph.builder import GraphBuilder
from clew.kg.proof import column_reading
from clew.kg.proof.column_reading import ColumnReadings
from clew.kg.proof.program import ValuesRead
from clew.kg.terms.literal import Literal
from clew.kg.terms.typed.value import ValueKind
from clew.kg.terms.vocabulary import XSD
from clew.tries.columns.columns import ValueColumns
from clew.tries.programs.values import AttributeValues

TEXTS = ["5", "12", "7.5", "1984", "1990", "007", "0123", "12345678", "87654321"]
TEXTS += ["1990-05-17", "1980s", "2 km", "3 kg", "x"]
TYPED = [
    *(Literal(text, XSD + "integer") for text in ("1", "2", "none")),
    *(Literal(text, XSD + "gYear") for text in ("1990", "1991")),
    Literal("10:00:00", XSD + "time"),
    Literal("true", XSD + "boolean"),
    Literal("5", "http://dbpedia.org/datatype/metre"),
]
SAID = [Literal(text, language="en") for text in TEXTS]
VALUES = st.sampled_from([*map(Literal, TEXTS), *SAID, *TYPED])
EDGES = st.lists(st.tuples(st.integers(0, 20), VALUES), min_size=1, max_size=25)
LIKE = st.lists(st.tuples(st.integers(0, 20), st.sampled_from(TEXTS[:9]).map(Literal)), min_size=3, max_size=25)


@pytest.mark.parametrize("most", [2, 20_000])
@given(edges=st.one_of(EDGES, LIKE))
@settings(max_examples=150, deadline=None)
def test_the_checker_reads_as_the_columns_do(edges: list[tuple[int, Literal]], most: int) -> None:
    builder = GraphBuilder()
    for node, value in edges:
        builder.edge(f"e{node}", "worth", value)
    graph = builder.build("g")
    right = AttributeValues(ValueColumns.of(graph)).reads(0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(column_reading, "MAX_VALUES_REREAD", most)
        ColumnReadings(graph).check(0, right)
        if most < len(edges):
            return  # a sample may bear out another one
        for kind, unit, texts in product(ValueKind, ("", "m", "kg"), (True, False)):
            other = ValuesRead(kind.value, unit, texts)
            if other != right:
                with pytest.raises(VerificationFailed, match="not to be read"):
                    ColumnReadings(graph).check(0, other)

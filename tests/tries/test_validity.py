"""When edges hold: formats of times, several stretches, what is refused, RDF 1.2 reifiers, tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from clew.kg.errors import BadInput, UnknownNode
from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph
from clew.kg.ingest.ingest import build_graphs
from clew.kg.ingest.options import IngestOptions
from clew.kg.store.catalogue import Catalogue
from clew.kg.terms.literal import Literal
from clew.kg.terms.provenance import Source
from clew.kg.terms.vocabulary import XSD
from clew.tries.filters.conditions import Conditions
from clew.tries.filters.validity import Validity, period_of


def one_edge(*times: tuple[str, str]) -> Graph:
    builder = GraphBuilder()
    for name, time in times or [("note", "x")]:
        builder.edge("ann", "lives in", "rome", Source("lives.csv", 7), {name: Literal(time)})
    return builder.build("g")


def test_a_time_is_the_whole_period_that_it_names() -> None:
    assert period_of("1999")[1] == period_of("2000")[0] == period_of("2000-01-01")[0]
    assert period_of("1999-05")[0] == period_of(" 1999-05-01 ")[0]
    assert period_of("-0044-03-15"[:5])[1] == period_of("-0043")[0]
    assert period_of("2000-02-29Z") == period_of("2000-02-29") == period_of("2000-02-29", XSD + "date")
    assert period_of("1999-12-31T23:30:00-01:00") == period_of("2000-01-01T00:30:00Z")
    assert period_of("1999", XSD + "integer") == period_of("1999-00-00", XSD + "date")
    assert period_of("2000-01-01T00:00:00")[1] > period_of("2000")[0]
    for text in ("", "soon", "1999-13", "1999-02-30", "99", "1999-5"):
        with pytest.raises(ValueError, match="not a time"):
            period_of(text)


@pytest.mark.parametrize(
    ("times", "holding", "not_holding"),
    [
        ([], ["1000", "2000"], []),
        ([("start", "1990"), ("end", "1995")], ["1990", "1992-06", "1995-12-31"], ["1989-12-31", "1996"]),
        ([("validFrom", "1990-06")], ["1990", "1990-06-01", "2030"], ["1990-05-31"]),
        ([("http://schema.org/endDate", "1990")], ["-0500", "1990"], ["1991"]),
        ([("P585", "1990-06-01")], ["1990", "1990-06"], ["1991", "1990-07"]),
        (
            [("start", "1990"), ("end", "1995"), ("start", "2000"), ("end", "2005")],
            ["1991", "1995", "2000", "2003"],
            ["1989", "1997", "2006"],
        ),
        ([("end", "1995"), ("start", "2000"), ("end", "2005")], ["1994", "2001"], ["1997", "2006"]),
        ([("start", "1990"), ("end", "1995"), ("start", "2000")], ["1994", "2030"], ["1989", "1997"]),
    ],
)
def test_an_edge_holds_within_its_times(
    times: list[tuple[str, str]], holding: list[str], not_holding: list[str]
) -> None:
    graph = one_edge(*times)
    assert graph.num_edges == 1
    assert [at for at in [*holding, *not_holding] if Validity(at).edges(graph)[0]] == holding


def test_a_period_asked_for() -> None:
    graph = one_edge(("start", "1990"), ("end", "1995"))
    for at, until, throughout, expected in (
        ("1980", "1990", False, True),
        ("1980", "1989", False, False),
        ("1991", "1994", True, True),
        ("1980", "1992", True, False),
    ):
        assert Validity(at, until, throughout=throughout).edges(graph)[0] == expected
    assert not Validity("1990", undated=False).edges(one_edge())[0]
    assert Validity("1990", starts=["note"]).edges(one_edge(("note", "1980")))[0]


def test_what_cannot_be_read_is_an_error_with_its_place_or_left_out_by_choice() -> None:
    for graph in (one_edge(("start", "long ago")), one_edge(("start", "1995"), ("end", "1990"))):
        with pytest.raises(BadInput, match=r"lives\.csv:7: ann - lives in - rome"):
            Validity("1990").edges(graph)
        assert not Validity("1990", skip_unreadable=True).edges(graph)[0]
    for at, until in (("soon", None), ("1990", "1980"), ("1990", "later")):
        with pytest.raises(BadInput):
            Validity(at, until).edges(one_edge())


def test_times_of_a_table_and_of_reifiers(tmp_path: Path) -> None:
    table, turtle = tmp_path / "lives.csv", tmp_path / "lives.ttl"
    table.write_text("head,relation,tail,start,end\nann,lives,rome,1990,1995\nann,lives,oslo,1996,\n")
    turtle.write_text(
        'PREFIX e: <http://e/>\ne:ann e:lives e:rome {| e:start "1990" ; e:end "1995" |} .\n'
        'e:ann e:lives e:oslo {| e:start "1996" |} .\n'
    )
    for file in (table, turtle):
        [(graph, _)] = build_graphs(Catalogue(tmp_path / "home"), [([file], IngestOptions())], None)
        holding = Validity("1992").edges(graph)
        lives = [e for e in range(graph.num_edges) if graph.relation_label(graph.edge_triple(e)[1]) == "lives"]
        assert [graph.label(graph.edge_triple(e)[2]) for e in lives if holding[e]] == ["rome"]


def test_conditions_that_name_what_is_not_there_are_refused() -> None:
    graph = one_edge()
    for conditions, error in (
        (Conditions(ends=["nobody"]), UnknownNode),
        (Conditions(sources=["else.csv"]), BadInput),
        (Conditions(types_at={1: ["City"]}), BadInput),
        (Conditions(forbidden=["no such relation"]), Exception),
    ):
        with pytest.raises(error):
            conditions.on(graph)
    assert Conditions(sources=["lives.csv"]).on(graph).edges.tolist() == [True]

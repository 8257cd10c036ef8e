"""Chains of SPARQL queries."""

import pytest

from clew.evaluation.questions.readers.sparql import shape

A, P, Q, R = "<http://A>", "<http://p>", "<http://q>", "<http://r>"


@pytest.mark.parametrize(
    ("pattern", "chain"),
    [
        (f"{A} {P} ?x", ["http://p"]),
        (f"?x {P} {A}", ["^http://p"]),
        (f"?m {P} {A} . ?x {Q} ?m", ["^http://p", "^http://q"]),
        (f"?m {Q} ?x . ?n {R} ?m . {A} {P} ?n", ["http://p", "http://r", "http://q"]),
        (f"{A} {P}/^{Q} ?x", ["http://p", "^http://q"]),
        (f"{A} ^({P}/{Q}) ?x", ["^http://q", "^http://p"]),
        (f"{A} {P} ?x . ?x a <http://Class>", ["http://p"]),
        (f"{A} {P} ?m", None),
        (f"{A} {P} ?x . {A} {Q} ?x", None),
        (f"{A} {P} ?x . <http://B> {Q} ?x", None),
        (f"{A} {P} ?x . ?x {Q} ?y", None),
        (f"{A} ?p ?x", None),
        (f"{A} {P}* ?x", None),
        (f"?x a {A}", None),
        (f"{A} {P} ?x FILTER(?x > 3)", None),
        (f"{{ {A} {P} ?x }} UNION {{ {A} {Q} ?x }}", None),
        (f"{A} {P} ?x OPTIONAL {{ ?x {Q} ?y }}", None),
        (f"{A} {P} ?x MINUS {{ ?x {Q} {A} }}", None),
    ],
)
def test_chains(pattern, chain):
    got = shape(f"SELECT DISTINCT ?x WHERE {{ {pattern} }}")
    assert got.chain == (None if chain is None else tuple(chain))
    assert bool(got.reason) == (chain is None)


@pytest.mark.parametrize(
    "query",
    [
        f"ASK {{ {A} {P} ?x }}",
        f"SELECT (COUNT(?x) AS ?n) {{ {A} {P} ?x }}",
        f"SELECT ?x {{ {A} {P} ?x }} LIMIT 1",
        f"SELECT ?x {{ {A} {P} ?x }} ORDER BY ?x",
        f"SELECT ?x {{ {A} {P} ?x }} GROUP BY ?x HAVING (COUNT(?x) > 1)",
        "not a query",
        "",
    ],
)
def test_what_is_more_than_a_chain(query):
    assert shape(query).chain is None


def test_prefixes_that_the_endpoints_declare():
    got = shape("select ?x { wd:Q42 wdt:P19 ?x }")
    assert got.topics == ("http://www.wikidata.org/entity/Q42",)
    assert got.chain == ("http://www.wikidata.org/prop/direct/P19",)


def test_prefixes_of_the_same_namespace_do_not_take_each_other_away():
    for declared in ("", "PREFIX res: <http://dbpedia.org/resource/> "):
        for prefix in ("res", "dbr"):
            got = shape(f"{declared}SELECT ?x WHERE {{ {prefix}:Mill dbo:birthPlace ?x }}")
            assert got.topics == ("http://dbpedia.org/resource/Mill",), (declared, prefix)

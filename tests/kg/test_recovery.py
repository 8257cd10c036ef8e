"""Errors in RDF documents stay small: what is left of a document with k bad statements is the graph of the others."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clew.kg.errors import BadFile, BadLine
from clew.kg.graph.export import quads
from clew.kg.graph.graph import Graph
from clew.kg.graph.statements import iter_statements
from clew.kg.ingest.loading import Loaded, load
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.readers.turtle import document
from clew.kg.ingest.readers.turtle.statements import END, TOO_DEEP, UNIT, new_stack, split
from clew.kg.terms.vocabulary import RDF_TYPE

Write = Callable[[str, "str | bytes"], str]

HEAD = "@prefix : <http://boats.org/> .\n@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
BROKEN = [
    "<http://boats.org/two words>",
    "<http://boats.org/{brace}>",
    '"text"@e_n',
    '"text"@abcdefghij',
    "nowhere:x",
    '"not closed',
    "'not closed",
    r'"bad \q escape"',
    "1.2.3.4e",
    "12abc",
    '"x"^^<not an iri>',
    "<http://boats.org/not-closed",
]
GOOD = [
    ":hull",
    ":mast.1",
    '"a ; b . c"',
    '"""long\n"text" ."""',
    "'x'@en",
    "42",
    "-1.5",
    "true",
    "_:crew",
    "<http://x.org/a;b>",
]


def skipped(path: str) -> Loaded:
    return load([path], IngestOptions(on_error="skip"))


def triples(graph: Graph) -> set[tuple[str, str, str]]:
    return {(str(quad.subject), str(quad.predicate), str(quad.object)) for quad in quads(graph)}


def expected(text: str, syntax: ox.RdfFormat) -> set[tuple[str, str, str]]:
    return {(str(q.subject), str(q.predicate), str(q.object)) for q in ox.parse(text.encode(), syntax)}


# --- Turtle and TriG
statement = st.lists(
    st.tuples(st.sampled_from([":p", ":q", "a"]), st.lists(st.sampled_from(GOOD + BROKEN), min_size=1, max_size=4)),
    min_size=1,
    max_size=3,
)


def written(subject: str, parts: list[tuple[str, list[str]]]) -> str:
    """A statement, with each object at the end of a line."""
    return f"{subject} " + " ;\n  ".join(f"{verb} " + " ,\n    ".join(objects) for verb, objects in parts) + " .\n"


@pytest.mark.parametrize("graph", ["", ":log"])
@given(st.lists(statement, min_size=1, max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_turtle_without_what_is_bad(
    tmp_path_factory: pytest.TempPathFactory, graph: str, parts: list[list[tuple[str, list[str]]]]
) -> None:
    """Bad objects anywhere: each is counted, and all others are there."""
    wrap = (lambda text: f"{graph} {{\n{text}}}\n") if graph else (lambda text: text)
    broken = "".join(written(f":s{i}", part) for i, part in enumerate(parts))
    left = [[(verb, [o for o in objects if o in GOOD]) for verb, objects in part] for part in parts]
    left = [[(verb, objects) for verb, objects in part if objects] for part in left]
    whole = "".join(written(f":s{i}", part) for i, part in enumerate(left) if part)
    bad = sum(o in BROKEN for part in parts for _, objects in part for o in objects)
    always = ":last :p :end .\n"
    syntax, name = (ox.RdfFormat.TRIG, "g.trig") if graph else (ox.RdfFormat.TURTLE, "g.ttl")
    path = tmp_path_factory.mktemp("t") / name
    path.write_text(HEAD + wrap(broken) + always)
    loaded = skipped(str(path))
    assert triples(loaded.graph) == expected(HEAD + wrap(whole) + always, syntax)
    assert loaded.rejections.counts.total() == bad
    if bad:
        with pytest.raises(BadLine) as caught:
            load([str(path)], IngestOptions())
        assert caught.value.line > 2


def test_what_cannot_be_read_of_turtle(write: Write, tmp_path: Path) -> None:
    text = (
        HEAD
        + ":ada :has [ :p :x ; :q <bad iri> , :y ] ; :list ( 1 <bad iri> ) , ( 2 ) .\n"
        + "<bad subject> :p :x ; :q :y .\n"
        + "@prefix b: <bad iri> .\n"
        + "b:lost :p :x .\n"
        + "@prefix : <http://other.org/> .\n"
        + ':z :p "never\nends . \n:kept :p :x .\n:cut :p :x ; :q :y'
    )
    bad = tmp_path / "bad.ttl"
    loaded = load([write("g.ttl", text)], IngestOptions(on_error="quarantine", quarantine=str(bad)))
    found = {(p, v) for _, p, v in triples(loaded.graph)}
    assert ("<http://boats.org/p>", "<http://boats.org/x>") in found
    assert ("<http://boats.org/q>", "<http://boats.org/y>") in found
    assert ("<http://other.org/p>", "<http://other.org/x>") in found
    assert not any("lost" in s or v == "<http://other.org/y>" for s, _, v in triples(loaded.graph))
    assert sum(p == "<http://boats.org/list>" for _, p, _ in triples(loaded.graph)) == 1
    lines = bad.read_text().splitlines()
    assert "[] :q <bad iri> ." in lines
    assert {"<bad subject> :p :x .", "<bad subject> :q :y .", "b:lost :p :x .", ":cut :q :y ."} <= set(lines)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (":c .", 0),
        (":c", 0),
        ("[] .", 0),
        ("( :d ) .", 0),
        ("[ :p <bad iri> ] .", 0),
        ("[ :p <bad iri> ] :q :r .", 1),
        ("[ :p <bad iri> ; :q :r ] .", 1),
    ],
)
def test_a_subject_of_which_nothing_is_left_is_counted(write: Write, text: str, left: int) -> None:
    loaded = skipped(write("g.ttl", HEAD + ":a :p :b .\n" + text))
    assert len(triples(loaded.graph)) == 1 + left
    assert loaded.rejections.counts.total() == 1


def test_turtle_cut_short_is_never_silent(write: Write) -> None:
    text = ':a :p :b , "c" ; :list ( :d 5 ) .\n[ :q :e ] :r """long\ntext"""@en .\n:f :p <http://x.org/g> .\n'
    cuts = [cut for cut in range(1, len(text)) if not text[:cut].rstrip().endswith(".") or text[cut - 2 : cut] == "x."]
    assert len(cuts) > 80
    for cut in cuts:
        path = write("g.ttl", HEAD + ":z :p :z .\n" + text[:cut])
        with pytest.raises(BadLine):
            load([path], IngestOptions())
        assert skipped(path).rejections.counts or text[:cut].rstrip().endswith("]")


def test_a_prefix_that_cannot_be_read_is_not_the_one_before(write: Write) -> None:
    text = HEAD + ":a :p :b .\n@prefix : <bad iri> .\n:a :p :c .\n@base <http://x.org/> .\n<u> <v> <w> .\n"
    text += "@base <bad iri> .\n<u> <v> <z> .\n"
    loaded = skipped(write("g.ttl", text))
    assert len(triples(loaded.graph)) == 2
    assert loaded.rejections.counts.total() == 4


@pytest.mark.parametrize("name", ["", "#hull"])
def test_a_relative_iri_without_a_base_says_what_it_needs(write: Write, name: str) -> None:
    text = f"<{name}> <http://boats.org/p> 1 ."
    with pytest.raises(BadLine, match="@base"):
        load([write("g.ttl", text)], IngestOptions())
    based = load([write("g.ttl", "@base <http://boats.org/> . " + text)], IngestOptions()).graph
    assert {s for s, _, _ in triples(based)} == {f"<http://boats.org/{name}>"}


def test_a_graph_whose_name_cannot_be_read(write: Write) -> None:
    text = HEAD + "<bad name> { :a :p :b . :c :p :d }\n:ok { :e :p :f }\n{ :g :p :h . }\n:open { :i :p :j .\n"
    loaded = skipped(write("g.trig", text))
    assert {s for s, _, _ in triples(loaded.graph)} == {f"<http://boats.org/{name}>" for name in "egi"}
    assert loaded.rejections.counts["truncated"] == 1
    with pytest.raises(BadLine, match="block"):
        load([write("h.trig", HEAD + ":open { :i :p :j .\n")], IngestOptions())


def test_lines_of_turtle(write: Write) -> None:
    text = HEAD + ':a :p :b ;\n  :q :c ,\n\n :d ; :r [ :s :e ;\n :t :f ] .\n:g :p """\n\n""" .\n:h :p ( 1\n 2 ) .\n'
    graph = load([write("g.ttl", text)], IngestOptions(fold_lists=False)).graph
    lines = {(p.rsplit("/")[-1].rsplit("#")[-1], source.line) for _, p, _, source in iter_statements(graph)}
    assert lines == {
        ("p", 3),
        ("q", 4),
        ("q", 6),
        ("s", 6),
        ("t", 7),
        ("r", 6),
        ("p", 8),
        ("p", 11),
        ("first", 11),
        ("rest", 11),
    }


@given(st.integers(1, 60), st.integers(0, 2**32 - 1))
@settings(max_examples=25)
def test_how_a_document_is_cut_changes_nothing(size: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    terms = [*GOOD, "( 1 :x )", "[ :p :q ; a :t ]", "<< :a :b :c >>", ":x ~ :r {| :q 1 |}", "[]", "()"]
    text = HEAD
    for _ in range(6):
        objects = " , ".join(random.choice(terms, 3))
        text += random.choice(
            [f":a :p {objects} .\n", f":g {{ :a :p {objects} }}", f"[ :p {objects} ] :q {objects}.\n"]
        )
    data, found, start = text.encode(), [], 0
    units, places = np.empty((200, UNIT), np.int64), np.empty(2 * len(data), np.int32)
    for end in [*range(size, len(data), size), len(data)]:
        piece = np.frombuffer(data[start:end], np.uint8)
        count, _, _ = split(piece, True, end == len(data), 1, units, places, new_stack())
        found += [start + int(unit[END]) for unit in units[:count]]
        start = found[-1] if count else start
    count, placed, _ = split(np.frombuffer(data, np.uint8), True, True, 1, units, places, new_stack())
    assert found == [int(unit[END]) for unit in units[:count]]
    assert placed == len(list(ox.parse(data, ox.RdfFormat.TRIG)))


def test_pieces_of_a_large_document(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "_CHUNK", 30)
    text = HEAD + "[] { :a :p :b . :c :p :d . :e :p _:x }\n:h { _:x :p 1 . :k :p [ :q :l ] }\n:m :p 'n' .\n"
    graph = load([write("g.trig", text)], IngestOptions()).graph
    assert len(triples(graph)) == 7
    assert len({source.graph for *_, source in iter_statements(graph)}) == 3


@pytest.mark.parametrize("text", ["." * 300_000, "{}" * 100_000, "}" * 200_000 + ":a :p :b ."])
@pytest.mark.parametrize("name", ["g.ttl", "g.trig"])
def test_many_marks_and_nothing_else(write: Write, text: str, name: str) -> None:
    with pytest.raises(BadFile):
        load([write(name, text)], IngestOptions(on_error="skip"))


@pytest.mark.parametrize(
    ("text", "deepest"),
    [(":a :p '((((' , \"[[[\" , '''((''' # ((((\n , <http://x/((([[> .", 0), (":a :p " + "(" * 600, TOO_DEEP)],
)
def test_nesting_of_turtle(text: str, deepest: int) -> None:
    units, places = np.empty((9, UNIT), np.int64), np.empty(2 * len(text), np.int32)
    _, _, term = split(np.frombuffer(text.encode(), np.uint8), False, True, 1, units, places, new_stack())
    assert (term == TOO_DEEP) == (deepest == TOO_DEEP)


# --- RDF/XML
XML = (
    '<?xml version="1.0"?>\n<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns:b="http://boats.org/" xml:base="http://boats.org/">\n'
)
GOOD_PROPERTIES = [
    '<b:p rdf:resource="x"/>',
    "<b:q>text &amp; more</b:q>",
    '<b:r xml:lang="en">text</b:r>',
    '<b:s><b:Mast rdf:about="m"><b:p rdf:resource="y"/></b:Mast></b:s>',
]
BAD_PROPERTIES = [
    '<b:p rdf:resource="two words"/>',
    '<b:q xml:lang="e_n">text</b:q>',
    '<b:r rdf:datatype="two words">5</b:r>',
    '<b:s rdf:parseType="Collection"><b:Mast rdf:about="two words"/></b:s>',
]


@given(
    st.lists(
        st.lists(st.sampled_from(GOOD_PROPERTIES + BAD_PROPERTIES), min_size=1, max_size=5), min_size=1, max_size=4
    )
)
@settings(max_examples=60)
def test_xml_without_what_is_bad(tmp_path_factory: pytest.TempPathFactory, nodes: list[list[str]]) -> None:
    def document_of(wanted: list[str]) -> str:
        return (
            XML
            + "".join(
                f'<b:Boat rdf:about="n{i}">\n' + "\n".join(p for p in properties if p in wanted) + "\n</b:Boat>\n"
                for i, properties in enumerate(nodes)
            )
            + "</rdf:RDF>"
        )

    path = tmp_path_factory.mktemp("x") / "g.rdf"
    path.write_text(document_of(GOOD_PROPERTIES + BAD_PROPERTIES))
    loaded = skipped(str(path))
    assert triples(loaded.graph) == expected(document_of(GOOD_PROPERTIES), ox.RdfFormat.RDF_XML)
    bad = [i for i, p in enumerate(p for properties in nodes for p in ("", *properties, "")) if p in BAD_PROPERTIES]
    assert loaded.rejections.counts.total() == len(bad)
    if bad:
        with pytest.raises(BadLine) as caught:
            load([str(path)], IngestOptions())
        assert caught.value.line == bad[0] + 3


def test_a_node_that_cannot_be_named_goes_with_its_properties(write: Write) -> None:
    text = (
        XML
        + '<b:Boat rdf:about="ok" b:size="5" rdf:type="two words"><b:p rdf:resource="x"/></b:Boat>\n'
        + '<b:Boat rdf:about="two words"><b:p><b:Sail rdf:about="s"><b:p rdf:resource="t"/></b:Sail></b:p></b:Boat>\n'
        + '<b:Boat rdf:about="c"><b:p><b:Sail rdf:about="s s"/></b:p><b:q rdf:parseType="Resource">'
        + '<b:r rdf:resource="two words"/><b:r>1</b:r></b:q></b:Boat>\n'
        + '<rdf:Bag rdf:about="bag"><rdf:li>1</rdf:li><rdf:li rdf:resource="two words"/><rdf:li>3</rdf:li></rdf:Bag>\n'
        + "</rdf:RDF>"
    )
    loaded = skipped(write("g.rdf", text))
    found = triples(loaded.graph)
    named = {s for s, _, _ in found if s.startswith("<")}
    assert named == {f"<http://boats.org/{name}>" for name in ("ok", "c", "bag")}
    assert sum(p == f"<{RDF_TYPE}>" for _, p, _ in found) == 3
    assert {p.rsplit("#")[-1][:-1] for s, p, _ in found if "bag" in s} == {"type", "_1", "_3"}
    assert loaded.rejections.counts == {"IRI": 8}


def test_xml_that_breaks_off_is_counted_line_by_line(write: Write, tmp_path: Path) -> None:
    good = '<b:Boat rdf:about="a"/>\n'
    bad = tmp_path / "bad.txt"
    path = write("g.rdf", XML + good + '<b:Boat rdf:about="b"><b:p></b:Boat>\n' + good + "</rdf:RDF>\n")
    loaded = load([path], IngestOptions(on_error="quarantine", quarantine=str(bad)))
    assert triples(loaded.graph) == {("<http://boats.org/a>", f"<{RDF_TYPE}>", "<http://boats.org/Boat>")}
    assert (loaded.rejections.counts.total(), len(bad.read_text().splitlines())) == (3, 3)


def test_xml_cut_short_is_never_silent(write: Write) -> None:
    text = XML + '<b:Boat rdf:about="a"/>\n<b:Boat rdf:about="c"><b:p rdf:resource="d"/>\n'
    text += "<b:q>one &lt; two</b:q></b:Boat>\n"
    for cut in range(len(XML), len(text) + len("</rdf:RDF>")):
        path = write("g.rdf", (text + "</rdf:RDF>")[:cut])
        with pytest.raises((BadLine, BadFile)):
            load([path], IngestOptions())
        if cut > text.index("<b:q>"):  # the first node is whole
            assert skipped(path).rejections.counts
    assert len(triples(load([write("g.rdf", text + "</rdf:RDF>")], IngestOptions()).graph)) == 4


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "ISO-8859-15", "windows-1252", "UTF-16", "UTF-8", "koi8-r"])
def test_encodings_of_xml(write: Write, encoding: str) -> None:
    name = "Жук" if encoding == "koi8-r" else "Åsa"
    text = XML.replace('"1.0"', f'"1.0" encoding="{encoding}"')
    text += f'<b:Boat rdf:about="{name}"><b:q>{name * 40_000}</b:q></b:Boat></rdf:RDF>'
    for on_error in ("fail", "skip"):
        loaded = load([write("g.rdf", text.encode(encoding))], IngestOptions(on_error=on_error))  # type: ignore[arg-type]
        assert ("<http://boats.org/" + name + ">", "<http://boats.org/q>", f'"{name * 40_000}"') in triples(
            loaded.graph
        )


def test_encodings_that_are_not_as_declared(write: Write) -> None:
    text = XML.replace('"1.0"', '"1.0" encoding="ISO-8859-1"') + '<b:Boat rdf:about="Åsa"/></rdf:RDF>'
    with pytest.raises(BadFile, match='write encoding="UTF-8"'):
        load([write("g.rdf", text)], IngestOptions())
    with pytest.raises(BadFile, match="convert the file to UTF-8 and write"):
        load([write("h.rdf", text.replace("ISO-8859-1", "EBCDIC-CP-BE"))], IngestOptions())


def test_entities_that_are_plain_texts(write: Write) -> None:
    doctype = (
        "<!DOCTYPE rdf:RDF [\n <!-- names -->\n <!ENTITY b \"http://boats.org/\">\n <!ENTITY c '&b;&#99;#' >\n"
        " <!ENTITY t \"a &lt; b &amp; 'c'\"> ]>\n"
    )
    body = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:b="&b;">\n'
        '<b:Boat rdf:about="&c;x"><b:p rdf:resource="&b;y"/><b:q>&t;</b:q>\n'
        '<b:p rdf:resource="two words"/></b:Boat></rdf:RDF>'
    )
    loaded = skipped(write("g.owl", "<?xml version='1.0'?>\n" + doctype + body))
    assert triples(loaded.graph) == {
        ("<http://boats.org/c#x>", f"<{RDF_TYPE}>", "<http://boats.org/Boat>"),
        ("<http://boats.org/c#x>", "<http://boats.org/p>", "<http://boats.org/y>"),
        ("<http://boats.org/c#x>", "<http://boats.org/q>", "\"a < b & 'c'\""),
    }
    assert [error.line for error in loaded.rejections.first] == [9]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Prefix(:=<http://boats.org/>)\nOntology(<http://boats.org/o>)", "saved as RDF/XML or Turtle"),
        ("Prefix: : <http://boats.org/>\nOntology: <http://boats.org/o>", "saved as RDF/XML or Turtle"),
        (HEAD + ":a :p :b .", "--format turtle"),
        ('<?xml version="1.0"?>\n<Ontology xmlns="http://www.w3.org/2002/07/owl#" ontologyIRI="o"/>', "OWL/XML"),
    ],
)
def test_other_syntaxes_of_ontologies_are_refused_with_what_to_do(write: Write, text: str, said: str) -> None:
    with pytest.raises(BadFile, match=said):
        load([write("g.owl", text)], IngestOptions())


BOMBS = [
    '<!ENTITY a "' + "x" * 2000 + '">',
    "".join(f'<!ENTITY e{i} "x">' for i in range(300)),
    '<!ENTITY a "x"><!ENTITY b "&#38;a;&#38;a;">',
    '<!ENTITY a "&later;">',
    '<!ENTITY % p "x">',
    '<!ENTITY a SYSTEM "file:///etc/passwd">',
    '<!ENTITY a "<b/>">',
    "<!ATTLIST b c CDATA 'd'>",
    "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10 if i else "lol"}">' for i in range(9)),
]


@pytest.mark.parametrize("entities", BOMBS)
def test_entities_that_are_refused(write: Write, entities: str) -> None:
    with pytest.raises(BadFile, match="DOCTYPE"):
        load([write("g.rdf", f"<!DOCTYPE rdf:RDF [{entities}]>" + XML.split("?>")[1] + "</rdf:RDF>")], IngestOptions())


# --- JSON-LD
NODES = {
    "good": {"s:p": [1, {"@id": "http://x.org/y"}]},
    "iri": {"s:p": {"@id": "http://x.org/two words"}},
    "key": {"s:two words": 5},
    "type": {"@type": "http://x.org/two words"},
    "relative": {"s:p": {"@id": "elsewhere"}},
    "tag": {"s:p": {"@value": "x", "@language": "e_n"}},
    "language": {"s:p": {"@value": "x", "@language": 5}},
    "id": {"s:p": {"@id": 5}},
    "datatype": {"s:p": {"@value": "x", "@type": "http://x.org/two words"}},
}


@given(st.lists(st.sampled_from(sorted(NODES)), min_size=1, max_size=8))
@settings(max_examples=60)
def test_json_without_what_is_bad(tmp_path_factory: pytest.TempPathFactory, kinds: list[str]) -> None:
    nodes = [{"@id": f"http://x.org/n{i}", "s:name": "x", **NODES[kind]} for i, kind in enumerate(kinds)]
    good = [
        node if kind == "good" else {"@id": node["@id"], "s:name": "x"} for node, kind in zip(nodes, kinds, strict=True)
    ]
    context = {"s": "http://s.org/"}
    path = tmp_path_factory.mktemp("j") / "g.jsonld"
    path.write_text(json.dumps({"@context": context, "@graph": nodes}, indent=1))
    loaded = skipped(str(path))
    assert triples(loaded.graph) == expected(json.dumps({"@context": context, "@graph": good}), ox.RdfFormat.JSON_LD)
    bad = sum(kind != "good" for kind in kinds)
    assert loaded.rejections.counts.total() == bad
    if bad:
        with pytest.raises(BadLine):
            load([str(path)], IngestOptions())


def test_the_line_of_a_bad_iri_of_json(write: Write) -> None:
    path = write("g.jsonld", '{"@id": "http://x.org/a",\n "http://x.org/p":\n {"@id": "http://x.org/two words"}}')
    with pytest.raises(BadLine, match="Invalid IRI") as caught:
        load([path], IngestOptions())
    assert caught.value.line == 3


def test_a_node_that_is_no_json_costs_itself(write: Write, tmp_path: Path) -> None:
    lines = [
        '{"@context": {"s": "http://s.org/"}, "@graph": [',
        '{"@id": "http://x.org/a", "s:p": "x"},',
        '{"@id": "http://x.org/b", "s:p": "not closed},',
        '{"@id": "http://x.org/c", "s:p": },',
        '{"@id": "http://x.org/d", "s:p": {"@id": 7}, "s:q": 1}',
        "]}",
    ]
    bad = tmp_path / "bad.txt"
    loaded = load([write("g.jsonld", "\n".join(lines))], IngestOptions(on_error="quarantine", quarantine=str(bad)))
    assert {(s[-2], p[-2]) for s, p, _ in triples(loaded.graph)} == {("a", "p"), ("d", "q")}
    assert [error.line for error in loaded.rejections.first] == [3, 4, 0]
    assert len(bad.read_text().splitlines()) == 3


def test_contexts_that_are_built_in(write: Write) -> None:
    for address in ("https://schema.org", "http://schema.org/", "https://schema.org/docs/jsonldcontext.json"):
        node = {"@context": [address, {"x": "http://x.org/"}], "id": "http://x.org/a", "type": "Person", "name": "Ada"}
        node |= {"url": "http://x.org/", "birthDate": "1815-12-10", "x:p": 1, "knows": {"id": "http://x.org/b"}}
        found = triples(load([write("g.jsonld", json.dumps(node))], IngestOptions()).graph)
        assert {(p, v) for _, p, v in found} == {
            (f"<{RDF_TYPE}>", "<http://schema.org/Person>"),
            ("<http://schema.org/name>", '"Ada"'),
            ("<http://schema.org/url>", "<http://x.org/>"),
            ("<http://schema.org/birthDate>", '"1815-12-10"^^<http://schema.org/Date>'),
            ("<http://schema.org/knows>", "<http://x.org/b>"),
            ("<http://x.org/p>", '"1"^^<http://www.w3.org/2001/XMLSchema#integer>'),
        }


@pytest.mark.parametrize(
    ("address", "node", "predicate"),
    [
        (
            "https://www.w3.org/ns/activitystreams",
            {"actor": "http://x.org/b"},
            "https://www.w3.org/ns/activitystreams#actor",
        ),
        ("http://www.w3.org/ns/anno.jsonld", {"target": "http://x.org/b"}, "http://www.w3.org/ns/oa#hasTarget"),
        ("https://www.w3.org/ns/did/v1", {"controller": "http://x.org/b"}, "https://w3id.org/security#controller"),
        (
            "https://www.w3.org/2018/credentials/v1",
            {"issuer": "http://x.org/b"},
            "https://www.w3.org/2018/credentials#issuer",
        ),
        (
            "https://w3id.org/ro/crate/1.1/context",
            {"hasFile": {"@id": "http://x.org/b"}},
            "http://pcdm.org/models#hasFile",
        ),
    ],
)
def test_other_contexts_that_are_built_in(write: Write, address: str, node: dict[str, object], predicate: str) -> None:
    text = json.dumps({"@context": address, "@id": "http://x.org/a", **node})
    assert triples(load([write("g.jsonld", text)], IngestOptions()).graph) == {
        ("<http://x.org/a>", f"<{predicate}>", "<http://x.org/b>")
    }


@pytest.mark.parametrize(
    "context",
    [
        "https://x.org/c",
        ["c.jsonld"],
        {"@import": "https://x.org/c"},
        {"a": {"@id": "x:a", "@context": "https://x.org/c"}},
    ],
)
def test_other_contexts_are_refused_by_name(write: Write, context: object) -> None:
    text = json.dumps({"@context": context, "@id": "http://x.org/a", "a": 1})
    with pytest.raises(BadFile, match=r"the context '.*c.*' is not built in.*@vocab"):
        load([write("g.jsonld", text)], IngestOptions())


def test_contexts_are_found_wherever_a_stream_is_cut(write: Write) -> None:
    filler = [
        {"@id": f"http://x.org/{i}", "http://x.org/say": 'a "@context": "https://x.org/no" b' + "é" * 50}
        for i in range(900)
    ]
    node = {"@context": "https://schema.org", "@id": "http://x.org/a", "name": "Ada"}
    text = json.dumps([*filler, node, *filler[:5], node])
    assert len(text) > 1 << 17
    found = triples(load([write("g.jsonld", text)], IngestOptions()).graph)
    assert len(found) == 901
    assert ("<http://x.org/a>", "<http://schema.org/name>", '"Ada"') in found


def test_json_cut_short_is_never_silent(write: Write) -> None:
    text = '{"@context": {"s": "http://s.org/"}, "@graph": [\n{"@id": "s:a", "s:p": [1, "x"]},\n'
    text += '{"@id": "s:b", "s:q": {"@id": "s:c"}}\n]}'
    for cut in range(text.index("},\n") + 1, len(text)):
        path = write("g.jsonld", text[:cut])
        with pytest.raises(BadLine):
            load([path], IngestOptions())
        loaded = skipped(path)
        assert loaded.rejections.counts
        assert {p for _, p, _ in triples(loaded.graph)} >= {"<http://s.org/p>"}

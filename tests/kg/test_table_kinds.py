"""Tables and networks as people keep them: each is read as what it is, or refused with what to do about it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.kg.errors import BadFile, BadInput, BadLine
from clew.kg.graph.graph import Graph
from clew.kg.graph.statements import edge_attributes, iter_statements
from clew.kg.ingest.loading import load
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.readers.likeness import why_no_triples
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import RDF_TYPE, RDFS_LABEL, XSD

Write = Callable[[str, "str | bytes"], str]
Triple = tuple[str, str, str]
HEADER = "head,relation,tail\n"
FERRIES = {("Vega", "sails to", "Alta"), ("Lyra", "sails to", "Moss")}
ROWS = [{"head": head, "relation": relation, "tail": tail} for head, relation, tail in sorted(FERRIES)]
LISTS = [list(row) for row in sorted(FERRIES)]


def read(*paths: str, **options: object) -> Graph:
    return load(paths, IngestOptions(**options)).graph  # type: ignore[arg-type]


def statements(graph: Graph) -> set[tuple[str, str, str | Literal]]:
    return {(subject, predicate, value) for subject, predicate, value, _ in iter_statements(graph)}


def extras(graph: Graph) -> set[tuple[str, str]]:
    """The attributes of all edges."""
    return {(name, one.lexical) for edge in range(graph.num_edges) for name, one in edge_attributes(graph, edge)}


# --- JSON
ARRAYS = {
    "objects": json.dumps(ROWS),
    "objects, pretty": json.dumps(ROWS, indent=2),
    "objects, one a line": "[\n" + ",\n".join(map(json.dumps, ROWS)) + "\n]\n",
    "triples": json.dumps(LISTS),
    "triples, pretty": json.dumps(LISTS, indent=1),
    "triples, one a line": "\n".join(map(json.dumps, LISTS)),
    "objects behind each other": "\n".join(json.dumps(row, indent=2) for row in ROWS),
    "an object around them": json.dumps({"count": 2, "data": ROWS}),
    "an object around triples": json.dumps({"rows": LISTS}, indent=1),
    "a byte order mark": "\ufeff" + json.dumps(ROWS),
    "blanks before": " \n\n " + json.dumps(ROWS),
}


@pytest.mark.parametrize("kind", ARRAYS)
@pytest.mark.parametrize("name", ["g.json", "g.jsonl", "g.txt", "g"])
def test_rows_in_json(write: Write, kind: str, name: str) -> None:
    assert statements(read(write(name, ARRAYS[kind]))) == FERRIES


@given(
    rows=st.lists(
        st.tuples(*[st.text(min_size=1).filter(lambda text: text.strip() and "\0" not in text)] * 3), min_size=1
    ),
    indent=st.none() | st.integers(0, 3),
    ascii_only=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_an_array_is_read_as_its_rows_are_in_lines(
    rows: list[Triple], indent: int | None, ascii_only: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    objects = [{"head": head, "relation": relation, "tail": tail} for head, relation, tail in rows]
    (folder / "array.json").write_text(json.dumps(objects, indent=indent, ensure_ascii=ascii_only), "utf-8")
    (folder / "lines.jsonl").write_text("".join(json.dumps(row) + "\n" for row in objects), "utf-8")
    assert read(str(folder / "array.json")).content_hash == read(str(folder / "lines.jsonl")).content_hash


def test_an_array_longer_than_a_piece(write: Write) -> None:
    rows = [{"head": f"n{i}", "relation": "p" * (i % 300), "tail": f"n{i // 2}"} for i in range(1, 4000) if i % 300]
    found = read(write("g.json", json.dumps(rows, indent=1)))
    assert statements(found) == {(row["head"], row["relation"], row["tail"]) for row in rows}
    lines = {found.edge_source(edge).line for edge in range(found.num_edges)}
    assert lines == {2 + 5 * i for i in range(len(rows))}


BAD_JSON = [
    (json.dumps(ROWS)[:-9], 1, "not JSON"),
    ("[\n" + json.dumps(ROWS[0]) + ",\n{]\n", 3, "not JSON"),
    (json.dumps(LISTS)[:-1] + ",]", 1, "not JSON"),
    (json.dumps(LISTS) + "\n[]", 2, "behind the end"),
    ('[["a", "p", NaN]]', 1, "NaN"),
    ('[{"head": "a", "relation": "p", "tail": "b", "tail": "c"}]', 1, "'tail' occurs twice"),
    ('[["a", "p"]]', 1, "three members"),
    ("[1, 2, 3]", 1, "relation must be a text"),
    ('[{"head": "a", "relation": "p", "tail": "b", "note": {"x": 1}}]', 1, "'note'"),
    ('[{"name": "x", "@id": "http://x.org/a"}]', 1, "jsonld"),
    ('{"type": "FeatureCollection", "features": []}', 1, "neither head"),
]


@pytest.mark.parametrize(("content", "line", "reason"), BAD_JSON)
def test_bad_json_says_where(write: Write, content: str, line: int, reason: str) -> None:
    with pytest.raises(BadLine, match=reason) as caught:
        read(write("g.json", content))
    assert caught.value.line == line


@pytest.mark.parametrize(
    "bad",
    [
        '["a", "p", "half \\ud83d"]',
        '["a", "\\udc00", "b"]',
        '["a", "p", 1e400]',
        '{"head": "a", "relation": "p", "tail": "b", "note": ["half \\ud83d"]}',
        '{"head": "a", "relation": "p", "tail": "b", "note": -1e999}',
        '{"id": "a", "name": "half \\ud83d"}',
    ],
)
@pytest.mark.parametrize("layout", ["[%s,\n%s]", "%s\n%s\n"])
def test_texts_and_numbers_that_are_none(write: Write, bad: str, layout: str) -> None:
    path = write("g.json" if layout.startswith("[") else "g.jsonl", layout % (bad, '["Mo\\ud83d\\ude00", "p", "b"]'))
    with pytest.raises(BadLine) as caught:
        read(path)
    assert caught.value.line == 1
    loaded = load([path], IngestOptions(on_error="skip"))
    assert (statements(loaded.graph), loaded.rejections.counts) == ({("Mo\U0001f600", "p", "b")}, {"shape": 1})


def test_a_bad_row_of_an_array_costs_only_itself(write: Write) -> None:
    path = write("g.json", json.dumps([LISTS[0], {"x": 1}, LISTS[1]]))
    loaded = load([path], IngestOptions(on_error="skip"))
    assert (statements(loaded.graph), loaded.rejections.counts["shape"]) == (FERRIES, 1)


def test_names_of_one_way_of_writing_go_together(write: Write) -> None:
    row = {"start": 1990, "end": 1995, "source": "f", "head": "Ann", "relation": "lives in", "tail": "Moss"}
    table = ",".join(row) + "\n" + ",".join(map(str, row.values())) + "\n"
    for path in (write("g.jsonl", json.dumps(row)), write("g.json", json.dumps([row])), write("g.csv", table)):
        graph = read(path)
        assert statements(graph) == {("Ann", "lives in", "Moss")}
        assert extras(graph) == {("start", "1990"), ("end", "1995"), ("source", "f")}


def test_nodes_and_numbers_in_json(write: Write) -> None:
    nodes = [{"id": 1, "name": "Ann", "type": ["Person", "Author"], "born": 1970, "tags": ["x", "y"]}]
    graph = read(write("n.json", json.dumps(nodes)), write("e.json", '[[1, "knows", 2], ["Moss", "ferries", 4]]'))
    assert statements(graph) == {
        ("1", RDFS_LABEL, Literal("Ann")),
        *(("1", RDF_TYPE, kind) for kind in ("Person", "Author")),
        ("1", "born", Literal("1970", XSD + "integer")),
        *(("1", "tags", Literal(tag)) for tag in "xy"),
        ("1", "knows", "2"),
        ("Moss", "ferries", Literal("4", XSD + "integer")),
    }


def test_results_of_sparql(write: Write) -> None:
    def uri(name: str) -> dict[str, str]:
        return {"type": "uri", "value": f"http://x.org/{name}"}

    number = {"type": "literal", "value": "5", "datatype": XSD + "integer"}
    rows = [{"s": uri("a"), "p": uri("p"), "o": number}, {"s": uri("a"), "p": uri("p"), "o": uri("b")}]
    document = {"head": {"vars": ["s", "p", "o"]}, "results": {"bindings": rows}}
    expected = {
        ("http://x.org/a", "http://x.org/p", value) for value in (Literal("5", XSD + "integer"), "http://x.org/b")
    }
    for indent in (None, 2):
        assert statements(read(write("r.json", json.dumps(document, indent=indent)))) == expected
    others = json.loads(json.dumps(document).replace('"s"', '"film"'))
    with pytest.raises(BadFile, match="CONSTRUCT"):
        read(write("r.json", json.dumps(others)))


# --- what is no table
FOREIGN = [
    ("g.csv", json.dumps(ROWS), "JSON"),
    ("g.tsv", '{"nodes": []}', "JSON"),
    ("g.txt", "[{'head': 'a', 'relation': 'p', 'tail': 'b'}]", "Python"),
    ("g.html", "<html><body>a b c</body></html>", "HTML"),
    ("g", "<!DOCTYPE html>\n<html><p>a b c</p></html>", "HTML"),
    ("g.csv", "<table><tr><td>a,b,c</td></tr></table>", "HTML"),
    ("g.txt", "<catalog>\n<book id='1' lang='en'/>\n</catalog>", "XML"),
    ("g.yaml", "a: b", "YAML"),
    ("g.txt", "- name: Ann\n- name: Ben\n", "YAML"),
    ("g.txt", "---\nship: Vega\n", "YAML"),
    ("g.txt", "ships:\n  - Vega\n", "YAML"),
    ("g.sql", "whatever", "SQL"),
    ("g.txt", "-- a dump\nCREATE TABLE ship (id int);\nINSERT INTO ship VALUES (1, 2, 3);\n", "SQL"),
    ("g.csv", "INSERT INTO ship VALUES (1, 'a', 'b');\n", "SQL"),
    ("g.txt", "CREATE (a:Ship {name: 'Vega'})", "Cypher"),
    ("g.gml", "graph []", "read_gml"),
    ("g.txt", 'Creator "me"\ngraph [\n node [ id 1 ]\n]\n', "read_gml"),
    ("g.gexf", "<gexf/>", "read_gexf"),
    ("g", '<?xml version="1.0"?><gexf version="1.2"><graph/></gexf>', "read_gexf"),
    ("g.net", '*Vertices 2\n1 "a"\n2 "b"\n*Arcs\n1 2 1\n', "read_pajek"),
    ("g.txt", "digraph G {\n a -> b;\n}\n", "DOT"),
    ("g.md", "| a | p | b |\n|---|---|---|\n| c | q | d |\n", "Markdown"),
    ("g.xml", '<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"/>', "SPARQL"),
    ("g.xlsx", b"PK\x03\x04[Content_Types].xml", "CSV"),
    ("g.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "CSV"),
    ("g.csv", ("x" + HEADER).encode("utf-16"), "UTF-16"),
    ("g.txt", "a = b\nc = d\n", "no words"),
    ("g.txt", "the cat sat\na dog ran\nhis hat fell\nmy own bed\n", "different values"),
    ("g.csv", "a,p,b\rc,p,d\r", "CR alone"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "reason"), FOREIGN)
def test_what_is_no_table_is_never_read_as_one(write: Write, name: str, content: str | bytes, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        read(write(name, content))


@pytest.mark.parametrize(
    "content",
    [
        "# ships\n@prefix : <http://x.org/> .\n:a :p :b .\n",
        "PREFIX : <http://x.org/>\n:a :p :b .\n",
        "<http://x.org/a> <http://x.org/p> <http://x.org/b> ;\n  a <http://x.org/C> .\n",
        "<http://x.org/a> a <http://x.org/C>.\n",
    ],
)
def test_turtle_without_extension(write: Write, content: str) -> None:
    graph = read(write("g", content))
    assert graph.num_edges >= 1
    assert all(subject == "http://x.org/a" for subject, _, _ in statements(graph))


def test_iris_between_tabs_are_a_table(write: Write) -> None:
    graph = read(write("facts", "<Vega>\t<bornIn>\t<Moss>\n<Lyra>\t<bornIn>\t<Moss>\n"))
    assert statements(graph) == {("<Vega>", "<bornIn>", "<Moss>"), ("<Lyra>", "<bornIn>", "<Moss>")}


# --- CSV
LINES = "Vega,sails to,Alta\nLyra,sails to,Moss\n"
WRITTEN = [
    "sep=;\n" + (HEADER + LINES).replace(",", ";"),
    "sep=;\n" + LINES.replace(",", ";"),
    "# export of today\n# and, so, on\n" + HEADER + LINES,
    "#" + HEADER + LINES,
    "# made today\n" + LINES,
    "\n\n" + HEADER + "\n" + LINES + "\n",
    "Ferries,,\n,,\n" + HEADER + LINES,
    "Ferries of today\n\n" + HEADER + LINES,
    "\ufeff" + HEADER + LINES,
    HEADER.replace("\n", ",\n") + LINES.replace("\n", ",\n"),
    HEADER + LINES + HEADER + LINES,
    "," + HEADER + "0," + LINES.replace("\n", "\n1,", 1),
    HEADER.upper() + LINES.replace("\n", "\r\n"),
    "subject;predicate;object\n" + LINES.replace(",", ";"),
    "source,interaction,target\n" + LINES,
]


@pytest.mark.parametrize("content", WRITTEN)
def test_ways_of_writing_a_table(write: Write, content: str) -> None:
    assert statements(read(write("g.csv", content))) == FERRIES


@given(
    rows=st.lists(
        st.tuples(*[st.text("ab,;\"'\n #é", min_size=1).filter(lambda text: text == text.strip())] * 3), min_size=1
    )
)
@settings(max_examples=60, deadline=None)
def test_quoted_cells_come_back(rows: list[Triple], tmp_path_factory: pytest.TempPathFactory) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([("head", "relation", "tail"), *rows])
    path = tmp_path_factory.getbasetemp() / "quoted.csv"
    path.write_text(text.getvalue(), "utf-8", newline="")
    assert statements(read(str(path))) == set(rows)


BAD_ROWS = [
    (HEADER + LINES + "Vega,sails to\n", 4, "2 columns instead of 3"),
    (HEADER + LINES + "a,b,c,d\n", 4, "4 columns instead of 3"),
    (HEADER.replace("\n", ",\n") + "a,p,b,x\n", 2, "without a name"),
    (HEADER + LINES + "subject,predicate,object\na,p,b\n", 4, "another header"),
    (HEADER.encode() + "Tromsø,p,b\n".encode("cp1252"), 2, "WINDOWS-1252"),
    ("id:ID,name,n:int\n1,Ann,x\n", 2, "no int"),
    ("id:ID,name,tags:string[]\n1,Ann,a|b\n", 2, "split by ';'"),
    ("id:ID,name,ok:boolean\n1,Ann,yes\n", 2, "no boolean"),
    (":START_ID,:END_ID,:TYPE,since:date\n1,2,KNOWS,1.1.2020\n", 2, "no date"),
]


@pytest.mark.parametrize(("content", "line", "reason"), BAD_ROWS)
def test_a_bad_row_says_where(write: Write, content: str | bytes, line: int, reason: str) -> None:
    with pytest.raises(BadLine, match=reason) as caught:
        read(write("g.csv", content))
    assert caught.value.line == line


def test_decimal_commas_and_thousands_stay_text(write: Write) -> None:
    graph = read(write("g.csv", "head;relation;tail;km;people;share\nMoss;near;Alta;3,5;1.234;12.5\n"))
    assert {name: one.datatype.removeprefix(XSD) for name, one in edge_attributes(graph, 0)} == {
        "km": "string", "people": "string", "share": "decimal",
    }  # fmt: skip


def test_two_delimiters_are_no_matter_of_luck(write: Write) -> None:
    ambiguous = "Vega;sails to;Alta, North, EU\nLyra;stops at;Moss, South, EU\n"
    with pytest.raises(BadFile, match="--delimiter"):
        read(write("g.csv", ambiguous))
    graph = read(write("g.csv", ambiguous), delimiter=";")
    assert statements(graph) == {("Vega", "sails to", "Alta, North, EU"), ("Lyra", "stops at", "Moss, South, EU")}
    named = read(write("g.csv", "head;relation;tail\n" + ambiguous))
    assert statements(named) == statements(graph)


# --- three columns
NO_TRIPLES = [
    "name,age,city\nAnn,31,Moss\nBen,33,Alta\n",
    "name,age,city\n",
    "date,amount,currency\n2020-01-01,3.5,EUR\n2020-01-01,4,USD\n",
    "person,department,city\nAnn,Sales,Moss\nBen,Sales,Alta\nCleo,Law,Moss\n",
    "Person,Department,City\nAnn,Sales,Moss\nBen,Sales,Alta\nCleo,Law,Moss\n",
    "author,title,publisher\nEco,Rose,Bompiani\nEco,Pendulum,Bompiani\nLem,Solaris,MON\n",
    "SUID,shared name,interaction\n1,a (pp) b,pp\n2,b (pp) c,pp\n",
    "captain,vessel,port\nAnn,Vega,Moss\nBen,Lyra,Alta\n",
    "captain,steers,vessel\nAnn,takes,Vega\nBen,takes,Lyra\n",
    "source,target,weight\na,b,0.5\nb,c,0.7\n",
    ":START_ID,:END_ID\n1,2\n",
    "Source,Target,Type\n1,2,Directed\n2,3,Directed\n",
    "1,Ann,Moss\n2,Ben,Alta\n",
    "Ann,31,Moss\nBen,33,Alta\n",
    "Ann,1970-01-01,Moss\nBen,1971-02-03,Alta\n",
    "0,1,2\n1,4,0\n2,7,5\n",
    "w,Ann,Moss\nx,Ben,Alta\ny,Cleo,Bergen\nz,Dan,Bodø\n",
    "event,start,end,type\ngala,2020-01-01,2020-01-02,concert\n",
    "a,b\nc,d\n",
    "a,b,c,d\ne,f,g,h\n",
]


@pytest.mark.parametrize("content", NO_TRIPLES)
@pytest.mark.parametrize("name", ["g.csv", "g.txt"])
def test_a_table_of_things_is_no_list_of_triples(write: Write, content: str, name: str) -> None:
    with pytest.raises(BadFile, match="column"):
        read(write(name, content))


def test_the_message_says_what_to_do_and_it_works(write: Write) -> None:
    path = write("g.csv", "captain,steers,vessel\nAnn,takes,Vega\nBen,takes,Lyra\n")
    with pytest.raises(BadFile, match=r"first row looks like a header .*--columns HEAD,RELATION,TAIL.*Model tables"):
        read(path)
    expected = {("Ann", "takes", "Vega"), ("Ben", "takes", "Lyra")}
    assert statements(read(path, columns=("captain", "steers", "vessel"))) == expected
    with pytest.raises(BadFile, match="--header or --no-header"):
        read(path, columns=("1", "2", "3"))
    assert statements(read(path, columns=("1", "2", "3"), header=True)) == expected
    assert statements(read(path, header=False)) == expected | {("captain", "steers", "vessel")}


TRIPLES = [
    "Ann,knows,Ben\n",
    "Ann,knows,Ben\nCleo,likes,Dan\n",
    "Vega,built in,Moss\nVega,built,1979\nVega,owner,Ann\nVega,flag,Norway\nVega,length,30 m\n",
    "Ann,knows,Ben\nBen,likes,Cleo\nCleo,fears,Dan\nDan,employs,Ann\n",
    "1,knows,2\n2,knows,3\n3,knows,4\n",
    "/m/1,/a/b,/m/2\n/m/3,/a/c,/m/4\n/m/5,/a/b,/m/6\n",
]


@pytest.mark.parametrize("content", TRIPLES)
def test_triples_without_header_are_read(write: Write, content: str) -> None:
    rows = {tuple(row) for row in csv.reader(io.StringIO(content))}
    assert statements(read(write("g.csv", content))) == rows


@given(
    rows=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 4), st.integers(0, 30)), min_size=10, max_size=60),
)
def test_few_relations_are_never_refused(rows: list[tuple[int, int, int]]) -> None:
    named = [(f"Entity {head}", f"relation {relation}", f"Entity {tail}") for head, relation, tail in rows]
    assert why_no_triples(named, header=True) is None


def test_things_behind_many_triples_are_noticed(write: Write) -> None:
    triples = "".join(f"e{i}|r{i % 3}|e{i // 2}\n" for i in range(26_000))
    things = "".join(f"e{i}|name {i}|e{i // 2}\n" for i in range(26_000))
    assert read(write("g.txt", triples)).num_relations == 3
    with pytest.raises(BadFile, match="different values"):
        read(write("g.txt", triples + things))


# --- ids of several tables
PEOPLE, PORTS = "id,name\n1,Ann\n2,Ben\n", "id,name\n1,Moss\n2,Alta\n"


@pytest.mark.parametrize(
    ("name", "ports"),
    [
        ("ports.csv", PORTS),
        ("ports.tsv", PORTS.replace(",", "\t")),
        ("ports.csv", "id,type\n1,Port\n"),
        ("ports.csv", "id:ID,name\n2,Alta\n"),
        ("ports.json", '[{"id": 1, "name": "Moss"}]'),
        ("ports.csv", "id,name,type\n1,Ann,Ship\n"),
    ],
)
@pytest.mark.parametrize("on_error", ["fail", "skip"])
def test_rows_of_two_tables_never_become_one_node(write: Write, name: str, ports: str, on_error: str) -> None:
    paths = write("people.csv", PEOPLE), write(name, ports)
    with pytest.raises(
        BadLine, match=r"the id '[12]' is also that of another row in .*(ports|people)\..*:[123];.*ID\(City\)"
    ):
        read(*paths, on_error=on_error)


def test_tables_that_agree_or_share_no_id_go_together(write: Write) -> None:
    names = {("1", "Ann"), ("2", "Ben"), ("3", "Moss")}
    graph = read(write("a.csv", PEOPLE), write("b.csv", PEOPLE), write("c.csv", "id,name\n3,Moss\n"))
    assert {(key, one.lexical) for key, _, one in statements(graph) if isinstance(one, Literal)} == names
    spaces = read(write("a.csv", PEOPLE.replace("id", "id:ID(P)")), write("b.csv", "id:ID(P),:LABEL\n1,Person\n"))
    assert ("P:1", RDF_TYPE, "Person") in statements(spaces)
    assert ("P:1", RDFS_LABEL, Literal("Ann")) in statements(spaces)


def test_declared_types_of_neo4j(write: Write) -> None:
    header = (
        "shipId:ID(Ship),name:string,tags:string[],built:date,on:boolean,n:long,at:datetime,took:duration,x:float,"
        ":LABEL,z:IGNORE"
    )
    row = "7,Vega,a;b,1970-01-01,TRUE,3,2020-01-01T10:00Z,P3DT2H,3,Ship;Ferry,secret"
    found = statements(read(write("n.csv", f"{header}\n{row}\n")))
    typed = {
        "built": ("1970-01-01", "date"),
        "on": ("true", "boolean"),
        "n": ("3", "integer"),
        "took": ("P3DT2H", "duration"),
        "at": ("2020-01-01T10:00:00Z", "dateTime"),
        "x": ("3", "double"),
    }
    assert found == {
        ("Ship:7", RDFS_LABEL, Literal("Vega")),
        *(("Ship:7", RDF_TYPE, kind) for kind in ("Ship", "Ferry")),
        *(("Ship:7", "tags", Literal(tag)) for tag in "ab"),
        *(("Ship:7", name, Literal(lexical, XSD + kind)) for name, (lexical, kind) in typed.items()),
    }


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"n.csv": "id:ID,name,at:point\n1,Ann,{x: 1}\n"}, "'at' is of the type 'point'"),
        ({"n.csv": "id:ID,name,at:datetime{timezone:Europe/Oslo}\n1,Ann,2020-01-01T10:00\n"}, "'at'"),
        ({"n.csv": "a:ID,b:ID,name\n1,2,x\n"}, "several columns"),
        ({"e.csv": ":START_ID,:END_ID,since:int\n1,2,3\n"}, ":TYPE"),
        ({"a.csv": ":ID,name,:LABEL\n", "b.csv": "1;Ann;Person\n"}, "cat header.csv"),
        ({"a.csv": "1,Ann,Person\n2,Ben,Person\n", "b.csv": ":ID,name,:LABEL\n"}, "numbers the rows"),
        ({"a.csv": "1,2,KNOWS\n2,1,KNOWS\n"}, "numbers or dates"),
    ],
)
def test_neo4j_files_that_are_refused(write: Write, files: dict[str, str], reason: str) -> None:
    with pytest.raises(BadFile, match=reason):
        read(*(write(name, content) for name, content in files.items()))


def test_a_column_with_a_prefix_keeps_its_name(write: Write) -> None:
    graph = read(write("n.csv", "id,name,dc:creator\n1,Ann,me\n"))
    assert ("1", "dc:creator", Literal("me")) in statements(graph)

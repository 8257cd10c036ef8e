"""Ingest end to end: every format, whole data sets, and all that can be wrong with a file."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import zstandard

from clew.kg import limits
from clew.kg.errors import BadFile, BadInput, BadLine, ClewError, LimitReached
from clew.kg.graph.interop import from_triples
from clew.kg.graph.statements import edge_attributes
from clew.kg.ingest.ingest import ingest
from clew.kg.ingest.inputs import is_small_and_plain
from clew.kg.ingest.loading import Progress, load
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.update import update
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.snapshot import verify_files
from clew.kg.terms.literal import Literal
from clew.kg.terms.provenance import Source
from clew.kg.terms.vocabulary import XSD

HERE = IngestOptions(isolated=False)


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(tmp_path / "home")


Write = Callable[[str, "str | bytes"], str]

NT = """# a comment
<http://x.org/a> <http://x.org/p> <http://x.org/b> .
<http://x.org/a> <http://x.org/year> "1990"^^<http://www.w3.org/2001/XMLSchema#gYear> .

<http://x.org/b> <http://www.w3.org/2000/01/rdf-schema#label> "Bee \\"B\\" \\u00e9"@EN . # named
_:x <http://x.org/p> "caf\u00e9\\n" .\r
"""
TTL = """@prefix : <http://x.org/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
:a :p :b ; :year "1990"^^xsd:gYear . :b rdfs:label 'Bee "B" é'@en . _:x :p "café\\n" .
"""
TRIG = TTL.replace(":a :p", ":g { :a :p").rstrip() + " }\n"
XML = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#"
 xmlns:x="http://x.org/">
<rdf:Description rdf:about="http://x.org/a"><x:p rdf:resource="http://x.org/b"/>
<x:year rdf:datatype="http://www.w3.org/2001/XMLSchema#gYear">1990</x:year></rdf:Description>
<rdf:Description rdf:about="http://x.org/b"><rdfs:label xml:lang="en">Bee "B" é</rdfs:label></rdf:Description>
<rdf:Description rdf:nodeID="x"><x:p>café
</x:p></rdf:Description></rdf:RDF>"""
JSONLD = """{"@context": {"@vocab": "http://x.org/", "label": "http://www.w3.org/2000/01/rdf-schema#label"}, "@graph": [
{"@id": "http://x.org/a", "p": {"@id": "http://x.org/b"},
 "year": {"@value": "1990", "@type": "http://www.w3.org/2001/XMLSchema#gYear"}},
{"@id": "http://x.org/b", "label": {"@value": "Bee \\"B\\" é", "@language": "en"}},
{"@id": "_:x", "p": "café\\n"}]}"""
FORMATS = {"g.nt": NT, "g.nq": NT, "g.ttl": TTL, "g.trig": TRIG, "g.rdf": XML, "g.jsonld": JSONLD}


@pytest.mark.parametrize("file", FORMATS)
@pytest.mark.parametrize("named", [True, False])
def test_the_same_graph_in_every_rdf_format(write: Write, file: str, named: bool) -> None:
    graph = load([write(file if named else "data", FORMATS[file])], IngestOptions()).graph
    assert graph.content_hash == load([write("other.nt", NT)], IngestOptions()).graph.content_hash
    assert (graph.num_entities, graph.num_edges, graph.num_statements) == (3, 3, 4)
    assert graph.label(graph.node("http://x.org/b")) == 'Bee "B" é'
    assert graph.find_node(Literal("1990", XSD + "gYear").key) is not None
    assert graph.find_node(Literal("café\n").key) is not None


def test_provenance(write: Write) -> None:
    path = write("g.nq", "<a:a> <a:p> <a:b> .\n\n<a:a> <a:q> <a:b> <a:g> .\n<a:a> <a:p> <a:b> <a:g> .\n")
    graph = load([path], IngestOptions()).graph
    assert [graph.edge_source(edge) for edge in range(2)] == [Source("g.nq", 1), Source("g.nq", 3, "a:g")]
    table = write("t.csv", "a,p,b\n")
    assert load([table], IngestOptions()).graph.edge_source(0) == Source("t.csv", 1)
    turtle = write("t.ttl", TTL)
    assert load([turtle], IngestOptions()).graph.edge_source(0) == Source("t.ttl", 3)


def test_files_are_called_as_they_were_given_without_their_folder(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = ["x.nt", "d/x.nt", "d/e/x.nt", "d/e/y.nt", "f/e/x.nt"]
    for number, place in enumerate(places):
        write(place, f"<a:{number}> <a:p> <a:b> .\n")
    monkeypatch.chdir(tmp_path)

    def names(*sources: str) -> list[str]:
        graph = load(sources, IngestOptions()).graph
        return sorted(graph.edge_source(edge).file for edge in range(graph.num_edges))

    top = str(tmp_path)
    assert names(f"{top}/d/x.nt") == ["x.nt"]
    assert names("d/x.nt", "./x.nt") == ["./x.nt", "d/x.nt"]
    assert names(f"{top}/d/x.nt", f"{top}/x.nt") == ["d/x.nt", f"{tmp_path.name}/x.nt"]
    assert names(f"{top}/d/e/x.nt", f"{top}/f/e/x.nt", f"{top}/d/e/y.nt") == ["d/e/x.nt", "f/e/x.nt", "y.nt"]
    assert names(f"{top}/d") == ["e/x.nt", "e/y.nt", "x.nt"]
    assert names("d") == ["d/e/x.nt", "d/e/y.nt", "d/x.nt"]
    assert names(f"{top}/d", f"{top}/f") == ["d/e/x.nt", "e/y.nt", "f/e/x.nt", "x.nt"]
    assert names(f"{top}/*/e/x.nt") == ["d/e/x.nt", "f/e/x.nt"]
    assert names("x.nt", f"{top}/d/x.nt") == ["d/x.nt", "x.nt"]
    assert names(f"{top}/d", f"{top}/d/e/x.nt") == names(f"{top}/d/e/x.nt", f"{top}/d")


COMPRESSORS = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": lambda data: zstandard.ZstdCompressor().compress(data),
}


@pytest.mark.parametrize("kind", COMPRESSORS)
def test_compressed(write: Write, kind: str) -> None:
    plain = load([write("g.nt", NT)], IngestOptions()).graph
    packed = COMPRESSORS[kind](NT.encode())
    for data in (packed, COMPRESSORS[kind](NT[:100].encode()) + COMPRESSORS[kind](NT[100:].encode())):
        assert load([write(f"g.nt.{kind}", data)], IngestOptions()).graph.content_hash == plain.content_hash
    with pytest.raises(BadFile, match="damaged compressed data"):
        load([write(f"cut.nt.{kind}", packed[:-9])], IngestOptions())


def test_several_files_folders_and_patterns(write: Write, tmp_path: Path) -> None:
    write("d/one.nt", "_:x <a:p> <a:b> .\n")
    write("d/two.ttl", "_:x <a:p> <a:b> .\n")
    write("d/notes.md", "not a graph")
    folder, one, two = str(tmp_path / "d"), str(tmp_path / "d" / "one.nt"), str(tmp_path / "d" / "two.ttl")
    graphs = [
        load(sources, IngestOptions()).graph for sources in ([folder], [two, one], [folder + "/*.*t*l", one, one])
    ]
    assert len({graph.content_hash for graph in graphs}) == 1
    assert graphs[0].num_edges == 2, "blank nodes of two files are two nodes"
    for wrong in (str(tmp_path / "nowhere"), str(tmp_path / "d" / "*.xyz")):
        with pytest.raises(BadFile):
            load([wrong], IngestOptions())
    with pytest.raises(BadInput):
        load([], IngestOptions())


def test_a_file_that_is_named_in_two_ways_is_read_once(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "d").mkdir()
    path = write("d/g.ttl", "<http://e/a> <http://e/p> [ <http://e/q> 1 ] .")
    (tmp_path / "d" / "same.ttl").symlink_to("g.ttl")
    monkeypatch.chdir(tmp_path)
    expected = load(["d/g.ttl"], IngestOptions()).graph.content_hash
    for also in (path, "./d/g.ttl", "d/../d/g.ttl", "d", str(tmp_path / "d"), "./d/*.ttl", "d/same.ttl"):
        for sources in (["d/g.ttl", also], [also, "d/g.ttl"]):
            loaded = load(sources, IngestOptions())
            assert loaded.graph.content_hash == expected
            assert loaded.graph.num_edges == 2


def test_files_of_a_folder_that_are_not_loaded_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    (folder / "sub").mkdir(parents=True)
    (folder / "one.nt").write_text("<http://e/a> <http://e/p> <http://e/b> .\n")
    for name in ("rows.json", "sub/notes.txt", ".hidden", "shop.db-wal"):
        (folder / name).write_text("[]")
    catalogue = Catalogue(tmp_path / "home")
    report = ingest(catalogue, [folder], "g", IngestOptions(isolated=False))
    assert report.not_loaded == (str(folder / "rows.json"), str(folder / "sub" / "notes.txt"))
    (folder / "one.nt").write_text("<http://e/a> <http://e/p> <http://e/c> .\n")
    assert update(catalogue, "g", add=[folder]).not_loaded == report.not_loaded
    assert ingest(catalogue, [folder / "one.nt"], "g", IngestOptions(isolated=False)).not_loaded == ()


def test_links_that_lead_out_of_a_folder_are_refused(write: Write, tmp_path: Path) -> None:
    inside, outside = write("d/one.nt", "<a:a> <a:p> <a:b> .\n"), write("private.nt", "<a:secret> <a:p> <a:b> .\n")
    folder = tmp_path / "d"
    expected = load([str(folder)], IngestOptions()).graph.content_hash
    (folder / "again.nt").symlink_to("one.nt")
    (tmp_path / "link").symlink_to("d")
    for source in (folder, tmp_path / "link", f"{folder}/../d"):
        assert load([str(source)], IngestOptions()).graph.content_hash == expected, "a link within, or to, the folder"
    (folder / "deep").mkdir()
    for place in ("out.nt", "deep/out.nt"):
        for target in (outside, "../" * (1 + place.count("/")) + "private.nt", str(tmp_path / "link2.nt")):
            (tmp_path / "link2.nt").unlink(missing_ok=True)
            (tmp_path / "link2.nt").symlink_to(outside)
            (folder / place).symlink_to(target)
            with pytest.raises(BadFile, match=r"out\.nt: a link to .*private\.nt, outside of the folder; to load"):
                load([inside, str(folder)], IngestOptions())
            assert load([str(folder / place)], IngestOptions()).graph.num_edges == 1, "named by itself"
            (folder / place).unlink()
    (folder / "dangling.nt").symlink_to("nowhere.nt")
    (folder / "elsewhere").symlink_to(tmp_path)  # a folder: not followed
    assert load([str(folder)], IngestOptions()).graph.content_hash == expected


def test_triple_terms_are_nodes(write: Write) -> None:
    text = (
        '<a:a> <a:p> "x"@EN .\n_:r <http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies> <<( <a:a> <a:p> "x"@EN )>> .\n'
    )
    graph = load([write("g.nt", text + '_:r <a:sure> "0.9" .\n')], IngestOptions()).graph
    term = graph.node('<<( <a:a> <a:p> "x"@en )>>')
    assert not graph.is_literal(term)
    edge = graph.edge(graph.node("a:a"), graph.relation("a:p"), graph.node('"x"@en'))
    assert edge is not None
    assert edge_attributes(graph, edge) == [("a:sure", Literal("0.9"))]
    assert [edge_attributes(graph, other) for other in range(graph.num_edges) if other != edge] == [[], []]
    turtle = write("g.ttl", '<a:a> <a:p> "x"@en ~ _:r {| <a:sure> "0.9" |} .')
    assert load([turtle], IngestOptions()).graph.content_hash == graph.content_hash


def test_anonymous_blank_nodes_are_the_same_at_every_reading(write: Write) -> None:
    path = write("g.ttl", '@prefix : <http://x.org/> . :a :p [ :q ( 1 [] "_:abcdefabcdefabcdefabcdefabcdef12 " ) ] .')
    first, second = (load([path], IngestOptions()).graph for _ in range(2))
    assert first.content_hash == second.content_hash
    assert first.find_node('"_:abcdefabcdefabcdefabcdefabcdef12 "') is not None


@pytest.mark.parametrize(("file", "line"), [("g.nt", "<a:{}> <a:p{}> <a:{}> .\n"), ("g.csv", "{},p{},{}\n")])
def test_the_order_of_lines_does_not_matter(write: Write, file: str, line: str) -> None:
    lines = [line.format(i % 37, i % 5, i % 11) for i in range(300)]
    expected = load([write(file, "".join(lines))], IngestOptions()).graph.content_hash
    random.Random(5).shuffle(lines)
    assert load([write(file, "".join(lines))], IngestOptions()).graph.content_hash == expected


# --- tables
@pytest.mark.parametrize(
    ("file", "content", "options"),
    [
        ("kb.txt", "a|p|b\nb|q|c d\n", {}),
        ("kb.txt", "a\tp\tb\nb\tq\tc d\n", {}),
        ("kb.csv", "a,p,b\nb,q,c d\n", {}),
        ("kb.csv", 'a;p;b\n"b";q;"c d"\n', {}),
        ("kb.csv", "subject,predicate,object\na,p,b\nb,q,c d\n", {}),
        ("kb.csv", "tail,weight,head,relation\nb,,a,p\nc d,,b,q\n", {}),
        ("kb", "a p b\nb q c_d\n", {"want": "c_d"}),
        ("kb.txt", "a|||p|||b\nb|||q|||c d\n", {"delimiter": "|||"}),
        ("kb.txt", "b::x::a::p\nc d::y::b::q\n", {"delimiter": "::", "columns": ("3", "4", "1")}),
        ("kb.csv", "von,art,nach\na,p,b\nb,q,c d\n", {"columns": ("von", "art", "nach")}),
        ("kb.csv", "von,art,nach\na,p,b\nb,q,c d\n", {"header": True}),
        ("kb.csv", " a , p , b \r\nb,q,c d\r\n\r\n", {}),
        ("kb.csv", b"\xef\xbb\xbfa,p,b\nb,q,c d", {}),
    ],
)
def test_tables(write: Write, file: str, content: str | bytes, options: dict[str, object]) -> None:
    last = options.pop("want", "c d")
    graph = load([write(file, content)], IngestOptions(**options)).graph  # type: ignore[arg-type]
    assert graph.content_hash == from_triples([("a", "p", "b"), ("b", "q", str(last))]).content_hash


def test_quotes_are_kept_where_no_quoting_is_usual(write: Write) -> None:
    graph = load([write("kb.txt", '"Crocodile" Dundee|p|b\n"x|p|y"\n')], IngestOptions()).graph
    assert [graph.key(node) for node in range(2)] == ['"Crocodile" Dundee', '"x']


def test_a_label_table_names_entities_and_relations(write: Write) -> None:
    labels = write("labels.txt", "m1\tThe One\nq\tlikes\nunknown\tNobody\n")
    loaded = load([write("kb.txt", "m1|q|m2\n")], IngestOptions(labels=(labels,)))
    graph = loaded.graph
    assert (graph.label(0), graph.label(1), graph.relation_label(0)) == ("The One", "m2", "likes")
    assert (graph.num_entities, graph.num_statements, loaded.unused_labels) == (2, 3, 1)


# --- into the catalogue
def test_a_failed_ingest_leaves_the_catalogue_as_it_was(catalogue: Catalogue, write: Write) -> None:
    report = ingest(catalogue, [write("kb.txt", "a|p|b\n")], "g", HERE)
    for options in (HERE, replace(HERE, isolated=True)):
        with pytest.raises(BadLine) as caught:
            ingest(catalogue, [write("bad.txt", "a|p|b\nx|y\n")], "g", options)
        assert (caught.value.line, caught.value.code) == (2, "bad-line")
    assert catalogue.versions("g") == [report.version]
    assert list((catalogue.home / "staging").iterdir()) == []
    with pytest.raises(BadInput):
        ingest(catalogue, ["x"], "../g", HERE)


def test_isolated_and_here_give_the_same(catalogue: Catalogue, write: Write) -> None:
    path = write("g.ttl", TTL)
    seen: list[Progress] = []
    there = ingest(catalogue, [path], "g", IngestOptions(), seen.append)
    here = ingest(catalogue, [path], "g", HERE)
    assert there.content_hash == here.content_hash == catalogue.open("g").content_hash
    assert (there.triples, there.edges, there.entities, there.relations, there.rejected) == (4, 3, 3, 2, {})
    assert there.peak_rss_mb > 0
    assert there.to_dict()["hash"] == there.content_hash
    verify_files(catalogue.folder("g"))


def test_limits_of_the_child_process(catalogue: Catalogue, write: Write) -> None:
    path = write("kb.txt", "a|p|b\n")
    with pytest.raises(LimitReached, match="seconds"):
        ingest(catalogue, [path], "g", IngestOptions(seconds=0.01))
    with pytest.raises(ClewError, match="memory"):
        ingest(catalogue, [path], "g", IngestOptions(memory_mb=64))
    assert catalogue.names() == []


def test_standard_input(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from clew.kg.store.catalogue import Catalogue; "
        "from clew.kg.ingest.ingest import ingest\n"
        "print(ingest(Catalogue(Path(sys.argv[1])), ['-'], 'g').triples)"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], input=NT.encode(), env=env, capture_output=True)
    assert done.stdout.split() == [b"4"], done.stderr.decode()


# --- whole data sets
@pytest.mark.shared
def test_metaqa(catalogue: Catalogue, shared_data: Path) -> None:
    report = ingest(catalogue, [shared_data / "metaqa" / "kb.txt"], "metaqa")
    assert (report.triples, report.edges, report.entities, report.relations) == (133_582, 133_582, 43_234, 9)


@pytest.mark.shared
def test_fb15k_entities_that_share_a_label_stay_distinct(catalogue: Catalogue, shared_data: Path) -> None:
    folder = shared_data / "fb15k237"
    labels = (str(folder / "entity2text.txt"), str(folder / "relation2text.txt"))
    files = [folder / f"{part}.txt" for part in ("train", "valid", "test")]
    report = ingest(catalogue, files, "fb", replace(HERE, labels=labels))
    assert (report.edges, report.entities, report.relations) == (310_116, 14_541, 237)
    assert report.triples == 310_116 + 14_541 + 237
    graph = catalogue.open("fb")
    sharing: dict[str, int] = {}
    for node in range(graph.num_nodes):
        sharing[graph.label(node)] = sharing.get(graph.label(node), 0) + 1
    shared = [count for count in sharing.values() if count > 1]
    assert (len(shared), sum(shared)) == (223, 499)
    assert len({graph.relation_label(r) for r in range(2 * 237)}) == 2 * 237


def test_small_files_of_statements_are_read_without_a_process_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "g.nt").write_text("<a:b> <a:p> <a:c> .\n")
    (tmp_path / "g.nt.gz").write_bytes(gzip.compress(b"<a:b> <a:p> <a:c> .\n"))
    (tmp_path / "g.ttl").write_text("<a:b> <a:p> <a:c> .\n")
    (tmp_path / "large.nt").write_text("<a:b> <a:p> <a:c> .\n" * (limits.MAX_PLAIN_BYTES // 20 + 1))
    (tmp_path / "labels.tsv").write_text("a:b\tB\n")
    here = [([tmp_path / "g.nt"], IngestOptions()), ([tmp_path / "g.ttl"], IngestOptions(format="ntriples"))]
    apart = [
        ([tmp_path / name], IngestOptions(labels=labels))
        for name, labels in (
            ("g.ttl", ()), ("large.nt", ()), ("g.nt.gz", ()), ("g.nt", (str(tmp_path / "labels.tsv"),)),
        )
    ]  # fmt: skip
    assert all(is_small_and_plain(*one) for one in here)
    assert not any(is_small_and_plain(*one) for one in [*apart, ([tmp_path], IngestOptions())])
    expected = ingest(Catalogue(tmp_path / "apart"), [tmp_path / "g.ttl"], "g")
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("a process was started"))
    assert ingest(Catalogue(tmp_path / "here"), [tmp_path / "g.nt"], "g").content_hash == expected.content_hash

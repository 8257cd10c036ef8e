"""``clew update``, ``diff``, ``rollback``, ``verify``, ``compact``, ``collect`` and ``migrate``, over real files."""

import gzip
import json

import pytest

from clew.kg.store.catalogue import Catalogue
from clew.retrieval.linking.linker import EntityLinker

NQ = "".join(f"<http://x/a{i}> <http://x/p> <http://x/b{i % 7}> .\n" for i in range(40))
LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"


@pytest.fixture
def graph(clew, tmp_path):
    (tmp_path / "g.nt").write_text(NQ)
    (tmp_path / "one.ttl").write_text("<http://x/a1> <http://x/q> <http://x/new> .")
    (tmp_path / "two.csv").write_text("http://x/a2,http://x/q,http://x/new\n")
    (tmp_path / "gone.nt.gz").write_bytes(gzip.compress(NQ.splitlines(keepends=True)[5].encode()))
    return json.loads(clew("ingest", tmp_path / "g.nt", "-g", "g", "--json").stdout)


def test_add_and_delete_files_of_any_format(clew, graph, tmp_path):
    files = ("--add", tmp_path / "one.ttl", tmp_path / "two.csv", "--delete", tmp_path / "gone.nt.gz")
    got = json.loads(clew("update", "g", *files, "--json").stdout)
    assert (got["graph"], got["triples"], got["rejected"]) == ("g", 41, {})
    assert got["version"] != graph["version"]
    result = [*NQ.splitlines()[:5], *NQ.splitlines()[6:]]
    result += [f"<http://x/a{i}> <http://x/q> <http://x/new> ." for i in (2, 1)]
    (tmp_path / "result.nt").write_text("\n".join(result))
    scratch = json.loads(clew("ingest", tmp_path / "result.nt", "-g", "scratch", "--json").stdout)
    for name in ("hash", "triples", "edges", "entities", "relations"):
        assert got[name] == scratch[name], name
    shown = json.loads(clew("diff", "g", "--json").stdout)
    assert (shown["old"], shown["new"]) == (graph["version"], got["version"])
    assert (shown["num_added"], shown["num_removed"]) == (2, 1)
    assert shown["removed"] == ["<http://x/a5> <http://x/p> <http://x/b5> ."]
    text = clew("diff", "g", graph["version"], got["version"], "--limit", "1").stdout
    assert "2 added, 1 removed" in text
    assert "+ ... 1 more" in text
    assert "- <http://x/a5>" in text
    assert json.loads(clew("ask", "-g", "g", "--topic", "http://x/a1", "q of a1", "--json").stdout)["version"]


def test_a_patch_leads_there_and_its_reverse_back(clew, graph, tmp_path):
    table, label = tmp_path / "t.csv", tmp_path / "l.tsv"
    table.write_text("A person,knows,B|x\nB|x,knows,C\n")
    label.write_text("A person\tAnn\n")
    first = json.loads(clew("ingest", table, "-g", "t", "--labels", label, "--json").stdout)
    table.write_text("A person,knows,B|x\nC,likes it,D\n")
    second = json.loads(clew("ingest", table, "-g", "t", "--json").stdout)
    for old, new, expected in ((first, second, second), (second, first, first)):
        clew("rollback", "t", old["version"])
        (tmp_path / "p.rdfp").write_text(clew("diff", "t", old["version"], new["version"], "--patch").stdout)
        got = json.loads(clew("update", "t", "--patch", tmp_path / "p.rdfp", "--json").stdout)
        assert got["hash"] == expected["hash"]


@pytest.mark.parametrize(
    ("patch", "triples"),
    [
        ("A <a:a> <a:p> <a:b> .\n", 41),
        ("H id <urn:x> .\nTX .\n# c\n\nA <a:a> <a:p> <a:b> <a:g> .\nTC .\n", 41),
        ("A <a:a> <a:p> <a:b> .\nD <a:a> <a:p> <a:b> .\n", 40),
        ("D <http://x/a1> <http://x/p> <http://x/b1> .\nA <http://x/a1> <http://x/p> <http://x/b1> .\n", 40),
        ("D <http://x/a1> <http://x/p> <http://x/b1> .\nD <a:not> <a:there> <a:x> .\n", 39),
    ],
)
def test_patches(clew, graph, tmp_path, patch, triples):
    (tmp_path / "p").write_text(patch)
    assert json.loads(clew("update", "g", "--patch", tmp_path / "p", "--json").stdout)["triples"] == triples


@pytest.mark.parametrize(
    ("patch", "reason"),
    [
        ("A <a:a> <a:p> <a:b> .\nPA x <a:> .\n", "p:2: PA: prefixes are"),
        ("A <a:a> <a:p> <a:b> .\nTA .\n", "p:2: TA: aborted transactions"),
        ("<a:a> <a:p> <a:b> .\n", "p:1: the statement must start with A"),
        ("A <a:a> <a:p> .\n", "p:1:"),
        ("# nothing\n", "no statement"),
    ],
)
def test_bad_patches(clew, graph, tmp_path, patch, reason):
    (tmp_path / "p").write_text(patch)
    assert reason in clew("update", "g", "--patch", tmp_path / "p", exit_code=2).stderr
    assert json.loads(clew("versions", "g", "--json").stdout)["versions"] == [graph["version"]]


def test_bad_lines_of_a_patch_are_counted_once(clew, graph, tmp_path):
    (tmp_path / "p").write_text("A <a:a> <a:p> <a:b> .\nbroken\nD <a:a> <a:p> .\n")
    bad = tmp_path / "bad"
    options = ("--on-error", "quarantine", "--quarantine", bad)
    got = json.loads(clew("update", "g", "--patch", tmp_path / "p", *options, "--json").stdout)
    assert sum(got["rejected"].values()) >= 1
    assert got["triples"] == 41
    assert bad.read_text().count("broken") == 1


def test_an_update_that_cannot_be(clew, graph, tmp_path):
    assert "nothing to add" in clew("update", "g", exit_code=2).stderr
    assert "no graph 'x'" in clew("update", "x", "--add", tmp_path / "g.nt", exit_code=2).stderr
    assert "no such file" in clew("update", "g", "--delete", tmp_path / "nowhere.nt", exit_code=2).stderr
    assert "name the graph" in clew("update", "--add", tmp_path / "g.nt", exit_code=2).stderr
    assert "either --patch or --json" in clew("diff", "g", graph["version"], "--patch", "--json", exit_code=2).stderr


def test_rollback_and_forward(clew, graph, tmp_path):
    assert "no version before" in clew("rollback", "g", exit_code=2).stderr
    new = json.loads(clew("update", "g", "--add", tmp_path / "one.ttl", "--json").stdout)["version"]
    assert json.loads(clew("rollback", "g", "--json").stdout) == {
        "graph": "g", "version": graph["version"], "before": new,
    }  # fmt: skip
    assert f"g is at {new}" in clew("rollback", "g", new[:6]).stdout
    assert f"{new}  current" in clew("versions", "g").stdout


def test_verify_finds_a_flipped_bit(clew, graph, tmp_path, home):
    clew("update", "g", "--add", tmp_path / "one.ttl", "--no-index")
    found = json.loads(clew("verify", "g", "--all", "--json").stdout)["versions"]
    assert [version["statements"] for version in found] == [40, 41]
    assert ": OK" in clew("verify", "g").stdout
    path = Catalogue(home).folder("g") / "base" / "out_node.npy"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert "out_node.npy: damaged" in clew("verify", "g", exit_code=1).stderr


def test_verify_checks_every_part_of_an_opened_version(clew, graph, tmp_path, home):
    clew("update", "g", "--add", tmp_path / "one.ttl", "--delete", tmp_path / "gone.nt.gz", "--no-index")
    change = json.loads(clew("verify", "g", "--json").stdout)["versions"][0]
    clew("stats", "g")
    opened = json.loads(clew("verify", "g", "--json").stdout)["versions"][0]
    assert opened["statements"] == change["statements"] == 40
    assert opened["files"] > change["files"]
    folder = Catalogue(home).version_folder("g")
    for part in ("added.npz", "removed.npz", "base/out_node.npy", "whole/out_node.npy"):
        data = (folder / part).read_bytes()
        (folder / part).unlink()
        (folder / part).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        assert f"{part}: damaged" in clew("verify", "g", exit_code=1).stderr
        (folder / part).write_bytes(data)
    clew("verify", "g")


def test_verify_covers_what_was_made_from_the_graph(clew, graph, home):
    made = Catalogue(home).open("g")
    EntityLinker.build(made, Catalogue(home).derived(made, "linker", "1"))
    found = json.loads(clew("verify", "g", "--json").stdout)["versions"][0]["indices"]
    files = [path for path in (home / "derived").rglob("*") if path.is_file()]
    assert found["files"] == sum(path.name != "manifest.json" for path in files) > 10
    for file in files:
        data = file.read_bytes()
        file.write_bytes(data[:-1] + bytes([data[-1] ^ 1]) if data else b"x")
        said = clew("verify", "g", exit_code=1).stderr
        assert str(file.name) in said
        assert "any question" in said
        file.write_bytes(data)
    clew("verify", "g")


@pytest.mark.parametrize("asked_by", ["cli", "rest"])
def test_an_updated_version_is_asked_by_name(clew, client, home, tmp_path, asked_by):
    def directors(version):
        question = "Who directed Tenet?"
        if asked_by == "cli":
            got = json.loads(clew("ask", "-g", "films", "--version", version, question, "--json").stdout)
        else:
            response = client.post("/v1/graphs/films/ask", json={"question": question, "version": version})
            assert response.status_code == 200, response.text
            got = response.json()
        assert got["version"].startswith(version)
        return sorted(answer["label"] for answer in got["answers"])

    (first,) = Catalogue(home).versions("films")
    second = _add_director(clew, tmp_path, "Second Director")
    both = ["Christopher Nolan", "Second Director"]
    assert directors(second) == both, "before the first opening"
    assert directors(second) == both, "after it"
    assert directors(second[:8]) == both
    assert directors(first) == ["Christopher Nolan"]
    third = _add_director(clew, tmp_path, "Third Director")
    clew("compact", "films")
    assert directors(third) == [*both, "Third Director"]
    assert directors(second) == both


def _add_director(clew, tmp_path, name):
    (tmp_path / "director.csv").write_text(f"Tenet,directed_by,{name}\n")
    given = ("--add", tmp_path / "director.csv", "--no-index", "--json")
    return json.loads(clew("update", "films", *given).stdout)["version"]


def test_a_graph_is_listed_alike_before_and_after_its_first_opening(clew, client, tmp_path):
    version = _add_director(clew, tmp_path, "Second Director")
    before = client.get("/v1/graphs").json()
    assert [graph["version"] for graph in before] == [version]
    clew("compact", "films")
    assert client.get("/v1/graphs").json() == before


def test_compact_and_collect(clew, graph, tmp_path):
    clew("update", "g", "--add", tmp_path / "one.ttl", "--no-index")
    assert json.loads(clew("compact", "g", "--json").stdout)["built"] is True
    assert "already complete" in clew("compact", "g").stdout
    clew("update", "g", "--add", tmp_path / "two.csv", "--keep", "2")
    versions = json.loads(clew("versions", "g", "--json").stdout)["versions"]
    assert len(versions) == 2
    got = json.loads(clew("collect", "g", "--keep", "1", "--json").stdout)
    assert (got["removed"], got["versions"]) == (versions[:1], versions[1:])
    assert "kept 1" in clew("collect", "g").stdout


def test_nothing_to_migrate(clew, graph):
    assert "g: up to date" in clew("migrate").stdout
    assert {"graph": "g", "migrated": {}} in json.loads(clew("migrate", "--json").stdout)


def test_stats(clew, graph, tmp_path):
    (tmp_path / "s.ttl").write_text(
        "@prefix : <http://x/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        ':ann a :Person ; rdfs:label "Ann <b>"@en, "Anne"@fr ; :livesIn :rome ; :age 5 .\n'
        ':rome a :City ; :motto "x"@la .\n'
        ':bob a :Person ; rdfs:label "Ann <b>"@en ; :livesIn :rome .\n'
    )
    clew("ingest", tmp_path / "s.ttl", "-g", "s")
    picture = tmp_path / "s.svg"
    got = json.loads(clew("stats", "s", "--picture", picture, "--json").stdout)
    assert (got["triples"], got["entities"], got["literals"]) == (10, 5, 2)
    assert got["labelled"] == {"en": 2, "fr": 1}
    assert got["shared_labels"]["entities"] == 2
    lives = next(relation for relation in got["relation_counts"] if relation["key"] == "http://x/livesIn")
    assert (lives["domain"][0]["key"], lives["range"][0]["key"]) == ("http://x/Person", "http://x/City")
    assert sum(degree["nodes"] for degree in got["degrees"]) == 7
    assert got["literals_by_type"]["@la"] == 1
    assert got["values"] == [{"kind": "number", "unit": "", "edges": 1}]
    assert got["no_values"] == 1
    text = clew("stats", "s").stdout
    for words in ("2  en", "lives in  (2: Person -> 1: City)", "shared labels: 1, on 2 entities", "@la", "1  number"):
        assert words in text
    drawn = picture.read_text()
    for words in ("Nodes by degree", "lives in: 2 edges", "Person"):
        assert words in drawn


def test_the_picture_is_well_formed_and_inert(clew, tmp_path):
    from xml.etree import ElementTree

    (tmp_path / "e.csv").write_text('a,"<script>&\x1b[31m",b\nb,type,"<T>"\n')
    clew("ingest", tmp_path / "e.csv", "-g", "e")
    clew("stats", "e", "--picture", tmp_path / "e.svg")
    ElementTree.parse(tmp_path / "e.svg")
    drawn = (tmp_path / "e.svg").read_text()
    assert "<script" not in drawn
    assert "\x1b" not in drawn
    assert "cannot write" in clew("stats", "e", "--picture", tmp_path / "no" / "e.svg", exit_code=1).stderr


def test_progress_is_events_where_json_is_asked_for(clew, tmp_path, monkeypatch):
    monkeypatch.setattr("clew.kg.ingest.loading._TICK_SECONDS", 0.0)
    (tmp_path / "g.nt").write_text(NQ * 2000)
    events = [json.loads(line) for line in clew("ingest", tmp_path / "g.nt", "-g", "big", "--json").stderr.splitlines()]
    indexing = [event["phase"] for event in events if event["event"] == "index"]
    named = ["indexing relation labels", "indexing names"]
    assert indexing == ["opening the graph", "looking at all edges", "sorting values", *named]
    last = events[-1 - len(indexing)]
    assert (last["event"], last["rejected"]) == ("progress", 0)
    assert 0 < last["triples"] <= 80_000
    assert last["triples_per_second"] > 0
    assert last["remaining_seconds"] >= 0

"""``clew ingest``, ``graphs``, ``stats``, ``versions`` and ``remove``, over real files."""

import json
import os
import subprocess
import sys

import pytest

KEYS = {"graph", "version", "triples", "entities", "relations", "rejected", "seconds"}


@pytest.fixture
def table(tmp_path):
    def write(text, name="kb.txt"):
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    return write


def test_a_table(clew, table):
    file = table("Heat|directed_by|Michael Mann\nHeat|starred_actors|Al Pacino\nAli|directed_by|Michael Mann\n")
    got = json.loads(clew("ingest", file, "--graph", "heat", "--json").stdout)
    assert got.keys() >= KEYS
    assert (got["graph"], got["triples"], got["entities"], got["relations"]) == ("heat", 3, 4, 2)
    assert not got["rejected"]
    assert "heat" in clew("graphs").stdout
    answer = json.loads(clew("ask", "-g", "heat", "who directed Heat", "--json").stdout)
    assert [a["label"] for a in answer["answers"]] == ["Michael Mann"]
    (triple,) = json.loads(clew("inspect", answer["paths"][0]["id"], "--json").stdout)["triples"]
    assert triple["source"] == {"file": file.name, "line": 1}
    assert f"({file.name}:1)" in clew("inspect", answer["paths"][0]["id"]).stdout


def test_options_of_tables(clew, table):
    file = table("tail;;head;;relation\nMann;;Heat;;directed_by\n")
    options = ["--delimiter", ";;", "--columns", "head,relation,tail", "--header"]
    assert "1 triples" in clew("ingest", file, "-g", "t", *options).stdout
    stats = json.loads(clew("stats", "-g", "t", "--json").stdout)
    assert [(r["key"], r["edges"]) for r in stats["relation_counts"]] == [("directed_by", 1)]
    assert {hub["key"] for hub in stats["hubs"]} == {"Heat", "Mann"}


@pytest.mark.isolated
def test_turtle_with_labels_and_literals(clew, table):
    file = table(
        "@prefix : <http://x/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        ':p rdfs:label "Vienna"@en ; :population 1982097 ; :capitalOf :a . :a rdfs:label "Austria"@en .\n',
        "g.ttl",
    )
    clew("ingest", file, "-g", "t")
    answer = json.loads(clew("ask", "-g", "t", "population of Vienna", "--json").stdout)["answers"][0]
    assert (answer["kind"], answer["label"]) == ("literal", "1982097")
    assert answer["datatype"].endswith("#integer")


def test_bad_lines(clew, table):
    file = table("".join(f"a{n}|r|b\n" for n in range(60)) + "cut|short\na60|r|b\n")
    error = clew("ingest", file, "-g", "bad", exit_code=2).stderr
    assert f"{file}:61" in error
    assert "bad" not in clew("graphs").stdout
    got = json.loads(clew("ingest", file, "-g", "bad", "--on-error", "skip", "--json").stdout)
    assert (got["triples"], sum(got["rejected"].values())) == (61, 1)


def test_quarantine(clew, table, tmp_path):
    file, rejected = table("a|r|b\ncut|short\nc|r|d\n"), tmp_path / "rejected.txt"
    options = ["--delimiter", "|", "--on-error", "quarantine", "--quarantine", rejected]
    assert "rejected: " in clew("ingest", file, "-g", "q", *options).stdout
    assert rejected.read_text() == "cut|short\n"
    assert "must be used together" in clew("ingest", file, "-g", "q", "--on-error", "quarantine", exit_code=2).stderr


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.ttl", None, "no such file"),
        ("binary.txt", b"\x7fELF\x02\x01\x01" + b"\0" * 200, "not a graph file"),
        ("empty.nt", b"", ""),
        ("broken.ttl", b"@prefix : <http://x/> .\n:a :b \n", "broken.ttl:"),
    ],
)
def test_files_that_are_no_graph(clew, table, tmp_path, name, content, words):
    file = tmp_path / name if content is None else table(content, name)
    result = clew("ingest", file, "-g", "none", exit_code=2)
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    assert "none" not in clew("graphs").stdout
    assert json.loads(clew("ingest", file, "-g", "none", "--json", exit_code=2).stderr)["status"] == 400


@pytest.mark.parametrize("name", ["../up", "a/b", ".hidden", "", "a\0b", "x" * 65, "nul\n"])
def test_path_tricks_in_names(clew, table, name):
    assert "invalid graph name" in clew("ingest", table("a|r|b\n"), "-g", name, exit_code=2).stderr


def test_columns_must_be_three(clew, table):
    assert "--columns needs" in clew("ingest", table("a|r|b\n"), "-g", "x", "--columns", "1,2", exit_code=2).stderr


def test_versions_and_removal(clew, table):
    first = json.loads(clew("ingest", table("a|r|b\n"), "-g", "v", "--json").stdout)["version"]
    second = json.loads(clew("ingest", table("a|r|c\n"), "-g", "v", "--json").stdout)["version"]
    assert json.loads(clew("versions", "-g", "v", "--json").stdout) == {
        "graph": "v",
        "current": second,
        "versions": [first, second],
    }
    assert f"{first}  current" in clew("versions", "-g", "v", "--use", first).stdout
    assert json.loads(clew("remove", "-g", "v", "--json").stdout)["removed"] == [first, second]
    assert "no graph 'v'" in clew("stats", "-g", "v", exit_code=2).stderr


def test_listing_graphs_needs_no_model(home):
    """A quick command must not load what only asking needs."""
    script = (
        "import sys; from clew.api.cli import main\n"
        "try: main(['graphs', '--json', '--home', sys.argv[1]])\n"
        "except SystemExit: pass\n"
        "print(sorted({'torch', 'transformers', 'fastapi', 'rdflib'} & sys.modules.keys()), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(home)], capture_output=True, text=True, timeout=60, check=True
    )
    assert json.loads(done.stdout)[0]["name"] == "films"
    assert done.stderr.strip() == "[]"


def test_the_home_comes_from_the_option_then_the_environment(home, tmp_path):
    def graphs(*arguments, **env):
        command = [sys.executable, "-m", "clew", *arguments, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, env=env)
        return [graph["name"] for graph in json.loads(done.stdout)]

    base = {**os.environ, "CLEW_HOME": str(tmp_path / "empty")}
    assert graphs("graphs", **base) == []
    assert graphs("graphs", **{**base, "CLEW_HOME": str(home)}) == ["films"]
    assert graphs("--home", str(home), "graphs", **base) == ["films"]
    assert graphs("graphs", "--home", str(home), **base) == ["films"]


@pytest.mark.shared
def test_metaqa(clew, shared_data):
    file = shared_data / "metaqa" / "kb.txt"
    got = json.loads(clew("ingest", file, "--graph", "metaqa", "--json").stdout)
    assert (got["triples"], got["entities"], got["relations"], got["rejected"]) == (133_582, 43_234, 9, {})
    again = json.loads(clew("ingest", file, "--graph", "again", "--delimiter", "|", "--json").stdout)
    assert again["version"] == got["version"]

"""``import clew``: a graph is loaded or opened, asked, and handed on, in a few lines of Python."""

from __future__ import annotations

import gc
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import get_type_hints
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import clew
from clew.api.cli import main
from clew.api.python.options import AskOptions, LoadOptions, ReadingOptions
from clew.api.python.result import Result
from clew.api.schema.models import AskConditions, AskRequest, AskResult, Node, Relation
from clew.api.schema.models import Path as ProofPath
from clew.api.schema.text import inert
from clew.api.schema.thread_picture import thread_picture
from clew.kg.errors import BadFile, BadInput, UnknownGraph, UnknownVersion
from clew.kg.ingest.options import IngestOptions

KIN = "head,relation,tail\nAriadne,parent,Minos\nMinos,parent,Europa\nAriadne,gave a clew to,Theseus\n"
SVG = "{http://www.w3.org/2000/svg}"
EVIL = "</title><script>alert(1)</script><img src=x onerror=alert(2)>\u202e\x1b[31m"
HEAVY = {"numpy", "numba", "torch", "pydantic", "click", "rdflib", "networkx", "pyoxigraph", "transformers"}


@pytest.fixture(scope="module")
def kin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[clew.GraphHandle]:
    file = tmp_path_factory.mktemp("kin") / "kin.csv"
    file.write_text(KIN, encoding="utf-8")
    with clew.load(file) as graph:
        yield graph


@pytest.fixture(scope="module")
def answered(kin: clew.GraphHandle) -> Result:
    return kin.ask("Who did Ariadne give a clew to?")


def test_importing_clew_imports_nothing_heavy() -> None:
    code = "import sys, json, clew; clew.__all__; dir(clew); print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert "clew" in loaded
    assert not HEAVY & loaded
    assert [name for name in loaded if name.startswith("clew.")] == []


def test_every_public_name_is_there() -> None:
    assert clew.__all__
    assert all(getattr(clew, name).__doc__ for name in clew.__all__)
    assert set(clew.__all__) <= set(dir(clew))
    with pytest.raises(AttributeError):
        clew.nothing  # noqa: B018


def test_a_table_is_loaded_and_answers_with_its_proof(answered: Result) -> None:
    assert answered.status == "answered"
    assert answered.labels == [answer.label for answer in answered] == ["Theseus"]
    assert answered.verified
    assert 0 < answered.confidence <= 1
    (path,) = answered.proof(answered.answers[0])
    assert [node.label for node in path.nodes] == ["Ariadne", "Theseus"]
    assert answered.to_dict()["answers"][0]["label"] == "Theseus"


def test_no_answer_is_false_and_claims_nothing(kin: clew.GraphHandle) -> None:
    result = kin.ask("Where was Dionysus born?")
    assert not result
    assert result.status in ("no_entity", "not_understood", "none_in_graph")
    assert not result.verified
    assert result.reason is not None
    assert result.reason.message in str(result)
    assert result.reason.message in result._repr_html_()


def test_text_is_what_the_terminal_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "kin.csv").write_text(KIN, encoding="utf-8")
    question, home = "Who did Ariadne give a clew to?", tmp_path / "home"
    with clew.load(tmp_path / "kin.csv", name="kin", home=home) as graph:
        result = graph.ask(question)
    runner = CliRunner()
    printed = runner.invoke(main, ["ask", "--graph", "kin", question, "--home", str(home)]).output
    assert str(result) == printed.rstrip("\n")
    assert runner.invoke(main, ["inspect", result.paths[0].id, "--home", str(home)]).exit_code == 0


def test_a_temporary_home_keeps_no_answer_and_promises_none(kin: clew.GraphHandle, answered: Result) -> None:
    assert "Theseus" in str(answered)
    assert "clew inspect" not in str(answered)
    assert not (kin.home / "answers.sqlite3").exists()


def test_sources_may_be_several_files_a_folder_or_a_list(tmp_path: Path) -> None:
    head, *rows = KIN.splitlines()
    files = [tmp_path / f"{number}.csv" for number in range(len(rows))]
    for file, row in zip(files, rows, strict=True):
        file.write_text(f"{head}\n{row}\n", encoding="utf-8")
    versions = set()
    for sources in ([tmp_path], files, [files], [str(tmp_path / "*.csv")]):
        with clew.load(*sources) as graph:
            versions.add(graph.version)
            assert graph.stats()["triples"] == len(rows)
    assert len(versions) == 1


def test_a_closed_graph_is_gone_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "kin.csv").write_text(KIN, encoding="utf-8")
    graph = clew.load(tmp_path / "kin.csv")
    assert graph.home.is_dir()
    graph.close()
    graph.close()
    assert not graph.home.exists()
    for use in (lambda: graph.ask("Who?"), graph.to_networkx, graph.stats, lambda: graph.sparql("ASK {}")):
        with pytest.raises(BadInput, match="closed"):
            use()


def test_a_dropped_graph_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "kin.csv").write_text(KIN, encoding="utf-8")
    graph = clew.load(tmp_path / "kin.csv")
    home = graph.home
    assert home.is_dir()
    del graph
    gc.collect()
    assert not home.exists()


def test_a_failed_load_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(BadFile):
        clew.load(tmp_path / "absent.csv")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(BadInput):
        clew.load()


def test_a_named_graph_is_opened_again_by_version(tmp_path: Path) -> None:
    (tmp_path / "kin.csv").write_text(KIN, encoding="utf-8")
    first = clew.load(tmp_path / "kin.csv", name="kin", home=tmp_path / "home")
    (tmp_path / "kin.csv").write_text(KIN + "Europa,place of birth,Tyre\n", encoding="utf-8")
    second = clew.load(tmp_path / "kin.csv", name="kin", home=tmp_path / "home")
    assert first.version != second.version
    with (
        clew.open("kin", home=tmp_path / "home") as current,
        clew.open("kin", first.version, home=tmp_path / "home") as old,
    ):
        assert (current.version, old.version) == (second.version, first.version)
        assert (current.stats()["triples"], old.stats()["triples"]) == (4, 3)
        assert not old.sparql("ASK { :Europa ?relation ?node }")
        assert current.sparql("ASK { :Europa ?relation ?node }")
    with pytest.raises(UnknownVersion):
        clew.open("kin", "ffff", home=tmp_path / "home")
    with pytest.raises(UnknownGraph):
        clew.open("other", home=tmp_path / "home")


def test_the_demo_graph_is_loaded_where_it_is_absent(tmp_path: Path) -> None:
    with clew.open(home=tmp_path / "home") as demo:
        assert demo.name == "demo"
        assert "Mauritshuis" in demo.ask("Which museums show paintings by Johannes Vermeer?").labels
        expected = CliRunner().invoke(main, ["stats", "demo", "--home", str(tmp_path / "home"), "--json"]).output
        assert json.loads(json.dumps(demo.stats())) == json.loads(expected)


def test_to_networkx_holds_every_edge(kin: clew.GraphHandle) -> None:
    drawn = kin.to_networkx()
    edges = {(head, data["relation"], tail) for head, tail, data in drawn.edges(data=True)}
    assert edges == {tuple(row.split(",")) for row in KIN.splitlines()[1:]}


# --- options


def test_options_are_those_of_the_request_and_of_the_ingest() -> None:
    """Whoever adds a bound or a condition adds it here."""
    asked = {*AskRequest.model_fields, *AskConditions.model_fields} - {"question", "version", "conditions"}
    assert set(get_type_hints(AskOptions)) == asked
    read = set(IngestOptions.__dataclass_fields__)
    assert set(get_type_hints(ReadingOptions)) == read - {
        "blank_scope",
        "isolated",
        "memory_mb",
        "seconds",
        "keep",
        "names",
    }
    assert set(get_type_hints(ReadingOptions)) <= set(get_type_hints(LoadOptions))


def test_conditions_hold(kin: clew.GraphHandle) -> None:
    assert kin.ask("Who is the parent of Ariadne?").labels == ["Minos"]
    assert "Minos" not in kin.ask("Who is the parent of Ariadne?", forbidden=["parent"]).labels


@pytest.mark.parametrize(
    ("options", "said"),
    [({"hops": 3}, "no option 'hops'"), ({"max_hops": 0}, "max_hops"), ({"relations": 5}, "relations")],
)
def test_a_wrong_option_of_a_question_is_named(kin: clew.GraphHandle, options: dict[str, object], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        kin.ask("Who is the parent of Ariadne?", **options)  # type: ignore[arg-type]


def test_a_wrong_option_of_a_graph_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no option 'modell'"):
        clew.open(home=tmp_path, modell="embedded")  # type: ignore[call-arg]
    with pytest.raises(BadInput, match="guesses"):
        clew.open(home=tmp_path, reasoning="guesses")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="no option 'colums'"):
        clew.load(tmp_path, colums=("1", "2", "3"))  # type: ignore[call-arg]


# --- SPARQL


def test_select_gives_keys_and_python_values(tmp_path: Path) -> None:
    turtle = '<http://x/a> <http://x/size> 7 ; <http://x/name> "A"@en ; <http://x/next> <http://x/b> .'
    (tmp_path / "a.ttl").write_text(turtle, encoding="utf-8")
    with clew.load(tmp_path / "a.ttl") as graph:
        rows = graph.sparql("SELECT ?o ?none { ?s ?p ?o } ORDER BY ?p")
        assert isinstance(rows, list)
        assert [row["o"] for row in rows] == ["A", "http://x/b", 7]
        assert all(row["none"] is None for row in rows)


HTTP = "<http://127.0.0.1:9/x>"
REFUSED = [
    "INSERT DATA { :a :b :c }",
    "DELETE WHERE { ?s ?p ?o }",
    "DROP ALL",
    f"LOAD {HTTP}",
    "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }",
    "DESCRIBE :Ariadne",
    "SELECT",
    "",
    f"SELECT * {{ SERVICE {HTTP} {{ ?s ?p ?o }} }}",
    f"SELECT * {{ service silent {HTTP} {{ ?s ?p ?o }} }}",
    "PREFIX : <http://127.0.0.1:9/> SELECT * { SERVICE:x { ?s ?p ?o } }",
    f"SELECT * {{ ?s :parent ?o SERVICE{HTTP} {{ ?s ?p ?o }} }}",
    f"SELECT * {{ {{ SELECT * {{ SERVICE {HTTP} {{ ?s ?p ?o }} }} }} }}",
    f"SELECT * {{ VALUES ?o {{ true }} FILTER EXISTS {{ ?s :parent ?o.SERVICE{HTTP} {{ ?s ?p ?o }} }} }}",
    f"SELECT * {{ ?s <http://x\\u0041#a> 1SERVICE {HTTP} {{ ?s ?p ?o }} }}",
    f"SELECT * {{ ?s ?p ?o FILTER(?s<?o)SERVICE {HTTP} {{ ?s ?p ?o }} }}",
    f"SELECT * {{ ?s ?p '''#''' ; ?p \"'\" SERVICE {HTTP} {{ ?s ?p ?o }} }}",
]


@pytest.mark.parametrize("query", REFUSED)
def test_what_changes_or_fetches_is_refused(kin: clew.GraphHandle, query: str) -> None:
    with pytest.raises(BadInput):
        kin.sparql(query)
    assert kin.sparql("SELECT (COUNT(*) AS ?n) { ?s :parent ?o }") == [{"n": 2}]


@pytest.mark.parametrize(
    "query",
    [
        'SELECT * { ?s :parent ?o FILTER(?s != "SERVICE") }',
        "SELECT * { ?s :parent ?o } # SERVICE is but a word here",
        "SELECT * { ?s :parent ?o FILTER(?s != <http://x/SERVICE>) }",
        "SELECT ?service ?o { ?service :parent ?o }",
        "SELECT * { ?s :parent ?o FILTER(?s != :SERVICE) }",
    ],
)
def test_the_word_service_is_no_keyword_everywhere(kin: clew.GraphHandle, query: str) -> None:
    assert len(kin.sparql(query)) == 2  # type: ignore[arg-type]


# --- the drawn thread


class Tags(HTMLParser):
    """Collects the tags and the attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def path_of(*labels: str) -> ProofPath:
    """A path of these nodes and relations in turn, the first step forward, the next backward, and so on."""
    nodes = [Node(key=label, label=label) for label in labels[::2]]
    relations = [
        Relation(key=label, label=label, direction="inverse" if number % 2 else "forward")
        for number, label in enumerate(labels[1::2])
    ]
    text = " ".join(labels)
    return ProofPath(id="0-0", text=text, nodes=nodes, relations=relations, score=1.0, verified=True)


@given(st.lists(st.text(max_size=40) | st.just(EVIL), min_size=3, max_size=7).filter(lambda labels: len(labels) % 2))
def test_a_drawn_thread_is_well_formed_and_holds_every_label(labels: list[str]) -> None:
    picture = thread_picture(path_of(*labels))
    titles = [title.text or "" for title in ElementTree.fromstring(picture).iter(f"{SVG}title")]
    assert titles[1:] == [inert(label) for label in labels]
    page = Tags()
    page.feed(picture)
    assert page.tags <= {"svg", "title", "rect", "text", "path"}
    assert not [name for name in page.attributes if name.startswith("on") or name in {"href", "src", "style"}]


def test_hostile_labels_are_inert_in_every_output(answered: Result) -> None:
    evil = Node(key=EVIL, label=EVIL)
    path = path_of(EVIL, EVIL, EVIL).model_copy(update={"id": answered.paths[0].id})
    answer = answered.answers[0].model_copy(update=evil.model_dump())
    full: AskResult = answered.full.model_copy(update={"answers": [answer], "paths": [path], "graph": EVIL})
    result = Result(full, kept=True)
    page = Tags()
    page.feed(result._repr_html_())
    assert "svg" in page.tags
    assert not page.tags & {"script", "img"}
    for text in (str(result), repr(result), result._repr_html_()):
        assert "alert" in text
        assert not re.search("[\x1b\u202e]", text)

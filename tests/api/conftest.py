"""A small film graph in a home of its own, and a reasoner that needs no weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from clew.api.cli import main
from clew.api.rest.app import create_app
from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.decoding.programs.answering import ProgramAnswerer
from clew.decoding.reasoner import STOP, Bounds, RankedPath, Reasoner, Reasoning, Step, Topic
from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph
from clew.kg.ingest.ingest import ingest
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.snapshot import write_snapshot
from tests.api.program_answers import PROGRAMS, TURTLE, answering

TRIPLES = [
    ("Inception", "directed_by", "Christopher Nolan"),
    ("Tenet", "directed_by", "Christopher Nolan"),
    ("Dunkirk", "directed_by", "Christopher Nolan"),
    ("Inception", "starred_actors", "Tom Hardy"),
    ("Inception", "starred_actors", "Elliot Page"),
    ("Dunkirk", "starred_actors", "Tom Hardy"),
    ("Juno", "starred_actors", "Elliot Page"),
    ("Juno", "directed_by", "Jason Reitman"),
    ("Juno", "in_language", "English"),
    ("Christopher Nolan", "born_in", "London"),
]
EVIL = "<img src=x onerror=alert(1)>\u202egnp\x1b[31m"
"""A label that would act on a page (HTML), on a reader (bidi) and on a terminal (ANSI)."""


class WordReasoner(Reasoner):
    """Ranks every relation path by the words it shares with the question; no path of the graph, no opinion."""

    name = "words"

    def prepare(self, graph: Graph) -> None:
        pass

    def reason(self, question: str, graph: Graph, topics: Sequence[Topic], bounds: Bounds) -> Reasoning:
        scored = [
            (topic, path, self._score(question, graph, path))
            for topic in topics
            for path in self._paths(graph, topic.node, bounds.max_hops)
        ]
        scored.sort(key=lambda one: (-one[2], one[0].node, one[1]))
        scored = scored[: bounds.paths]
        total = sum(math.exp(score) for *_, score in scored)
        ranked = tuple(
            RankedPath(topic, path, score - math.log(total), math.exp(score) / total, self._steps(path, scored))
            for topic, path, score in scored
        )
        matched = bool(scored) and scored[0][2] > 0
        return Reasoning(ranked, 0.9 if matched else 0.05)

    def _paths(self, graph: Graph, node: int, hops: int) -> list[tuple[int, ...]]:
        found, frontier = [], [((), [node])]
        for _ in range(hops):
            longer = []
            for path, nodes in frontier:
                for relation in graph.frontier_relations(nodes).tolist():
                    reached = graph.expand(nodes, relation)
                    longer.append(((*path, relation), reached[reached != node]))
            frontier = [pair for pair in longer if len(pair[1])]
            found += [path for path, _ in frontier]
        return found

    def _score(self, question: str, graph: Graph, path: tuple[int, ...]) -> float:
        stems = [word[:5] for word in question.lower().split()]
        words = [graph.relation_label(relation % graph.num_relations).split()[0][:5] for relation in path]
        return 4.0 * len({word for word in words if word in stems}) - 3.0 * len(path)

    def _steps(self, path: tuple[int, ...], scored: list[tuple[Topic, tuple[int, ...], float]]) -> tuple[Step, ...]:
        others = sorted({other[0] for _, other, _ in scored if other[0] != path[0]})
        first = Step(path[0], -0.1, tuple((relation, -3.0) for relation in others))
        return (first, *(Step(relation, -0.2) for relation in path[1:]), Step(STOP, -0.05, ((path[-1], -math.inf),)))


class WordParts:
    """The real linker, built in memory, and the word reasoner."""

    def suggest(self, graph: Graph):
        return None

    def linker(self, graph: Graph):
        from clew.retrieval.linking.linker import EntityLinker

        return EntityLinker.build(graph)

    def reasoner(self) -> WordReasoner:
        return WordReasoner()

    def own_model(self, name: str) -> str:
        return ""

    def own_reasoner(self, graph: Graph) -> None:
        return None

    def index(self, name: str, told: Callable[[str], None], earlier: str | None = None) -> bool:
        told("indexing names")
        return True


def _publish(home, name="films", triples=TRIPLES, labels=None):
    catalogue = Catalogue(home)
    builder = GraphBuilder()
    for head, relation, tail in triples:
        builder.edge(head, relation, tail)
    for key, text in (labels or {}).items():
        builder.label(key, text)
    with catalogue.staging() as folder:
        write_snapshot(builder.build(name), folder)
        return catalogue.publish(name, folder)


@pytest.fixture(scope="session")
def publish():
    """Put a graph into a home's catalogue; returns its version."""
    return _publish


@pytest.fixture(scope="session")
def triples():
    return TRIPLES


@pytest.fixture(scope="session")
def evil():
    return EVIL


@pytest.fixture(scope="session")
def parts():
    return WordParts()


@pytest.fixture
def home(tmp_path):
    _publish(tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def service(home, parts):
    service = Service(Settings(home=home), parts)
    yield service
    service.close()


@pytest.fixture
def client(service):
    with TestClient(create_app(service), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def clew(home, parts, monkeypatch):
    """Run the command line in this process, over the home and the word reasoner."""
    monkeypatch.setattr("clew.api.service.service.DefaultParts", lambda catalogue, settings: parts)

    def run(*arguments, exit_code=0):
        result = CliRunner().invoke(main, ["--home", str(home), *map(str, arguments)], catch_exceptions=False)
        assert result.exit_code == exit_code, result.output
        return result

    return run


@pytest.fixture(scope="session")
def mills_home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mills")
    (folder / "mills.ttl").write_text(TURTLE)
    ingest(Catalogue(folder / "home"), [folder / "mills.ttl"], "mills")
    return folder / "home"


@pytest.fixture
def mills(mills_home, parts, monkeypatch):
    """A graph of mills, whose questions of ``PROGRAMS`` are answered by programs."""
    monkeypatch.setattr(ProgramAnswerer, "answer", answering(PROGRAMS))
    monkeypatch.setattr("clew.decoding.answering.programs._is_chain", lambda found: False)  # chains are programs, too
    service = Service(Settings(home=mills_home), parts)
    yield service
    service.close()

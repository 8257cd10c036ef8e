"""The demo graph and its questions."""

from __future__ import annotations

from importlib import resources
from importlib.resources import as_file
from pathlib import Path

from clew.api.settings import make_home
from clew.evaluation.questions.question import Question
from clew.evaluation.questions.readers import read_questions
from clew.kg.errors import BadFile
from clew.kg.store.catalogue import Catalogue

DEMO_GRAPH = "demo"
DEMO_QUESTION = "Which museums show paintings by Johannes Vermeer?"
"""Two hops, one of them backwards, and an answer set of three."""
DEMO_EXAMPLES = (
    DEMO_QUESTION,
    "In which country was Mozart born?",
    "How many rivers flow into the Black Sea?",
    "Which river is longer, the Danube or the Rhine?",
    "Which composers were born in Vienna?",
    "List the countries of South America with their capital and currency.",
)
"""Questions of several kinds to try, all of which it answers."""
QUESTIONS = "questions.jsonl"


def ensure_demo(catalogue: Catalogue, refresh: bool = False) -> bool:
    """Load the packaged graph under the name ``demo`` where it is not there yet; return whether it was loaded."""
    if DEMO_GRAPH in catalogue.names() and not refresh:
        return False
    make_home(catalogue.home)
    from clew.kg.ingest.ingest import ingest
    from clew.kg.ingest.options import IngestOptions

    with as_file(resources.files("clew.data") / "demo") as folder:
        sources = [str(file) for file in sorted(Path(folder).glob("*.ttl"))]
        if not sources:
            raise BadFile("the demo graph is missing from this installation")
        ingest(catalogue, sources, DEMO_GRAPH, IngestOptions())
    return True


def demo_questions() -> list[Question]:
    """Return the packaged questions over the demo graph."""
    with as_file(resources.files("clew.data") / "demo" / QUESTIONS) as file:
        return read_questions(Path(file))

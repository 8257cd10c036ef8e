"""The retriever of LangChain: its documents are the proofs of a result, and a declined question has none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from langchain_core.documents import Document

import clew
from clew import ClewRetriever

ANSWERED = "Which museums show paintings by Johannes Vermeer?"
COUNTED = "How many museums are in Paris?"
DECLINED = "Where was Zorro's cat born?"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[clew.GraphHandle]:
    with clew.open("demo", home=tmp_path_factory.mktemp("home")) as graph:
        yield graph


def asked(graph: clew.GraphHandle, question: str, **fields: object) -> list[Document]:
    return ClewRetriever.model_validate({"graph": graph, **fields}).invoke(question)


def test_its_documents_are_the_paths_that_prove_the_answers(demo: clew.GraphHandle) -> None:
    result = demo.ask(ANSWERED)
    found = asked(demo, ANSWERED)
    assert [one.page_content for one in found] == [path.text for answer in result for path in result.proof(answer)]
    assert {one.metadata["answer"] for one in found} == set(result.labels) >= {"Louvre", "Mauritshuis", "Rijksmuseum"}
    for one in found:
        assert one.metadata["version"] == demo.version
        assert one.metadata["verified"] is True
        assert one.metadata["reading"] == result.full.reading


def test_what_a_program_found_is_a_document(demo: clew.GraphHandle) -> None:
    (found,) = asked(demo, COUNTED)
    result = demo.ask(COUNTED)
    assert found.page_content.endswith(str(result.value))
    assert found.metadata["program"] == result.program


def test_the_answers_of_a_program_are_documents(demo: clew.GraphHandle) -> None:
    question = "Which river is longer, the Rhine or the Danube?"
    (found,) = asked(demo, question)
    assert found.page_content.endswith("Danube")


def test_a_declined_question_has_no_documents(demo: clew.GraphHandle) -> None:
    assert not demo.ask(DECLINED)
    assert asked(demo, DECLINED) == []


def test_options_bound_the_question(demo: clew.GraphHandle) -> None:
    assert asked(demo, ANSWERED, options={"max_hops": 1, "max_answers": 1}) == []
    assert len(asked(demo, ANSWERED, k=1)) == 1


def test_an_unknown_option_is_refused(demo: clew.GraphHandle) -> None:
    with pytest.raises((clew.ClewError, TypeError)):
        asked(demo, ANSWERED, options={"hops": 1})

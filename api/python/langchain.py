"""A retriever for LangChain (extra ``langchain``): its documents are the paths that prove the answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from clew.api.python.handle import GraphHandle
from clew.api.python.result import Result


class ClewRetriever(BaseRetriever):
    """Asks a graph, and returns what proves the answers. A question that Clew declines has no documents: nothing else
    of the graph is offered in their place.

    ``graph``: an open graph (``clew.open``, ``clew.load``). ``options``: of ``GraphHandle.ask`` (``max_hops``,
    ``relations``, ...). ``k``: the most documents; None: all.
    """

    graph: GraphHandle
    options: dict[str, Any] = {}  # noqa: RUF012  # pydantic copies it
    k: int | None = None

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        """Return the documents of a question, best first. Raises what ``GraphHandle.ask`` does."""
        result = self.graph.ask(query, **self.options)
        return list(documents(result))[: self.k]


def documents(result: Result) -> Iterator[Document]:
    """Yield a document for each path of a result, or for each answer, value or row of its program; none if it was
    declined. ``metadata`` says what it proves, and of which graph version."""
    full = result.full
    if not result:
        return
    about = {
        "graph": full.graph,
        "version": full.version,
        "status": full.status,
        "reading": full.reading,
        "unread": [span.text for span in full.unread],
        "verified": result.verified,
    }
    if full.program:
        about |= {"program": full.program, "sparql": full.sparql}
        for text in _lines(result):
            yield Document(f"{full.reading}: {text}", metadata=about)
        return
    for answer in result:
        for path in result.proof(answer):
            proven = {"answer": answer.label, "key": answer.key, "score": answer.score, "path": path.id}
            yield Document(path.text, id=path.id, metadata=about | proven)


def _lines(result: Result) -> Iterator[str]:
    """Yield what a program found, as texts."""
    for row in result.rows:
        yield ", ".join(f"{name}: {cell}" for name, cell in zip(result.columns, row, strict=True))
    if result.value is not None:
        yield f"{result.value} {result.unit}".strip()
    if not result.rows:
        yield from result.labels

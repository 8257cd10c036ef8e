"""``GraphHandle``: a graph in Python. Loads or opens it, asks it, and converts it to networkx or SPARQL results."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, Unpack

from clew.api.python.options import (
    AskOptions,
    LoadOptions,
    ModelOptions,
    ask_request,
    make_settings,
    split_load_options,
)
from clew.api.python.result import Result
from clew.api.service.demo import DEMO_GRAPH, ensure_demo
from clew.api.settings import Settings, make_home
from clew.kg import limits
from clew.kg.errors import BadInput, VerificationFailed
from clew.kg.graph.graph import Graph

if TYPE_CHECKING:
    import networkx

    from clew.api.python.constrained import Constrained
    from clew.api.python.sparql import Row, SparqlView
    from clew.api.service.service import Service
    from clew.tries.filters.conditions import Conditions

Source = str | os.PathLike[str]
"""A file, a folder, a glob pattern."""

DEFAULT_NAME = "graph"
"""What a loaded graph is called unless it is given a name."""


def load(
    *sources: Source | Iterable[Source],
    name: str | None = None,
    home: str | os.PathLike[str] | None = None,
    **options: Unpack[LoadOptions],
) -> GraphHandle:
    """Load files, folders or glob patterns (RDF or tables, as ``clew ingest`` reads them), and open the graph.

    Without ``name`` and ``home`` the graph lives in a temporary folder, which is deleted when the handle is closed or
    dropped. With either it is published in the catalogue under ``home`` (default: ``CLEW_HOME``) as ``name`` (default:
    ``graph``), as a new version where the name is taken. ``options``: how to read (``ReadingOptions``) and which model
    answers (``ModelOptions``).

    Raises ``BadFile`` and ``BadLine`` for what cannot be read, ``BadInput`` for options, ``LimitReached``.
    """
    from clew.kg.ingest.ingest import ingest
    from clew.kg.store.catalogue import Catalogue

    wanted = [one for source in sources for one in ([source] if isinstance(source, str | os.PathLike) else source)]
    if not wanted:
        raise BadInput("nothing to load: name a file or a folder")
    reading, model = split_load_options(options)
    folder, remove = _path(home), None
    if name is None and home is None:
        folder = Path(tempfile.mkdtemp(prefix="clew-"))
        remove = partial(shutil.rmtree, folder, ignore_errors=True)
    try:
        settings = make_settings(folder, model)
        make_home(settings.home)
        report = ingest(Catalogue(settings.home), wanted, name or DEFAULT_NAME, reading)
    except BaseException:
        if remove is not None:
            remove()
        raise
    return GraphHandle(settings, report.graph, report.version, remove)


def open(  # noqa: A001
    name: str = DEMO_GRAPH,
    version: str | None = None,
    *,
    home: str | os.PathLike[str] | None = None,
    **options: Unpack[ModelOptions],
) -> GraphHandle:
    """Open a graph of the catalogue under ``home`` (default: ``CLEW_HOME``) at ``version``, or at its current one.

    The handle stays at that version when a newer one is published. ``demo`` is loaded first where it is absent.
    ``options``: which model answers. Raises ``UnknownGraph``, ``UnknownVersion``, ``BadInput``.
    """
    settings = make_settings(_path(home), options)
    if name == DEMO_GRAPH:
        from clew.kg.store.catalogue import Catalogue

        ensure_demo(Catalogue(settings.home))
    return GraphHandle(settings, name, version)


class GraphHandle:
    """One version of a graph. Made by ``clew.load`` and ``clew.open``; close it, or use it in a ``with`` statement."""

    def __init__(
        self, settings: Settings, name: str, version: str | None, remove: Callable[[], object] | None = None
    ) -> None:
        """``remove``: deletes the graph's temporary home; None: the home stays."""
        from clew.api.service.service import Service

        self._settings, self._remove = settings, remove
        self._service: Service | None = Service(settings)
        self._graph = self._service.catalogue.open(name, version)
        if remove is not None:
            weakref.finalize(self, remove)

    @property
    def name(self) -> str:
        """The graph's name in its catalogue."""
        return self._graph.name

    @property
    def version(self) -> str:
        """The version that is open: a hash of what the graph says."""
        return self._graph.version

    @property
    def home(self) -> Path:
        """The folder of the catalogue."""
        return self._settings.home

    @property
    def graph(self) -> Graph:
        """The graph itself, by ids (``clew.kg.Graph``): for programs that walk it."""
        self._opened()
        return self._graph

    def ask(self, question: str, **options: Unpack[AskOptions]) -> Result:
        """Answer a question in plain language.

        ``options`` bound it (``topics``, ``max_hops``, ``min_hops``, ``max_answers``), ask for it in words
        (``explain``), or say what every path must meet (``relations``, ``types``, ``at``, ...). The answer is stored
        for ``clew inspect`` unless the graph's home is temporary.

        Raises ``BadInput`` (an empty question, an option that cannot be kept to), ``UnknownNode``,
        ``UnknownRelation``, ``UnknownVersion`` (the version is no longer kept), ``ModelUnavailable``.
        """
        service = self._opened()
        kept = self._remove is None
        request = ask_request(question, self.version, options)
        return Result(service.ask(self.name, request, record=kept), kept)

    def verify(self, result: Result | Mapping[str, Any]) -> None:
        """Check a result again, or one that was saved (``Result.to_dict``), without a model; see ``clew verify``.

        Raises ``VerificationFailed`` with the reason if it does not hold for this graph version.
        """
        from clew.api.verify.answer_check import check_answer
        from clew.api.verify.documents import saved_result

        self._opened()
        saved = saved_result(result.to_dict() if isinstance(result, Result) else dict(result))
        if saved.result is None:
            raise VerificationFailed(saved.fault)
        check_answer(self._graph, saved.result)

    def constrain(
        self,
        tokenizer: Any,
        end_token: int,
        *,
        max_hops: int = limits.MAX_HOPS,
        min_hops: int = 1,
        simple: bool = False,
        conditions: Conditions | None = None,
    ) -> Constrained:
        """Return the graph's paths as a constraint on a model's tokens, for a decoding loop of your own.

        ``tokenizer``: of Hugging Face ``transformers`` or ``tokenizers``. ``end_token``: the token that ends a path.
        ``simple``: no entity twice on a path. ``conditions``: what every path must meet, in keys. Raises ``BadInput``,
        ``UnknownNode``, ``UnknownRelation``.
        """
        from clew.api.python.constrained import Constrained
        from clew.api.service.token_indices import TokenIndices

        service = self._opened()
        index = TokenIndices(service.catalogue)(self._graph, tokenizer)
        linker = service.parts.linker(self._graph)
        return Constrained(index, linker, end_token, max_hops, min_hops, simple, conditions)

    def to_networkx(self) -> networkx.MultiDiGraph:
        """Return the graph as a ``networkx.MultiDiGraph`` in memory; see ``clew.kg.graph.interop.to_networkx``."""
        from clew.kg.graph.interop import to_networkx

        return to_networkx(self.graph)

    def sparql(self, query: str) -> list[Row] | bool:
        """Return the rows of a SELECT query (variable to value), or the truth of an ASK query.

        It is answered from an RDF copy in memory, made at the first query. Raises ``BadInput`` for anything else:
        updates, SERVICE, a mistake in the query.
        """
        self._opened()
        return self._sparql_view.query(query)

    @cached_property
    def _sparql_view(self) -> SparqlView:
        from clew.api.python.sparql import SparqlView

        return SparqlView(self._graph)

    def stats(self) -> dict[str, object]:
        """Return what is in the graph: what ``clew stats --json`` prints."""
        from clew.api.service.graph_info import graph_stats

        return graph_stats(self._opened().catalogue, self.name, self.version)

    def close(self) -> None:
        """Let go of the files, and delete a temporary home. A closed handle answers no more; closing again is fine."""
        if self._service is None:
            return
        self._service.close()
        self._service = None
        self.__dict__.pop("_sparql_view", None)
        if self._remove is not None:
            self._remove()

    def __enter__(self) -> Self:
        """Return the handle, to be closed at the end of the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the handle."""
        self.close()

    def __repr__(self) -> str:
        """Return the name, the version and the size."""
        return f"<GraphHandle {self.name} {self.version}: {self._graph.num_statements:,} triples>"

    def _opened(self) -> Service:
        """Return the service. Raises ``BadInput`` where the handle is closed."""
        if self._service is None:
            raise BadInput(f"the graph {self.name!r} is closed")
        return self._service


def _path(home: str | os.PathLike[str] | None) -> Path | None:
    return None if home is None else Path(home)

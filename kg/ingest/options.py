"""The options of an ingest."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any
from typing import Literal as Choice

from clew.kg.limits import INGEST_MEMORY_MB, INGEST_SECONDS, KEEP_VERSIONS
from clew.kg.terms.vocabulary import Inference

OnError = Choice["fail", "skip", "quarantine"]


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """How to read sources into a graph. Everything has a default, and what is None is detected.

    * ``format``: a name of a format (``clew.kg.ingest.formats``), for all sources.
    * Tables: ``delimiter`` (one or more characters), ``header`` (is the first row one), ``columns`` (head, relation
      and tail column, each a header name or a position from 1), ``quote`` (``""``: none; default: ``"`` for comma and
      semicolon, none otherwise).
    * ``rows``: read tables as rows of things (``clew.kg.ingest.mapping``), not as edges or nodes. ``mapping``: a file
      that says what their columns, or those of a database, become; what it leaves open is proposed.
    * ``labels``: tables of ``key<TAB>label`` naming entities and relations of the graph; other keys are passed over.
    * ``languages``: of labels, the preferred first. ``label_predicates``: further predicates that carry names.
    * ``base_iri``: against which relative IRIs are resolved.
    * ``blank_scope``: put before the numbers of anonymous blank nodes, to keep them apart from those of other files.
    * ``on_error``: stop at the first bad line, count and skip it, or also write it to the file ``quarantine``.
    * ``lenient``: keep IRIs and language tags that are not valid (``readers.tolerance``), and count them.
    * ``isolated``: parse in a child process of at most ``memory_mb`` MiB and ``seconds``, without network.
    * ``fold_lists``: read lists and containers as their members (``clew.kg.graph.lists``).
    * ``infer``: what is inferred from the schema (``clew.kg.graph.inference``).
    * ``keep``: versions of the graph to keep.
    * ``names``: pairs of an input and what it is called in the provenance of its statements; other inputs are called
      as they were given, without the folder of an absolute path.
    """

    format: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    columns: tuple[str, str, str] | None = None
    quote: str | None = None
    rows: bool = False
    mapping: str | None = None
    labels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en",)
    label_predicates: tuple[str, ...] = ()
    base_iri: str | None = None
    on_error: OnError = "fail"
    quarantine: str | None = None
    lenient: bool = False
    blank_scope: str = ""
    fold_lists: bool = True
    infer: Inference = "none"
    isolated: bool = True
    memory_mb: int = INGEST_MEMORY_MB
    seconds: float = INGEST_SECONDS
    keep: int = KEEP_VERSIONS
    names: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> str:
        """The options as JSON, for the child process."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> IngestOptions:
        """The options of a parsed ``to_json``."""
        tuples = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
        return cls(**{**values, **tuples})

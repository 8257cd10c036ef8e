"""Examples of what the routes return, for the OpenAPI document. They are built from the data models, so they fit.

No required field is null in them: FastAPI leaves out what is null in the document.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from clew.api.rest.chat_stream import DONE, chunks_of
from clew.api.schema.ask_result import AskResult, Reason
from clew.api.schema.changes import DeletedGraph, RolledBack, VersionInfo
from clew.api.schema.chat import (
    AssistantMessage,
    ChatCompletion,
    ChatModel,
    ChatModels,
    ChatProof,
    Choice,
    Usage,
)
from clew.api.schema.elements import Alternative, Answer, LinkedEntity, Node, Path, Relation, Source, Triple
from clew.api.schema.events import LinkedEvent, ReadingEvent
from clew.api.schema.exploring import (
    EntityDetail,
    EntityMatch,
    EntityMatches,
    RelationCount,
    RelationInfo,
    RelationPage,
)
from clew.api.schema.graph_paths import ClaimedStep, FoundPath, PathCheck, PathPage
from clew.api.schema.inspections import Decision, Option, PathInspection
from clew.api.schema.jobs import IngestResult, JobStatus
from clew.api.schema.server import GraphDetail, GraphInfo
from clew.api.schema.tool_results import tool_answer

VERSION, PATH_ID, ASKED = "0123456789ab", "0123456789abcdef-0", "2026-01-31T12:00:00+00:00"
QUESTION = "Who painted Night Café?"
TOPIC, PAINTER = Node(key="Night_Cafe", label="Night Café"), Node(key="Anna_Lind", label="Anna Lind")
PAINTED = Relation(key="painted", label="painted", direction="inverse")
PATH = Path(
    id=PATH_ID,
    text="Night Café <-[painted]- Anna Lind",
    nodes=[TOPIC, PAINTER],
    relations=[PAINTED],
    score=0.97,
    verified=True,
)
ALTERNATIVE = Alternative(topic=TOPIC, relations=[PAINTED], score=0.97, chosen=True)
TRIPLE = Triple(
    head=PAINTER,
    relation=Relation(key="painted", label="painted", direction="forward"),
    tail=TOPIC,
    source=Source(file="art.ttl", line=12),
)
RESULT = AskResult(
    question=QUESTION,
    graph="demo",
    version=VERSION,
    status="partial",
    linked=[
        LinkedEntity(
            key=TOPIC.key, label=TOPIC.label, score=1.0, span=(12, 22), how="exact", ambiguous=False, topic=True
        )
    ],
    answers=[Answer(**dict(PAINTER), score=0.97, paths=[PATH_ID])],
    paths=[PATH],
    confidence=0.98,
    selection=0.96,
    reason=Reason(code="budget", message="A size limit was reached. There may be more or better answers."),
    reading="what painted Night Café",
    suggestions=[],
    alternatives=[ALTERNATIVE],
    model="embedded",
    timings={"load": 0.0, "link": 1.2, "reason": 9.5, "gather": 0.1, "verify": 0.1, "total": 11.4},
)
INSPECTION = PathInspection(
    path=PATH,
    question=QUESTION,
    graph="demo",
    version=VERSION,
    model="embedded",
    asked=ASKED,
    answer=PAINTER,
    triples=[TRIPLE],
    steps=[Decision(taken=Option(relation=PAINTED, log_prob=-0.03, probability=0.97), alternatives=[])],
    log_prob=-0.03,
    alternatives=[ALTERNATIVE],
)
GRAPH = GraphInfo(name="demo", version=VERSION, triples=1200, entities=400, relations=20, created=ASKED)
DETAIL = GraphDetail(**GRAPH.model_dump(), versions=[VERSION], relation_labels=["painted"], examples=[QUESTION])

MATCHES = EntityMatches(
    graph="demo",
    version=VERSION,
    entities=[EntityMatch(**dict(PAINTER), how="prefix", classes=["painter"], edges=12)],
)
CHECK = PathCheck(
    graph="demo",
    version=VERSION,
    found=False,
    missing=[1],
    steps=[
        ClaimedStep(found=True, triple=TRIPLE, reason=None, detail=None),
        ClaimedStep(found=False, triple=None, reason="not-stated", detail="the graph does not state this"),
    ],
)
PATHS = PathPage(
    graph="demo",
    version=VERSION,
    paths=[
        FoundPath(text=PATH.text, nodes=PATH.nodes, relations=PATH.relations, triples=[TRIPLE], verified=True),
    ],
    partial=False,
    next="WzFd",
)
NEIGHBOURHOOD = EntityDetail(
    graph="demo",
    version=VERSION,
    entity=PAINTER,
    classes=["painter"],
    edges=12,
    relations=[RelationCount(key="painted", label="painted", direction="forward", edges=5)],
    triples=[TRIPLE],
    next="WzUwXQ",
)
RELATIONS = RelationPage(
    graph="demo", version=VERSION, relations=[RelationInfo(key="painted", label="painted", triples=40)]
)

MODELS = ChatModels(data=[ChatModel(id="demo", created=1_769_860_800)])
COMPLETION = ChatCompletion(
    id="chatcmpl-0123456789abcdef",
    created=1_769_860_800,
    model="demo",
    choices=[Choice(message=AssistantMessage(content="- Anna Lind"))],
    usage=Usage(prompt_tokens=5, completion_tokens=3, total_tokens=8),
    clew=ChatProof(question=QUESTION, referents=[], unresolved=None, result=tool_answer(RESULT)),
)
COMPLETION_STREAM = (
    "".join(f"data: {chunk.model_dump_json(exclude_none=True)}\n\n" for chunk in chunks_of(COMPLETION, False)) + DONE
)


STREAM = "\n\n".join(
    f"event: {kind}\ndata: {data.model_dump_json()}"
    for kind, data in (
        ("linked", LinkedEvent(linked=RESULT.linked)),
        ("reading", ReadingEvent(reading=RESULT.reading, unread=[])),
        ("path", PATH),
        ("answer", RESULT.answers[0]),
        ("done", RESULT),
    )
)

JOB = JobStatus(id="0123456789abcdef", kind="ingest", graph="demo", state="waiting", created=ASKED)
LOADED = IngestResult(
    version=VERSION, triples=1200, entities=400, relations=20, rejected={}, first_rejected=[], seconds=0.6, indexed=True
)
UPDATE_JOB = JOB.model_copy(update={"kind": "update"})
LOADED_JOB = JOB.model_copy(update={"state": "done", "result": LOADED})
OLDER = "ba9876543210"
VERSIONS = [
    VersionInfo(version=VERSION, current=True, triples=1200, entities=400, relations=20, created=ASKED),
    VersionInfo(version=OLDER, current=False, triples=1100, entities=390, relations=20, created=ASKED),
]
ROLLED_BACK = RolledBack(graph="demo", version=OLDER, before=VERSION)
DELETED = DeletedGraph(graph="demo", removed=[OLDER, VERSION], answers=3)
JOB_STREAM = "\n\n".join(f"event: job\ndata: {job.model_dump_json()}" for job in (JOB, LOADED_JOB))


def example(
    value: BaseModel | list[Any] | str,
    kind: str = "application/json",
    what: str = "Found",
    others: Mapping[str, str] | None = None,
    tagged: bool = False,
    status: int = 200,
) -> dict[Any, Any]:
    """Return the ``responses`` of a route whose success looks like ``value``; as text of ``others``, by media type.
    ``tagged``: the client may hold it already."""
    content: dict[str, Any] = {kind: {"example": _plain(value)}}
    for other, text in (others or {}).items():
        if other.endswith("+json"):
            content[other] = {"schema": {"type": "array", "items": {"type": "object"}}, "example": json.loads(text)}
        else:
            content[other] = {"schema": {"type": "string"}, "example": text}
    success = {status: {"description": what, "content": content}}
    return success | {304: {"description": "The client holds it already"}} if tagged else success


def _plain(value: object) -> object:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value

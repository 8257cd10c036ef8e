"""Routes for questions."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Body, Response

from clew.api.rest.access import needs
from clew.api.rest.event_stream import EVENTS, EventStream
from clew.api.rest.examples import RESULT, STREAM, example
from clew.api.rest.negotiation import JSON, wanted
from clew.api.rest.routes.dependencies import GraphName, TheGate, TheGathering, TheRepeatingCaller, TheService
from clew.api.schema.events import Emit
from clew.api.schema.models import AskBatchRequest, AskBatchResult, AskRequest, AskResult
from clew.api.schema.problems import described
from clew.api.service.requests import checked
from clew.decoding.cancellation import Cancellation
from clew.kg.errors import BadInput, ClewError

router = APIRouter(prefix="/v1/graphs/{graph}", tags=["ask"])

EXAMPLES = {
    "plain": {
        "summary": "A question; its entities are found automatically",
        "value": {"question": "Which museums show paintings by Johannes Vermeer?"},
    },
    "topic": {
        "summary": "A question with a given topic and a shorter search",
        "value": {"question": "Where was he born?", "topics": ["Johannes Vermeer"], "max_hops": 2},
    },
}
BATCH_EXAMPLES = {
    "two": {
        "summary": "Two questions",
        "value": {
            "questions": [{"question": "Who painted Guernica?"}, {"question": "Where was Johannes Vermeer born?"}]
        },
    },
}

Question = Annotated[AskRequest, Body(openapi_examples=EXAMPLES)]  # type: ignore[arg-type]  # TypedDicts, spelled out

Questions = Annotated[AskBatchRequest, Body(openapi_examples=BATCH_EXAMPLES)]  # type: ignore[arg-type]  # as above


@router.post(
    "/ask",
    operation_id="ask",
    dependencies=[needs("ask")],
    summary="Ask a question",
    response_model=AskResult,
    responses=example(RESULT, what="The result, with its proof", others={EVENTS: STREAM}),
)
async def ask(
    graph: GraphName,
    request: Question,
    service: TheService,
    gathering: TheGathering,
    gate: TheGate,
    caller: TheRepeatingCaller,
) -> AskResult | Response:
    """Answer a question: all answers, each with the paths that prove it.

    Concurrent questions may be answered in one batch. Each keeps its own time limit and errors.

    With `Accept: text/event-stream` the answer comes as server-sent events as it is found. Their `data` is JSON:
    `linked` (`LinkedEvent`), `reading` (`ReadingEvent`), `path` (`Path`), `answer` (`Answer`), and at the end `done`
    (`AskResult`) or `problem` (`Problem`). An error before the first event has its status, as without events.
    """
    checked(request)  # before it waits for its graph
    versions, until = {request.version}, caller.deadline

    async def alone(token: Cancellation, waited: float, emit: Emit | None = None) -> AskResult:
        work = partial(service.ask, graph, request, cancellation=token, waited=waited, emit=emit, deadline=until)
        return await gate.run(work)

    async def gathered(token: Cancellation, waited: float) -> AskResult:
        return await gathering.ask(graph, request, gate, token, waited, until)

    if wanted(caller.request, (JSON, EVENTS)) != EVENTS:
        return await caller.served_once(request, graph, versions, gathered if service.gathers else alone)
    if caller.request.headers.get("idempotency-key"):
        raise BadInput("Idempotency-Key does not apply to events")
    return EventStream(
        lambda token, emit: caller.arrived(graph, versions, partial(alone, token, emit=emit)),
        service.problem,
        caller.headers,
    )


@router.post(
    "/ask-batch",
    operation_id="ask_batch",
    dependencies=[needs("ask")],
    summary="Ask several questions",
    responses=example(
        AskBatchResult(results=[RESULT, described("unknown-node")]), what="The results, in the order of the questions"
    ),
)
async def ask_batch(
    graph: GraphName, request: Questions, service: TheService, gate: TheGate, caller: TheRepeatingCaller
) -> AskBatchResult:
    """Answer several questions in one request. This is faster than one request per question.

    A question that fails gets a problem in place of its result; the others are answered. A batch counts as one question
    in the queue.
    """
    count, versions = len(request.questions), {question.version for question in request.questions}

    async def together(token: Cancellation, waited: float) -> list[AskResult | ClewError]:
        tokens, times, until = [token] * count, [waited] * count, [caller.deadline] * count
        asked = request.questions
        return await gate.run(
            partial(service.ask_many, graph, asked, cancellations=tokens, waited=times, deadlines=until)
        )

    found = await caller.served_once(request, graph, versions, together)
    return AskBatchResult(results=[service.problem(one) if isinstance(one, ClewError) else one for one in found])

"""Routes for clients of OpenAI's chat completions: a graph is a model."""

from __future__ import annotations

import time
import uuid
from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Body, Path, Response

from clew.api.rest.access import TheAccess, needs
from clew.api.rest.chat_errors import ChatRoute, chat_responses
from clew.api.rest.chat_stream import ChatStream, chunks_of
from clew.api.rest.event_stream import EVENTS
from clew.api.rest.examples import COMPLETION, COMPLETION_STREAM, MODELS, example
from clew.api.rest.routes.dependencies import TheCaller, TheGate, TheReaders, TheService
from clew.api.schema.chat import (
    AssistantMessage,
    ChatCompletion,
    ChatModel,
    ChatModels,
    ChatProof,
    ChatReferent,
    ChatRequest,
    Choice,
    Usage,
)
from clew.api.schema.chat_text import chat_text, num_tokens
from clew.api.schema.events import Emit, StreamEvent
from clew.api.schema.server import GraphInfo
from clew.api.schema.tool_results import tool_answer
from clew.api.service.conversation import Conversation, Turn
from clew.api.service.service import Service
from clew.decoding.cancellation import Cancellation
from clew.kg.errors import BadInput

router = APIRouter(prefix="/v1", tags=["openai"], route_class=ChatRoute, responses=chat_responses())

EXAMPLES = {
    "question": {
        "summary": "A question",
        "value": {"model": "demo", "messages": [{"role": "user", "content": "Who painted Guernica?"}]},
    },
    "follow-up": {
        "summary": "A question that refers to the one before",
        "value": {
            "model": "demo",
            "messages": [
                {"role": "user", "content": "Who painted Guernica?"},
                {"role": "assistant", "content": "Pablo Picasso"},
                {"role": "user", "content": "And where was he born?"},
            ],
        },
    },
}
Messages = Annotated[ChatRequest, Body(openapi_examples=EXAMPLES)]  # type: ignore[arg-type]  # TypedDicts, spelled out
ModelId = Annotated[str, Path(description="Name of the graph.", examples=["demo"])]


@router.post(
    "/chat/completions",
    operation_id="create_chat_completion",
    dependencies=[needs("ask")],
    summary="Answer a question in a conversation",
    response_model=ChatCompletion,
    responses=example(COMPLETION, what="The answer, with its proof in `clew`", others={EVENTS: COMPLETION_STREAM}),
)
async def completions(
    request: Messages, service: TheService, gate: TheGate, caller: TheCaller, access: TheAccess
) -> ChatCompletion | Response:
    """Answer the last message, as OpenAI's chat completions do. `model` is the name of a graph.

    A pronoun is resolved by what was asked and answered before; if that does not tell which entity is meant, the answer
    says so. Without an answer, the message says in plain words why there is none. `clew` has the result with its proof.
    """
    access.check("ask", request.model)
    questions = _questions(request)
    begin = time.monotonic()

    async def answered(token: Cancellation, waited: float) -> Turn:
        limit = begin + service.settings.ask_seconds
        until = limit if caller.deadline is None else min(limit, caller.deadline)
        return await gate.run(partial(_answered, service, request.model, questions, waited, until, token))

    if not request.stream:
        turn = await caller.served(request.model, {None}, answered)
        return _completion(request, questions[-1], turn)

    async def streamed(token: Cancellation, emit: Emit) -> None:
        turn = await caller.arrived(request.model, {None}, partial(answered, token))
        usage = request.stream_options is not None and request.stream_options.include_usage
        for chunk in chunks_of(_completion(request, questions[-1], turn), usage):
            emit(StreamEvent("chunk", chunk))

    return ChatStream(streamed, service.problem, caller.headers)


@router.get(
    "/models",
    operation_id="list_models",
    dependencies=[needs("read")],
    summary="List the graphs as models",
    responses=example(MODELS, what="The graphs"),
)
async def models(service: TheService, readers: TheReaders, access: TheAccess) -> ChatModels:
    """List the graphs as OpenAI's clients list models. A damaged graph is left out, and so are those that the API key
    does not allow to read."""
    found = await readers.quick(service.graphs)
    return ChatModels(data=[_model(one) for one in found if one.damaged is None and access.may("read", one.name)])


@router.get(
    "/models/{model:path}",
    operation_id="get_model",
    dependencies=[needs("read")],
    summary="Show a graph as a model",
    responses=example(MODELS.data[0], what="The graph"),
)
async def model(model: ModelId, service: TheService, readers: TheReaders, access: TheAccess) -> ChatModel:
    """Return a graph as OpenAI's clients get a model."""
    access.check("read", model)
    return _model(await readers.quick(partial(service.graph_info, model)))


def _questions(request: ChatRequest) -> list[str]:
    """Return what the user has asked, in order. Raises ``BadInput`` for a request that asks for what Clew cannot do."""
    refused = {
        "n": request.n not in (None, 1),
        "tools": bool(request.tools),
        "functions": bool(request.functions),
        "response_format": (request.response_format or {"type": "text"}).get("type") != "text",
        "logprobs": bool(request.logprobs),
    }
    for name, asked in refused.items():
        if asked:
            raise BadInput(f"{name} is not supported: Clew gives one answer, as text, from the graph")
    if request.messages[-1].role != "user":
        raise BadInput("the last message must be a question of the user")
    *before, last = [message.text for message in request.messages if message.role == "user"]
    return [*filter(str.strip, before), last]


def _answered(
    service: Service, graph: str, questions: list[str], waited: float, deadline: float, token: Cancellation
) -> Turn:
    return Conversation(service, graph, waited, deadline, token).answer(questions)


def _completion(request: ChatRequest, asked: str, turn: Turn) -> ChatCompletion:
    proof = ChatProof(
        question=turn.question,
        referents=[ChatReferent(text=one.text, key=one.key, label=one.label) for one in turn.referents],
        unresolved=turn.unresolved or None,
        result=None if turn.result is None else tool_answer(turn.result),
    )
    text = chat_text(proof, asked, turn.result)
    read, said = sum(num_tokens(message.text) for message in request.messages), num_tokens(text)
    return ChatCompletion(
        id=f"chatcmpl-{uuid.uuid4().hex}",
        created=int(time.time()),
        model=request.model,
        choices=[Choice(message=AssistantMessage(content=text))],
        usage=Usage(prompt_tokens=read, completion_tokens=said, total_tokens=read + said),
        clew=proof,
    )


def _model(info: GraphInfo) -> ChatModel:
    created = 0 if info.created is None else int(datetime.fromisoformat(info.created).timestamp())
    return ChatModel(id=info.name, created=created)

"""Sends an answer in the chunks that OpenAI's clients read."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import Request
from starlette.types import Receive, Scope, Send

from clew.api.rest.chat_errors import chat_error, reported
from clew.api.rest.event_stream import EventStream
from clew.api.schema.chat import ChatChunk, ChatCompletion, ChatProof, ChunkChoice, ChunkDelta, Usage
from clew.api.schema.events import StreamEvent
from clew.api.schema.server import Problem
from clew.kg.errors import ClewError

DONE = "data: [DONE]\n\n"


class ChatStream(EventStream):
    """An ``EventStream`` of chunks without names of events; the last line is ``[DONE]``."""

    ending = DONE.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection. An error before the first chunk has its status, and OpenAI's form."""
        try:
            await super().__call__(scope, receive, send)
        except ClewError as error:
            response = await reported(Request(scope), error)
            await response(scope, receive, send)

    def encoded(self, event: StreamEvent) -> bytes:
        """Return a chunk, or an error, as a line of the stream."""
        data = chat_error(event.data) if isinstance(event.data, Problem) else event.data
        return f"data: {data.model_dump_json(exclude_none=isinstance(data, ChatChunk))}\n\n".encode()


def chunks_of(completion: ChatCompletion, usage: bool) -> Iterator[ChatChunk]:
    """Yield an answer line by line; then the chunk that ends it, with its proof; then the usage, if that is wanted."""

    def chunk(*choices: ChunkChoice, usage: Usage | None = None, clew: ChatProof | None = None) -> ChatChunk:
        return ChatChunk(
            id=completion.id,
            created=completion.created,
            model=completion.model,
            choices=list(choices),
            usage=usage,
            clew=clew,
        )

    yield chunk(ChunkChoice(delta=ChunkDelta(role="assistant", content="")))
    for line in completion.choices[0].message.content.splitlines(keepends=True):
        yield chunk(ChunkChoice(delta=ChunkDelta(content=line)))
    yield chunk(ChunkChoice(delta=ChunkDelta(), finish_reason="stop"), clew=completion.clew)
    if usage:
        yield chunk(usage=completion.usage)

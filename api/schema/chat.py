"""The data models of chat completions, as OpenAI's clients know them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from clew.api.schema.base import Model
from clew.api.schema.tool_results import ToolAnswer
from clew.kg import limits

MODEL_ID = "Name of the graph."
ROLES = Literal["system", "developer", "user", "assistant", "tool", "function"]


class TextPart(BaseModel):
    """A part of a message. Other types than texts are refused."""

    type: Literal["text"] = Field(description="Always `text`.")
    text: str = Field(max_length=limits.MAX_BODY_BYTES, description="The text.")


class ChatMessage(BaseModel):
    """A message of a conversation. What Clew does not know is ignored."""

    role: ROLES = Field(description="Who says it. Only messages of the `user` are read.", examples=["user"])
    content: str | list[TextPart] | None = Field(
        default=None, description="The text, or its parts.", examples=["Who painted Night Café?"]
    )

    @property
    def text(self) -> str:
        """The text of the message."""
        if isinstance(self.content, list):
            return " ".join(part.text for part in self.content)
        return self.content or ""


class StreamOptions(BaseModel):
    """Options of a stream."""

    include_usage: bool = Field(default=False, description="Whether a last chunk tells the usage.")


class ChatRequest(BaseModel):
    """A conversation whose last message is a question. Fields for sampling, such as `temperature` and `max_tokens`, are
    accepted and have no effect: nothing is sampled."""

    model_config = ConfigDict(extra="ignore")

    model: str = Field(max_length=64, description=MODEL_ID, examples=["demo"])
    messages: list[ChatMessage] = Field(
        min_length=1, max_length=limits.MAX_MESSAGES, description="The conversation; the last message is the question."
    )
    stream: bool | None = Field(default=None, description="Whether the answer comes as server-sent events.")
    stream_options: StreamOptions | None = Field(default=None, description="Options of the stream.")
    n: int | None = Field(default=None, description="Only 1 is possible.", examples=[1])
    tools: list[dict[str, Any]] | None = Field(default=None, description="Refused unless empty: Clew calls no tools.")
    functions: list[dict[str, Any]] | None = Field(default=None, description="Refused unless empty.")
    response_format: dict[str, Any] | None = Field(default=None, description="Only `text` is possible.")
    logprobs: bool | None = Field(default=None, description="Refused if true.")


class ChatReferent(Model):
    """What a word of the question was taken to stand for."""

    text: str = Field(description="The word.", examples=["it"])
    key: str = Field(description="Key of the entity.")
    label: str = Field(description="Label of the entity.")


class ChatProof(Model):
    """What stands behind a message: the result, with its proof."""

    question: str = Field(description="The question that the graph was asked, with names in place of pronouns.")
    referents: list[ChatReferent] = Field(description="What pronouns were taken to stand for.")
    unresolved: str | None = Field(
        default=None, description="Why the question was not asked: what a pronoun means is not clear."
    )
    result: ToolAnswer | None = Field(default=None, description="The result; null if the question was not asked.")


class Usage(Model):
    """Sizes of the texts. Nothing is billed by them."""

    prompt_tokens: int = Field(description="Words and punctuation marks of the messages.")
    completion_tokens: int = Field(description="Words and punctuation marks of the answer.")
    total_tokens: int = Field(description="Their sum.")


class AssistantMessage(Model):
    """A message of Clew."""

    role: Literal["assistant"] = Field(default="assistant", description="Always `assistant`.")
    content: str = Field(description="The answer in words, with its proof; or why there is none.")
    refusal: None = Field(default=None, description="Always null.")


class Choice(Model):
    """The only choice."""

    index: Literal[0] = Field(default=0, description="Always 0.")
    message: AssistantMessage = Field(description="The answer.")
    logprobs: None = Field(default=None, description="Always null.")
    finish_reason: Literal["stop"] = Field(default="stop", description="Always `stop`.")


class ChatCompletion(Model):
    """An answer."""

    id: str = Field(description="Id of this response.", examples=["chatcmpl-0123456789abcdef"])
    object: Literal["chat.completion"] = Field(default="chat.completion", description="Always `chat.completion`.")
    created: int = Field(description="Time of the response, in seconds since 1970.")
    model: str = Field(description=MODEL_ID)
    choices: list[Choice] = Field(description="One choice.")
    usage: Usage = Field(description="Sizes of the texts.")
    clew: ChatProof = Field(description="The result with its proof. An addition to OpenAI's fields.")


class ChunkDelta(Model):
    """What a chunk adds to the message."""

    role: Literal["assistant"] | None = Field(default=None, description="In the first chunk.")
    content: str | None = Field(default=None, description="The next part of the text.")


class ChunkChoice(Model):
    """The only choice."""

    index: Literal[0] = Field(default=0, description="Always 0.")
    delta: ChunkDelta = Field(description="What this chunk adds.")
    finish_reason: Literal["stop"] | None = Field(default=None, description="`stop` in the last chunk with a choice.")


class ChatChunk(Model):
    """A part of an answer that is streamed."""

    id: str = Field(description="Id of this response.")
    object: Literal["chat.completion.chunk"] = Field(
        default="chat.completion.chunk", description="Always `chat.completion.chunk`."
    )
    created: int = Field(description="Time of the response, in seconds since 1970.")
    model: str = Field(description=MODEL_ID)
    choices: list[ChunkChoice] = Field(description="One choice; none in the chunk with the usage.")
    usage: Usage | None = Field(default=None, description="In the last chunk, if it was asked for.")
    clew: ChatProof | None = Field(default=None, description="In the chunk that ends the answer: see `ChatCompletion`.")


class ChatModel(Model):
    """A graph, as a model to choose."""

    id: str = Field(description=MODEL_ID, examples=["demo"])
    object: Literal["model"] = Field(default="model", description="Always `model`.")
    created: int = Field(description="When its current version was made, in seconds since 1970; 0 if unknown.")
    owned_by: Literal["clew"] = Field(default="clew", description="Always `clew`.")


class ChatModels(Model):
    """The graphs, as models to choose."""

    object: Literal["list"] = Field(default="list", description="Always `list`.")
    data: list[ChatModel] = Field(description="The graphs.")


class ChatFailure(Model):
    """A failure of a request."""

    message: str = Field(description="What is wrong, in a sentence.")
    type: str = Field(description="`invalid_request_error` or `server_error`.", examples=["invalid_request_error"])
    param: str | None = Field(default=None, description="The field of the request that is wrong; null: none.")
    code: str = Field(description="Code of the problem; see `/problems`.", examples=["unknown-graph"])


class ChatError(Model):
    """An error as OpenAI's clients know it."""

    error: ChatFailure = Field(description="What is wrong.")

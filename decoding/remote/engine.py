"""An OpenAI-compatible engine (vLLM, SGLang, llama.cpp, ..) for free text, and for choosing among listed paths.

Such an engine shows no hidden states, so nothing can be searched in it. What it can do is hold its output to a list of
texts. The reply is compared with the list all the same: an engine that ignores the field must not get through.

How a request travels is no business of this package: whoever makes a ``RemoteEngine`` gives it a ``Transport``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from clew.decoding.cancellation import Cancellation
from clew.decoding.remote.guide import Guide
from clew.kg.errors import BadInput, ConstraintViolation, ModelUnavailable
from clew.tries.interop.exports import grammar, regular_expression

Body = dict[str, Any]


class Transport(Protocol):
    """Sends one request."""

    def post(
        self, path: str, body: Body, seconds: float | None = None, cancellation: Cancellation | None = None
    ) -> Body:
        """Return the JSON object that the engine answers ``body`` with; ``ModelUnavailable`` where it does not.

        ``path`` follows the engine's base address (``/chat/completions``). ``seconds``: the longest to wait, if less
        than the transport's own patience. Raises ``Cancelled`` as soon as ``cancellation`` says so: the connection is
        closed, which engines take as a sign to stop.
        """


@dataclass(frozen=True, slots=True)
class RemoteEngine:
    """One model of an engine."""

    transport: Transport
    model: str
    guide: Guide = Guide.CHOICE

    def write(
        self,
        prompt: str,
        max_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
        stop: Sequence[str] = (),
        seconds: float | None = None,
        cancellation: Cancellation | None = None,
    ) -> str:
        """Return free text in answer to a prompt. Raises ``ModelUnavailable``, ``Cancelled``."""
        body = self._body(prompt, max_tokens, temperature, seed)
        if stop:
            body["stop"] = list(stop)
        return self._texts(body, seconds, cancellation)[0]

    def choose(
        self,
        prompt: str,
        texts: Sequence[str],
        n: int = 1,
        seed: int = 0,
        seconds: float | None = None,
        cancellation: Cancellation | None = None,
    ) -> list[tuple[str, int]]:
        """Return the texts chosen, with how often, most often first (ties: listed order).

        One greedy choice where n is 1; else n draws at temperature 1, within ``seconds``.

        Raises:
            BadInput: nothing to choose from.
            ConstraintViolation: the engine said something that is not in the list.
            ModelUnavailable: it did not answer, or with fewer draws than asked for.
            Cancelled: see ``Transport``.
        """
        if not texts:
            raise BadInput("there is no path to choose from, so the engine would be unconstrained")
        body = self._body(prompt, max(map(len, texts)) + 64, 0.0 if n == 1 else 1.0, seed)
        body |= self._held_to(texts)
        if n > 1:
            body["n"] = n
        place = {text: i for i, text in enumerate(texts)}
        counts: Counter[str] = Counter()
        said_all = self._texts(body, seconds, cancellation)
        if len(said_all) != n:
            raise ModelUnavailable(f"the engine returned {len(said_all)} of {n} samples; it does not support 'n'")
        for said in said_all:
            text = self._chosen(said)
            if text not in place:
                raise ConstraintViolation(
                    f"the engine returned {said[:200]!r}, which is not one of the {len(texts)} choices; "
                    f"it does not support {self.guide.value!r}, or the output was truncated"
                )
            counts[text] += 1
        return sorted(counts.items(), key=lambda item: (-item[1], place[item[0]]))

    def _body(self, prompt: str, max_tokens: int, temperature: float, seed: int) -> Body:
        return {
            "model": self.model,
            "messages": [{"role": "user", "content": prompt}],
            "max_tokens": max_tokens,
            "temperature": temperature,
            "seed": seed,
        }

    def _held_to(self, texts: Sequence[str]) -> Body:
        match self.guide:
            case Guide.CHOICE:
                return {"structured_outputs": {"choice": list(texts)}}
            case Guide.REGEX:
                return {"regex": regular_expression(texts)}
            case Guide.GRAMMAR:
                return {"grammar": grammar(texts)}
            case Guide.JSON:
                schema = {
                    "type": "object",
                    "properties": {"path": {"type": "string", "enum": list(texts)}},
                    "required": ["path"],
                    "additionalProperties": False,
                }
                held = {"name": "path", "strict": True, "schema": schema}
                return {"response_format": {"type": "json_schema", "json_schema": held}}

    def _chosen(self, said: str) -> str | None:
        if self.guide is not Guide.JSON:
            return said
        try:
            chosen = json.loads(said)["path"]
        except (ValueError, KeyError, TypeError):
            return None
        return chosen if isinstance(chosen, str) else None

    def _texts(self, body: Body, seconds: float | None, cancellation: Cancellation | None) -> list[str]:
        answer = self.transport.post("/chat/completions", body, seconds, cancellation)
        try:
            texts = [choice["message"]["content"] for choice in answer["choices"]]
        except (KeyError, TypeError) as error:
            raise ModelUnavailable(f"the response of the engine has no choices: {str(answer)[:200]}") from error
        if not texts or not all(isinstance(text, str) for text in texts):
            raise ModelUnavailable("the response of the engine has no text")
        return texts

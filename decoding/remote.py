"""An OpenAI-compatible engine (vLLM, SGLang, llama.cpp, ..) for free text, and for choosing among listed paths.

Such an engine shows no hidden states, so nothing can be searched in it. What it can do is hold its output to a list of
texts. The reply is compared with the list all the same: an engine that ignores the field must not get through.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from kg.errors import BadInput, ConstraintViolation, ModelUnavailable
from tries.exports import grammar, regular_expression

Body = dict[str, Any]


class Guide(StrEnum):
    """The request field that holds an engine's output to a list."""

    CHOICE = "choice"
    """vLLM: ``structured_outputs: {choice: [..]}``."""
    REGEX = "regex"
    """SGLang: ``regex``."""
    GRAMMAR = "grammar"
    """llama.cpp: ``grammar`` (GBNF)."""
    JSON = "json_schema"
    """OpenAI and most others: ``response_format`` with an enumeration; the choice comes back inside an object."""


class Transport(Protocol):
    """Sends one request."""

    def post(self, path: str, body: Body) -> Body:
        """Return the JSON object that the engine answers ``body`` with; ``ModelUnavailable`` where it does not."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


@dataclass(frozen=True, slots=True)
class HttpTransport:
    """JSON over HTTP. ``base_url`` ends before ``/chat/completions`` (``http://localhost:8000/v1``); ``timeout`` is in
    seconds. Redirects are not followed: they could carry the key elsewhere."""

    base_url: str
    api_key: str = ""
    timeout: float = 60.0

    def __post_init__(self) -> None:
        if not self.base_url.startswith(("http://", "https://")):
            raise BadInput(f"the engine's address must be http:// or https://, not {self.base_url!r}")

    def post(self, path: str, body: Body) -> Body:
        """Send a request; see ``Transport``."""
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.api_key:
            headers["Authorization"] = f"Bearer {self.api_key}"
        url = self.base_url.rstrip("/") + path
        request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")
        try:
            with _OPENER.open(request, timeout=self.timeout) as response:
                answer = json.loads(response.read())
        except urllib.error.HTTPError as error:
            said = error.read(500).decode("utf-8", "replace")
            raise ModelUnavailable(f"the engine at {self.base_url} answered {error.code}: {said}") from error
        except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
            raise ModelUnavailable(f"the engine at {self.base_url} cannot be reached: {error}") from error
        except ValueError as error:
            raise ModelUnavailable(f"the engine at {self.base_url} did not answer in JSON") from error
        if not isinstance(answer, dict):
            raise ModelUnavailable(f"the engine at {self.base_url} did not answer with a JSON object")
        return answer


@dataclass(frozen=True, slots=True)
class RemoteEngine:
    """One model of an engine."""

    transport: Transport
    model: str
    guide: Guide = Guide.CHOICE

    def write(
        self, prompt: str, max_tokens: int, temperature: float = 0.0, seed: int = 0, stop: Sequence[str] = ()
    ) -> str:
        """Return free text in answer to a prompt."""
        body = self._body(prompt, max_tokens, temperature, seed)
        if stop:
            body["stop"] = list(stop)
        return self._texts(body)[0]

    def choose(self, prompt: str, texts: Sequence[str], n: int = 1, seed: int = 0) -> list[tuple[str, int]]:
        """Return the texts chosen, with how often, most often first (ties: listed order).

        One greedy choice where n is 1; else n draws at temperature 1.

        Raises:
            BadInput: nothing to choose from.
            ConstraintViolation: the engine said something that is not in the list.
        """
        if not texts:
            raise BadInput("nothing to choose from: the engine would be free to say anything")
        body = self._body(prompt, max(map(len, texts)) + 64, 0.0 if n == 1 else 1.0, seed)
        body |= self._held_to(texts)
        if n > 1:
            body["n"] = n
        place = {text: i for i, text in enumerate(texts)}
        counts: Counter[str] = Counter()
        for said in self._texts(body):
            text = self._chosen(said)
            if text not in place:
                raise ConstraintViolation(
                    f"the engine said {said[:200]!r}, which is none of the {len(texts)} choices: it does not support "
                    f"{self.guide.value!r}, or was cut short"
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

    def _texts(self, body: Body) -> list[str]:
        answer = self.transport.post("/chat/completions", body)
        try:
            texts = [choice["message"]["content"] for choice in answer["choices"]]
        except (KeyError, TypeError) as error:
            raise ModelUnavailable(f"the engine's answer has no choices: {str(answer)[:200]}") from error
        if not texts or not all(isinstance(text, str) for text in texts):
            raise ModelUnavailable("the engine answered without a text")
        return texts

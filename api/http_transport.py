"""How a request travels to a remote engine: JSON over HTTP, with a key that goes nowhere else."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from decoding.remote import Body
from kg import limits
from kg.errors import BadInput, ModelUnavailable


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


@dataclass(frozen=True, slots=True)
class HttpTransport:
    """A ``decoding.remote.Transport``. ``base_url`` ends before ``/chat/completions`` (``http://localhost:8000/v1``);
    ``timeout`` is in seconds. Redirects are not followed: they could carry the key elsewhere."""

    base_url: str
    api_key: str = field(default="", repr=False)
    timeout: float = limits.REMOTE_SECONDS

    def __post_init__(self) -> None:
        if not self.base_url.startswith(("http://", "https://")):
            raise BadInput(f"the engine's address must be http:// or https://, not {self.base_url!r}")

    def post(self, path: str, body: Body, seconds: float | None = None) -> Body:
        """Send a request; see ``Transport``."""
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.api_key:
            headers["Authorization"] = f"Bearer {self.api_key}"
        url = self.base_url.rstrip("/") + path
        request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")
        timeout = self.timeout if seconds is None else min(seconds, self.timeout)
        try:
            with _OPENER.open(request, timeout=timeout) as response:
                return self._read(response.read(limits.MAX_REMOTE_REPLY_BYTES + 1))
        except urllib.error.HTTPError as error:
            said = error.read(500).decode("utf-8", "replace")
            raise ModelUnavailable(f"the engine at {self.base_url} answered {error.code}: {said}") from error
        except (OSError, http.client.HTTPException) as error:  # URLError and time-outs are OSErrors
            raise ModelUnavailable(f"the engine at {self.base_url} cannot be reached: {error}") from error

    def _read(self, data: bytes) -> Body:
        if len(data) > limits.MAX_REMOTE_REPLY_BYTES:
            raise ModelUnavailable(
                f"the engine at {self.base_url} sent more than {limits.MAX_REMOTE_REPLY_BYTES} bytes"
            )
        try:
            answer = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise ModelUnavailable(f"the engine at {self.base_url} did not answer in JSON") from error
        if not isinstance(answer, dict):
            raise ModelUnavailable(f"the engine at {self.base_url} did not answer with a JSON object")
        return answer

"""HTTP transport to a remote engine. Sends the API key only to the configured address."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field

from clew.decoding.cancellation import Cancellation
from clew.decoding.remote.engine import Body
from clew.kg import limits
from clew.kg.errors import BadInput, ModelUnavailable
from clew.kg.http_line import HttpLine


@dataclass(frozen=True, slots=True)
class HttpTransport:
    """A ``clew.decoding.remote.engine.Transport``. ``base_url`` ends before ``/chat/completions``
    (``http://localhost:8000/v1``); ``timeout`` is in seconds. Redirects are not followed: they could carry the key
    elsewhere."""

    base_url: str
    api_key: str = field(default="", repr=False)
    timeout: float = limits.REMOTE_SECONDS

    def __post_init__(self) -> None:
        if not self.base_url.startswith(("http://", "https://")):
            raise BadInput(f"the address of the engine must start with http:// or https://; got {self.base_url!r}")

    def post(
        self, path: str, body: Body, seconds: float | None = None, cancellation: Cancellation | None = None
    ) -> Body:
        """Send a request; see ``Transport``."""
        cancellation = cancellation or Cancellation()
        cancellation.check()
        line = HttpLine()
        with cancellation.calling(line.close):
            try:
                return self._send(line, path, body, seconds)
            except Exception:
                cancellation.check()  # no fault of the engine's
                raise

    def _send(self, line: HttpLine, path: str, body: Body, seconds: float | None) -> Body:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.api_key:
            headers["Authorization"] = f"Bearer {self.api_key}"
        url = self.base_url.rstrip("/") + path
        request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")
        timeout = self.timeout if seconds is None else min(seconds, self.timeout)
        try:
            with line.opener().open(request, timeout=timeout) as response:
                return self._read(response.read(limits.MAX_REMOTE_REPLY_BYTES + 1))
        except urllib.error.HTTPError as error:
            said = error.read(500).decode("utf-8", "replace")
            raise ModelUnavailable(f"the engine at {self.base_url} returned HTTP {error.code}: {said}") from error
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
            raise ModelUnavailable(f"the engine at {self.base_url} did not return JSON") from error
        if not isinstance(answer, dict):
            raise ModelUnavailable(f"the engine at {self.base_url} did not return a JSON object")
        return answer

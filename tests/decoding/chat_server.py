"""A real HTTP server on this machine that speaks the chat-completions protocol."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

CHOICES = ["Heat -> directed by", "Heat -> starred actors", 'Heat -> x (y) [z] "q" \\ é']


class Engine(BaseHTTPRequestHandler):
    """Says the k-th of what it is held to (k per draw), as each kind of engine would."""

    requests: ClassVar[list[dict[str, Any]]] = []
    behaviour = "obey"
    release = threading.Event()
    """Ends a hang; set when one ended by itself."""
    text: str | None = None
    """What it says where it is free to."""
    wanted = ""
    """Part of the choices it prefers."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).requests.append({"path": self.path, "auth": self.headers.get("Authorization"), **body})
        if self.behaviour == "slow":
            time.sleep(1)
        if self.behaviour == "hang":
            self.release.wait(10)
            self.release.set()
        if self.behaviour == "fail":
            return self._send(503, b"model is loading")
        if self.behaviour == "redirect":
            self.send_response(302)
            self.send_header("Location", self.path + "/elsewhere")
            return self.end_headers()
        if self.behaviour == "garbage":
            return self._send(200, b"<html>")
        if self.behaviour == "empty":
            return self._send(200, b'{"choices": []}')
        texts = [self._text(body, i) for i in range(1 if self.behaviour == "one" else body.get("n", 1))]
        if self.behaviour == "disobey":
            texts[-1] = "Heat -> murdered by"
        choices = [{"index": i, "message": {"role": "assistant", "content": t}} for i, t in enumerate(texts)]
        return self._send(200, json.dumps({"choices": choices}).encode())

    def _text(self, body: dict[str, Any], i: int) -> str:
        if "structured_outputs" in body:
            some = body["structured_outputs"]["choice"]
            wanted = [text for text in some if self.wanted and self.wanted in text]
            return (wanted or some)[0 if i % 3 else -1]
        if "regex" in body:
            return next(c for c in CHOICES if re.fullmatch(body["regex"], c))
        if "grammar" in body:
            assert body["grammar"].startswith("root ::= ")
            return CHOICES[1]
        if "response_format" in body:
            schema = body["response_format"]["json_schema"]["schema"]
            return json.dumps({"path": schema["properties"]["path"]["enum"][1]})
        if self.text is not None:
            return self.text
        return f"You said: {body['messages'][0]['content']}"

    def _send(self, status: int, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_args: Any) -> None:
        pass


@contextmanager
def chat_server() -> Iterator[str]:
    """The address of a server that runs meanwhile."""
    Engine.requests, Engine.behaviour, Engine.wanted = [], "obey", ""
    Engine.text = None
    Engine.release.clear()
    http = ThreadingHTTPServer(("127.0.0.1", 0), Engine)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_port}/v1"
    finally:
        http.shutdown()
        http.server_close()

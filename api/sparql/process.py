"""A process that evaluates queries, as its parent has it."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from concurrent.futures import Executor
from contextlib import suppress
from typing import Any

from clew.api.sparql.worker import NotAcceptable
from clew.decoding.cancellation import Cancellation
from clew.kg import limits
from clew.kg.errors import BadInput, Cancelled, ClewError, LimitReached

ERRORS = {each.__name__: each for each in (BadInput, LimitReached, NotAcceptable)}


class WorkerProcess:
    """Does one thing at a time. One that was ended, or that died, is started anew when it is next needed."""

    def __init__(self, starter: Executor) -> None:
        """``starter``: starts the process. The system ends it with the thread that did, which must therefore stay."""
        self._starter = starter
        self._process: subprocess.Popen[bytes] | None = None

    def do(
        self, request: dict[str, Any], deadline: float, cancellation: Cancellation | None = None
    ) -> tuple[dict[str, Any], bytes]:
        """Return the reply to a request.

        Raises the error that it tells of, ``Cancelled`` if the token is set, and ``LimitReached`` if the time
        (``time.monotonic`` seconds) or the memory does not suffice: then the process is ended.
        """
        process = self._running()
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            with _Replies(process, deadline, cancellation) as replies:
                head, body = replies.read()
        except (BrokenPipeError, EOFError):
            with suppress(subprocess.TimeoutExpired):  # it has ended, or is about to, and says how
                process.wait(1)
            self.close()
            if process.returncode < 0:  # the library aborts where it gets no memory
                raise LimitReached(f"this needs more than {limits.QUERY_MEMORY_MB:,} MiB of memory") from None
            raise ClewError("the process that evaluates queries has ended; see the server log") from None
        except BaseException:
            self.close()
            raise
        if "error" in head:
            raise ERRORS.get(head["error"], ClewError)(head["detail"])
        return head, body

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = self._starter.submit(_start).result()
        return self._process


def _start() -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "clew.api.sparql.worker", str(limits.QUERY_MEMORY_MB)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)


class _Replies:
    """What a process writes, for as long as there is time."""

    def __init__(self, process: subprocess.Popen[bytes], deadline: float, cancellation: Cancellation | None) -> None:
        assert process.stdout is not None
        self._file, self._deadline, self._cancellation = process.stdout.fileno(), deadline, cancellation
        self._waiting = bytearray()
        self._selector = selectors.DefaultSelector()  # select() has no room for a server's many open files
        self._selector.register(self._file, selectors.EVENT_READ)

    def __enter__(self) -> _Replies:
        return self

    def __exit__(self, *error: object) -> None:
        self._selector.close()

    def read(self) -> tuple[dict[str, Any], bytes]:
        """Return a reply. Raises ``EOFError`` if the process has ended, ``LimitReached``, ``Cancelled``."""
        while (end := self._waiting.find(b"\n")) < 0:
            self._more()
        head = json.loads(self._waiting[:end])
        while len(self._waiting) < end + 1 + head["size"]:
            self._more()
        return head, bytes(self._waiting[end + 1 :])

    def _more(self) -> None:
        while not self._selector.select(limits.LOOK_SECONDS):
            if self._cancellation is not None and self._cancellation.cancelled:
                raise Cancelled("the query was cancelled")
            if time.monotonic() > self._deadline:
                raise LimitReached("the time limit was reached before the query was answered")
        data = os.read(self._file, 1 << 16)
        if not data:
            raise EOFError
        self._waiting += data

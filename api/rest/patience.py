"""Closes connections whose requests do not arrive. uvicorn has a time limit between requests only, none for a request
whose headers never end or for a connection that never sends one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

from clew.kg import limits

if TYPE_CHECKING:
    from uvicorn.protocols.http.h11_impl import H11Protocol as Protocol
else:
    Protocol = AutoHTTPProtocol


class PatientProtocol(Protocol):
    """HTTP as uvicorn speaks it. A request's headers must arrive within ``limits.REQUEST_SECONDS`` and
    ``limits.MAX_HEADER_BYTES``; the body has limits of its own (``BodyLimit``)."""

    _deadline: asyncio.TimerHandle | None = None
    _read = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Begin to wait for the first request."""
        super().connection_made(transport)
        if len(self.connections) > 2 * limits.MAX_CONNECTIONS:  # from here on not even refused: files would run out
            transport.abort()
        else:
            self._wait()

    def data_received(self, data: bytes) -> None:
        """Read on, for as long as there is time."""
        if self._idle and self._deadline is None:
            self._wait()
        super().data_received(data)
        self._read += len(data)
        if not self._idle:
            self._wait_no_longer()
        elif self._read > limits.MAX_HEADER_BYTES:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._wait_no_longer()
        super().connection_lost(exc)

    @property
    def _idle(self) -> bool:
        """Whether no request is being answered."""
        cycle: Any = self.cycle
        return cycle is None or cycle.response_complete

    def _wait(self) -> None:
        self._read = 0
        self._deadline = self.loop.call_later(limits.REQUEST_SECONDS, self._give_up)

    def _wait_no_longer(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if self._idle:
            self.transport.abort()

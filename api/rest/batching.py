"""Questions that arrive while others are being answered are answered together, each as if it had been alone.

A question that finds the service idle starts at once. Those that come while it is computed wait for it, as they would
for a free worker, and then are one batch: under load the batches grow by themselves, without load nobody waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from clew.api.rest.admission import Gate
from clew.api.schema.models import AskRequest, AskResult
from clew.api.service.service import Service
from clew.decoding.cancellation import Cancellation
from clew.kg import limits

Reply = AskResult | Exception
Place = tuple[asyncio.AbstractEventLoop, str]
"""Where questions are gathered: an event loop and a graph's name."""


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """A question that waits for its reply."""

    request: AskRequest
    reply: asyncio.Future[AskResult]
    cancellation: Cancellation | None


@dataclass(slots=True)
class _Queue:
    """The questions that wait at a place, in order, and what is being computed there. ``busy``: some were waiting when
    the last batch was done."""

    waiting: list[_Asked] = field(default_factory=list)
    running: set[asyncio.Task[None]] = field(default_factory=set)
    server: asyncio.Task[None] | None = None
    busy: bool = False


class Gathering:
    """Asks one service. The questions of a graph are computed a batch at a time; other graphs do not wait for them."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._queues: dict[Place, _Queue] = {}

    async def ask(
        self, graph: str, request: AskRequest, gate: Gate, cancellation: Cancellation | None = None
    ) -> AskResult:
        """Return what ``Service.ask`` gives, or raise what it raises; ``Overloaded`` at once when the gate is full.

        A caller that is cancelled, or withdraws the question by ``cancellation``, leaves the others as they are.
        """
        with gate.entered():
            loop = asyncio.get_running_loop()
            place = loop, graph
            queue = self._queues.setdefault(place, _Queue())
            mine = _Asked(request, loop.create_future(), cancellation)
            queue.waiting.append(mine)
            if queue.server is None:
                queue.server = loop.create_task(self._serve(place, queue, gate))
            return await mine.reply

    async def _serve(self, place: Place, queue: _Queue, gate: Gate) -> None:
        """Answer what waits, batch after batch, until nothing does."""
        try:
            while queue.waiting:
                batch = [one for one in queue.waiting[: limits.MAX_GATHERED] if not one.reply.done()]
                del queue.waiting[: limits.MAX_GATHERED]
                if batch:
                    await self._start(place[1], batch, queue, gate)
                if queue.busy:  # others were waiting, and those just answered may ask again at once
                    await asyncio.sleep(limits.GATHER_SECONDS)
        finally:
            queue.server = None
            if not queue.waiting:
                self._queues.pop(place, None)

    async def _start(self, graph: str, batch: list[_Asked], queue: _Queue, gate: Gate) -> None:
        """Compute a batch; go on to the next one when it is done, or when it takes unusually long."""
        queue.busy = False
        task = asyncio.get_running_loop().create_task(self._answer(graph, batch, queue, gate))
        queue.running.add(task)
        task.add_done_callback(queue.running.discard)
        await asyncio.wait({task}, timeout=limits.GATHER_PATIENCE_SECONDS)

    async def _answer(self, graph: str, batch: list[_Asked], queue: _Queue, gate: Gate) -> None:
        try:
            replies = await gate.compute(partial(self._together, graph, batch))
        except BaseException:
            for one in batch:
                one.reply.cancel()
            raise
        queue.busy = bool(queue.waiting)
        for one, reply in zip(batch, replies, strict=True):
            if one.reply.done():
                continue
            if isinstance(reply, AskResult):
                one.reply.set_result(reply)
            else:
                one.reply.set_exception(reply)

    def _together(self, graph: str, batch: Sequence[_Asked]) -> Sequence[Reply]:
        """Answer questions; where they fail together, one by one, so that each only fails by itself."""
        if len(batch) > 1:
            tokens = [one.cancellation for one in batch]
            try:
                return self._service.ask_many(graph, [one.request for one in batch], cancellations=tokens)
            except Exception:  # whatever it is, those that raise it alone raise it below
                pass
        return [self._alone(graph, one) for one in batch]

    def _alone(self, graph: str, one: _Asked) -> Reply:
        try:
            return self._service.ask(graph, one.request, cancellation=one.cancellation)
        except Exception as error:  # raised where the question was asked
            return error

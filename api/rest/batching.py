"""Dynamic batching of concurrent questions.

If the service is idle, a question starts immediately. Questions that arrive while it runs wait for it and then form the
next batch. Batches therefore grow under load, and no question waits without load. Batching does not change answers.
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
"""Key of a queue: an event loop and the name of a graph."""


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """A question waiting for its reply."""

    request: AskRequest
    reply: asyncio.Future[AskResult]
    cancellation: Cancellation | None
    waited: float
    deadline: float | None


@dataclass(slots=True)
class _Queue:
    """The waiting questions, in order, and the running batches. ``busy``: questions were waiting when the last batch
    finished."""

    waiting: list[_Asked] = field(default_factory=list)
    running: set[asyncio.Task[None]] = field(default_factory=set)
    server: asyncio.Task[None] | None = None
    busy: bool = False


class Gathering:
    """Batches the questions to one service, separately for each graph."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._queues: dict[Place, _Queue] = {}

    async def ask(
        self,
        graph: str,
        request: AskRequest,
        gate: Gate,
        cancellation: Cancellation | None = None,
        waited: float = 0.0,
        deadline: float | None = None,
    ) -> AskResult:
        """Return the result of ``Service.ask``, or raise its error. Raises ``Overloaded`` if the gate is full.

        Cancelling one question does not affect the others.
        """
        with gate.entered():
            loop = asyncio.get_running_loop()
            place = loop, graph
            queue = self._queues.setdefault(place, _Queue())
            mine = _Asked(request, loop.create_future(), cancellation, waited, deadline)
            queue.waiting.append(mine)
            if queue.server is None:
                queue.server = loop.create_task(self._serve(place, queue, gate))
            return await mine.reply

    async def _serve(self, place: Place, queue: _Queue, gate: Gate) -> None:
        """Answer waiting questions, batch by batch, until the queue is empty."""
        try:
            while queue.waiting:
                batch = [one for one in queue.waiting[: limits.MAX_GATHERED] if not one.reply.done()]
                del queue.waiting[: limits.MAX_GATHERED]
                if batch:
                    await self._start(place[1], batch, queue, gate)
                if queue.busy:  # under load: give clients a moment to send the next question
                    await asyncio.sleep(limits.GATHER_SECONDS)
        finally:
            queue.server = None
            if not queue.waiting:
                self._queues.pop(place, None)

    async def _start(self, graph: str, batch: list[_Asked], queue: _Queue, gate: Gate) -> None:
        """Run a batch. Return when it is done or takes unusually long."""
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
        """Answer a batch. If it fails, answer the questions one by one, so that errors stay separate."""
        if len(batch) > 1:
            tokens, waited = [one.cancellation for one in batch], [one.waited for one in batch]
            try:
                return self._service.ask_many(
                    graph,
                    [one.request for one in batch],
                    cancellations=tokens,
                    waited=waited,
                    deadlines=[one.deadline for one in batch],
                )
            except Exception:  # raised again below by the question that caused it
                pass
        return [self._alone(graph, one) for one in batch]

    def _alone(self, graph: str, one: _Asked) -> Reply:
        try:
            return self._service.ask(
                graph, one.request, cancellation=one.cancellation, waited=one.waited, deadline=one.deadline
            )
        except Exception as error:  # raised in ``ask``
            return error

"""Dynamic batching of concurrent questions.

If the service is idle, a question starts immediately. Questions that arrive while it runs wait for it and then form the
next batch. Batches therefore grow under load, and no question waits without load. Batching does not change answers.

Where there are helpers (processes of their own), a batch that would wait for this process goes to one that is free.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from clew.api.processes.helper import Helper
from clew.api.processes.worker import QuestionBatch
from clew.api.rest.admission import Gate
from clew.api.schema.models import AskRequest, AskResult
from clew.api.service.service import Service
from clew.decoding.cancellation import Cancellation
from clew.kg import limits
from clew.kg.errors import ClewError

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
    """The waiting questions of a graph, in order, and the running batches. ``own``: the last one of this process, if
    the next one is to wait for it. ``crowded``: questions were waiting when the last batch was done."""

    graph: str
    gate: Gate
    waiting: list[_Asked] = field(default_factory=list)
    running: set[asyncio.Task[None]] = field(default_factory=set)
    own: asyncio.Task[None] | None = None
    crowded: bool = False
    pausing: bool = False


class Gathering:
    """Batches the questions to one service, separately for each graph."""

    def __init__(self, service: Service, helpers: Sequence[Helper] = ()) -> None:
        self._service, self._helpers = service, helpers
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
            queue = self._queues.setdefault((loop, graph), _Queue(graph, gate))
            mine = _Asked(request, loop.create_future(), cancellation, waited, deadline)
            queue.waiting.append(mine)
            loop.call_soon(self._begin, queue)  # with those that arrive at the same time
            return await mine.reply

    def _begin(self, queue: _Queue) -> None:
        """Begin batches for as long as questions wait and somebody is free."""
        while queue.waiting and not queue.pausing:
            helper = None if queue.own is None else self._free_helper(queue)
            if queue.own is not None and helper is None:
                return
            batch = [one for one in queue.waiting[: limits.MAX_GATHERED] if not one.reply.done()]
            del queue.waiting[: limits.MAX_GATHERED]
            if batch:
                self._start(queue, batch, helper)

    def _start(self, queue: _Queue, batch: list[_Asked], helper: Helper | None) -> None:
        """Run a batch. The next one of this process waits until it is done or takes unusually long."""
        loop = asyncio.get_running_loop()
        task = loop.create_task(self._answer(queue, batch, helper))
        queue.running.add(task)
        task.add_done_callback(partial(self._ended, queue))
        if helper is None:
            queue.own = task
            loop.call_later(limits.GATHER_PATIENCE_SECONDS, self._wait_no_longer, queue, task)

    def _wait_no_longer(self, queue: _Queue, task: asyncio.Task[None]) -> None:
        if queue.own is task:
            queue.own = None
            self._begin(queue)

    def _ended(self, queue: _Queue, task: asyncio.Task[None]) -> None:
        """Go on after a batch. Where the next one is not full, clients get a moment to send the next question."""
        queue.running.discard(task)
        if queue.own is task:
            queue.own = None
        loop = asyncio.get_running_loop()
        if queue.crowded and 0 < len(queue.waiting) < limits.MAX_GATHERED and not queue.pausing:
            queue.pausing = True
            loop.call_later(limits.GATHER_SECONDS, self._resume, queue)
        if not queue.waiting and not queue.running:
            self._queues.pop((loop, queue.graph), None)
        for (running, _), other in list(self._queues.items()):  # a helper may be free now
            if running is loop:
                self._begin(other)

    def _resume(self, queue: _Queue) -> None:
        queue.pausing = False
        self._begin(queue)

    def _free_helper(self, queue: _Queue) -> Helper | None:
        """Return a helper that can begin now; None where there is none. One more is started where a full batch waits
        for this process, and none is being started."""
        if all(helper.busy for helper in self._helpers):
            return None
        try:
            version = self._service.version(queue.graph)
        except ClewError:  # this process finds it out, too
            return None
        free = next((helper for helper in self._helpers if helper.free_for(queue.graph, version)), None)
        if free is None and len(queue.waiting) >= limits.MAX_GATHERED and not any(h.loading for h in self._helpers):
            next((helper for helper in self._helpers if helper.want(queue.graph)), None)
        return free

    async def _answer(self, queue: _Queue, batch: list[_Asked], helper: Helper | None) -> None:
        try:
            if helper is None:
                replies = await queue.gate.compute(partial(self._together, queue.graph, batch))
            else:
                replies = await self._helped(queue, batch, helper)
        except BaseException:
            for one in batch:
                one.reply.cancel()
            raise
        queue.crowded = bool(queue.waiting)
        for one, reply in zip(batch, replies, strict=True):
            if one.reply.done():
                continue
            if isinstance(reply, AskResult):
                one.reply.set_result(reply)
            else:
                one.reply.set_exception(reply)

    async def _helped(self, queue: _Queue, batch: Sequence[_Asked], helper: Helper) -> Sequence[Reply]:
        """Answer a batch by a helper; here, one by one, what has no answer there."""
        asked = QuestionBatch(
            queue.graph,
            [one.request for one in batch],
            [one.waited for one in batch],
            [one.deadline for one in batch],
        )
        found = await helper.answer(asked, [one.cancellation for one in batch])
        left = [one for one, reply in zip(batch, found, strict=True) if reply is None]
        work = partial(self._one_by_one, queue.graph, left)
        here = iter(await queue.gate.compute(work) if left else ())
        return [reply or next(here) for reply in found]

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
        return self._one_by_one(graph, batch)

    def _one_by_one(self, graph: str, batch: Sequence[_Asked]) -> list[Reply]:
        return [self._alone(graph, one) for one in batch]

    def _alone(self, graph: str, one: _Asked) -> Reply:
        try:
            return self._service.ask(
                graph, one.request, cancellation=one.cancellation, waited=one.waited, deadline=one.deadline
            )
        except Exception as error:  # raised in ``ask``
            return error

"""``Helper``: one more process that answers questions, as the server sees it."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from ctypes import c_byte
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, TypeVar

from clew.api.processes import worker
from clew.api.processes.worker import QuestionBatch
from clew.api.schema.text import inert
from clew.kg import limits
from clew.kg.memory import anonymous_mb, available_mb

if TYPE_CHECKING:
    from clew.api.schema.models import AskResult
    from clew.api.settings import Settings
    from clew.decoding.cancellation import Cancellation

A = TypeVar("A")
T = TypeVar("T")
LOG = logging.getLogger("uvicorn.error")


class Helper:
    """A process of its own, started when it is first wanted (``want``), that answers one batch of questions at a time.

    It never makes an answer fail: where it is not there, has not loaded a graph, or ends, the server answers itself. An
    instance belongs to one event loop.
    """

    def __init__(self, settings: Settings, threads: int) -> None:
        """``threads``: those of one computation."""
        self._settings, self._threads = settings, threads
        self._withdrawn: Any = get_context("spawn").RawArray(c_byte, limits.MAX_GATHERED)  # a ctypes array
        self._process: Executor | None = None
        self._loaded: dict[str, str] = {}
        self._loading: dict[str, asyncio.Task[None]] = {}
        self._rests_until = 0.0
        self._shares = False
        self._idle: asyncio.TimerHandle | None = None
        self.busy = False

    def free_for(self, graph: str, version: str) -> bool:
        """Return whether it can begin to answer questions to a graph now; where it has not loaded it, it begins to."""
        if self._process is None or self.busy:
            return False
        if self._loaded.get(graph) != version:
            self._load(graph)
            return False
        return True

    @property
    def loading(self) -> bool:
        """Whether it is being started, or loads a graph."""
        return bool(self._loading)

    def want(self, graph: str) -> bool:
        """Start the process and load a graph. Return whether that begins: it may run already, have failed a moment ago,
        or find too little memory."""
        if self._process is not None or time.monotonic() < self._rests_until:
            return False
        if not _has_memory():
            self._rests_until = time.monotonic() + limits.HELPER_REST_SECONDS
            return False
        self._process = ProcessPoolExecutor(
            1, get_context("spawn"), partial(worker.start, self._settings, self._threads), (self._withdrawn,)
        )
        self._load(graph)
        return True

    async def answer(self, batch: QuestionBatch, tokens: Sequence[Cancellation | None]) -> Sequence[AskResult | None]:
        """Return the results of a batch; None for a question that is to be asked in this process. ``tokens[i]``
        withdraws question i."""
        self.busy = True
        try:
            with self._passing_on(tokens):
                found = await self._submitted(worker.answer, batch)
        finally:
            self.busy = False
            self._end_when_idle()
        if found is None or None in found:  # it may lack the version that is current now, or a new model
            self._loaded.pop(batch.graph, None)
        return found or [None] * len(batch.requests)

    def close(self) -> None:
        """End the process. Nobody waits for what it computes."""
        if self._process is not None:
            self._process.shutdown(wait=False, cancel_futures=True)
        self._process, self._loaded = None, {}
        self._share(False)

    def _share(self, running: bool) -> None:
        """Leave a core to the process while it runs."""
        if running == self._shares:
            return
        from clew.decoding.embedded.search.threads import share_cores  # imports torch

        self._shares = running
        share_cores(1 if running else -1)

    @contextmanager
    def _passing_on(self, tokens: Sequence[Cancellation | None]) -> Iterator[None]:
        """Pass on to the process which questions are withdrawn meanwhile."""
        with ExitStack() as stack:
            for at, token in enumerate(tokens):
                self._withdrawn[at] = 0
                if token is not None:
                    stack.enter_context(token.calling(partial(self._withdrawn.__setitem__, at, 1)))
            yield

    def _load(self, graph: str) -> None:
        """Begin to load a graph, unless that has begun."""
        if graph not in self._loading:
            self._loading[graph] = asyncio.create_task(self._loaded_in_process(graph))

    async def _loaded_in_process(self, graph: str) -> None:
        try:
            version = await self._submitted(worker.load, graph)
            if version is not None:
                self._loaded[graph] = version
                self._share(True)
        except Exception as error:  # it is told to whoever asks the server itself for this graph
            self._fail(error)
        finally:
            del self._loading[graph]
            self._end_when_idle()

    async def _submitted(self, work: Callable[[A], T], argument: A) -> T | None:
        """Return what the process computes; None if it ends, or there is none."""
        if self._process is None:
            return None
        try:
            return await asyncio.wrap_future(self._process.submit(work, argument))
        except (BrokenProcessPool, OSError) as error:
            self._fail(error)
            return None

    def _fail(self, error: Exception) -> None:
        """End the process, for some time: the server answers alone."""
        LOG.warning("a process that answers questions has failed: %s", inert(str(error)))
        self._rests_until = time.monotonic() + limits.HELPER_REST_SECONDS
        self.close()

    def _end_when_idle(self) -> None:
        """End the process when nothing has been asked of it for ``limits.HELPER_IDLE_SECONDS``."""
        if self._idle is not None:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(limits.HELPER_IDLE_SECONDS, self._end_if_idle)

    def _end_if_idle(self) -> None:
        if not self.busy and not self._loading:
            self.close()


def _has_memory() -> bool:
    """Whether there is memory for one more process like this one; yes, where the system does not say."""
    available, held = available_mb(), anonymous_mb()
    return available is None or held is None or available >= limits.HELPER_MEMORY * held


def helpers(settings: Settings) -> list[Helper]:
    """Return the helpers of a server: with its own process they are ``settings.processes``."""
    threads = max(1, min(os.cpu_count() or 1, limits.MAX_THREADS) // settings.processes)
    return [Helper(settings, threads) for _ in range(settings.processes - 1)]

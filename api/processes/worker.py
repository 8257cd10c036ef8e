"""What runs in a process of its own: it answers batches of questions over the home of the server that started it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing import parent_process
from typing import TYPE_CHECKING

from clew.api.startup import own_process, settle
from clew.api.threads import return_memory_regularly, take_short_turns
from clew.decoding.cancellation import Cancellation
from clew.kg import limits
from clew.kg.errors import Cancelled, ClewError

if TYPE_CHECKING:
    from clew.api.schema.models import AskRequest, AskResult
    from clew.api.service.service import Service
    from clew.api.settings import Settings


@dataclass(frozen=True, slots=True)
class QuestionBatch:
    """Questions to one graph: see ``Service.ask_many``."""

    graph: str
    requests: Sequence[AskRequest]
    waited: Sequence[float]
    deadlines: Sequence[float | None]


class _Answering:
    """Of this process; set by ``start``."""

    service: Service | None = None
    withdrawn: Sequence[int] = ()


class FlagCancellation(Cancellation):
    """A question that the server withdraws by a flag in shared memory."""

    __slots__ = ("_at", "_flags")

    def __init__(self, flags: Sequence[int], at: int) -> None:
        super().__init__()
        self._flags, self._at = flags, at

    @property
    def cancelled(self) -> bool:
        """Whether the question was withdrawn."""
        return bool(self._flags[self._at])

    def check(self) -> None:
        """Raise ``Cancelled`` if the question was withdrawn."""
        if self.cancelled:
            raise Cancelled("the question was cancelled")


def start(settings: Settings, threads: int, withdrawn: Sequence[int]) -> None:
    """Begin to serve. Computations have so many threads; ``withdrawn[i]``, in memory that both processes see, is 1 once
    question i of the batch was withdrawn. The process ends with the one that started it, however that
    ends; a signal from the keyboard is left to it."""
    own_process()
    os.environ["OMP_NUM_THREADS"] = str(threads)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, name="clew-parent", daemon=True).start()
    os.nice(limits.HELPER_NICENESS)
    take_short_turns()
    return_memory_regularly()
    from clew.api.service.service import Service

    _Answering.service, _Answering.withdrawn = Service(settings), withdrawn


def load(graph: str) -> str:
    """Load a graph in its current version; return that. Raises what ``Service.ask`` does."""
    version = _service().pipeline(graph).graph.version
    settle()
    return version


def answer(batch: QuestionBatch) -> list[AskResult | None]:
    """Return the results of a batch; None for a question that has none here, for whatever reason: the server asks it
    again, and meets the error itself. Nothing is loaded for it."""
    tokens = [FlagCancellation(_Answering.withdrawn, at) for at in range(len(batch.requests))]
    try:
        found = _service().ask_many(
            batch.graph, batch.requests, cancellations=tokens, waited=batch.waited, deadlines=batch.deadlines
        )
    except Exception:  # the server meets it again, and reports it
        return [None] * len(batch.requests)
    return [None if isinstance(one, ClewError) else one for one in found]


def _service() -> Service:
    assert _Answering.service is not None
    return _Answering.service


def _end_with_parent(leave: Callable[[int], None] = os._exit) -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        leave(1)

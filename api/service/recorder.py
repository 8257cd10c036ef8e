"""Stores answers without ever costing one: what cannot be stored is logged once, and said with the answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from clew.api.schema.problems import HistoryFailed
from clew.api.schema.text import inert
from clew.api.service.history import History
from clew.kg import limits

LOG = logging.getLogger(__name__)


class Recorder:
    """Puts answers into a history. After a failure it rests for ``limits.HISTORY_REST_SECONDS``."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._failure: str | None = None
        self._rests_until = 0.0

    def keep(self, answers: Sequence[tuple[str, Callable[[], dict[str, Any]]]]) -> str | None:
        """Store answers, each an id and its record, in one go. Return why that failed; None: they are stored."""
        if self._failure is not None and time.monotonic() < self._rests_until:
            return self._failure
        try:
            self._history.put_all([(answer, record()) for answer, record in answers])
        except HistoryFailed as error:
            if self._failure is None:
                LOG.warning("%s", inert(str(error)))
            self._failure, self._rests_until = str(error), time.monotonic() + limits.HISTORY_REST_SECONDS
        else:
            if self._failure is not None:
                LOG.warning("answers are stored again")
            self._failure = None
        return self._failure

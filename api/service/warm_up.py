"""Loads the model and the graphs when a server starts, and says when that is done."""

from __future__ import annotations

import logging
import threading

from clew.api.schema.problems import NotReady
from clew.api.schema.text import inert
from clew.api.service.engine_cache import Engines
from clew.kg.errors import ClewError
from clew.kg.limits import MAX_PREPARED_GRAPHS
from clew.kg.store.catalogue import Catalogue

LOG = logging.getLogger("uvicorn.error")


class WarmUp:
    """Done when the model and the first ``MAX_PREPARED_GRAPHS`` graphs are loaded. A graph that cannot be loaded is
    logged and left out; a model that cannot be is tried again when it is next asked for."""

    def __init__(self, catalogue: Catalogue, engines: Engines) -> None:
        self._catalogue, self._engines = catalogue, engines
        self._lock = threading.Lock()
        self._running = self._done = False
        self._state = "the model is being loaded"

    def begin(self) -> None:
        """Begin, in a thread of its own, unless it is running or done."""
        with self._lock:
            if not self._running and not self._done:
                self._running = True
                threading.Thread(target=self._run, name="clew-warm-up", daemon=True).start()

    def check(self) -> None:
        """Begin. Raises ``NotReady``, with the reason, until it is done."""
        self.begin()
        if not self._done:
            raise NotReady(self._state)

    def _run(self) -> None:
        try:
            self._engines.load_model()
            for name in self._catalogue.names()[:MAX_PREPARED_GRAPHS]:
                self._state = f"the graph {name!r} is being loaded"
                self._load(name)
            self._done = True
        except Exception as error:
            told = isinstance(error, ClewError)
            self._state = str(error) if told else "unexpected error; see the server log"
            LOG.error("not ready: %s", inert(str(error)), exc_info=not told)
        finally:
            self._running = False

    def _load(self, name: str) -> None:
        try:
            self._engines.load(name).result()
        except Exception as error:
            told = isinstance(error, ClewError)
            LOG.error("graph %s cannot be loaded: %s", name, inert(str(error)), exc_info=not told)

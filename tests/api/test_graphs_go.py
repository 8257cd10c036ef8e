"""What a service has prepared goes when it makes room for other graphs: no file of a graph stays open."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

from clew.api.schema.models import AskRequest
from clew.api.service.service import Service
from clew.api.settings import Settings


def test_a_graph_goes_with_its_service(home: Path) -> None:
    service = Service(Settings(home=home, device="cpu"))
    for question in ("Who directed Inception?", "How many films did Christopher Nolan direct?"):
        service.ask("films", AskRequest(question=question))
    graph = weakref.ref(service.pipeline("films").graph)
    assert graph() is not None
    gc.unfreeze()
    gc.collect()
    gc.disable()  # nor do they wait for garbage to be looked for
    try:
        del service
        assert graph() is None
    finally:
        gc.enable()

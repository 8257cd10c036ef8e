"""The option ``--no-index`` of the commands that publish a version, and the building of its indices."""

from __future__ import annotations

import time
from collections.abc import Callable

import click

from clew.api.cli.common import Console
from clew.api.cli.progress import phases
from clew.api.startup import loading
from clew.api.threads import set_threads
from clew.kg.store.catalogue import Catalogue

no_index_option: Callable[[Callable[..., None]], Callable[..., None]] = click.option(
    "--no-index", is_flag=True, help="Do not build the indices for questions now: leave it to the first question."
)


def build_indices(console: Console, catalogue: Catalogue, graph: str, earlier: str | None = None) -> float | None:
    """Build what the first question to a graph needs, and return the seconds that it took (None: it could not be
    built); ``earlier``: the version before an update, from which is taken what has not changed."""
    start = time.perf_counter()
    set_threads(console.settings.model)
    with loading():
        from clew.api.service.indices import Indices

    if not Indices(catalogue).build(graph, phases(console), earlier):
        return None
    seconds = round(time.perf_counter() - start, 3)
    console.note(f"indexed for questions in {seconds:.1f} s")
    return seconds

"""Progress of what takes long: one overwritten line on a terminal; of an ingest and its indices JSON Lines with
``--json``."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from clew.api.cli.common import Console
from clew.api.schema.text import dumps

if TYPE_CHECKING:  # a question shows progress, too, and need not wait for the import
    from clew.kg.ingest.loading import Progress


def observer(console: Console) -> Callable[[Progress], None] | None:
    """Return the function that prints progress on standard error, or None if output is not wanted."""
    watch = Watch()
    if console.json:
        return lambda progress: click.echo(dumps(watch.event(progress)), err=True)
    if sys.stderr.isatty():
        return lambda progress: console.overwrite(watch.line(progress))
    return None


def phases(console: Console) -> Callable[[str], None]:
    """Return the function that prints what is built next, where progress is printed."""

    def tell(phase: str) -> None:
        if console.json:
            click.echo(dumps({"event": "index", "phase": phase}), err=True)
        elif sys.stderr.isatty():
            console.overwrite(phase)

    return tell


def counter(console: Console, what: str) -> Callable[[int, int, str], None]:
    """Return the function that shows how many of how many are done, with the rate, the remaining time and a remark: a
    bar on a terminal, nothing elsewhere. At most a few times a second."""
    start, shown = time.monotonic(), 0.0

    def show(done: int, total: int, remark: str = "") -> None:
        nonlocal shown
        now = time.monotonic()
        if console.json or not sys.stderr.isatty() or (now - shown < SHOW_SECONDS and done < total):
            return
        shown = now
        console.overwrite(bar(what, done, total, now - start, remark))
        if done >= total:
            click.echo(err=True)

    return show


def bar(what: str, done: int, total: int, seconds: float, remark: str = "") -> str:
    """Return progress on one line: ``questions [####----] 50% 120/240, 12.0/s, 0:10 left``."""
    share = min(1.0, done / total) if total else 1.0
    full = round(BAR_WIDTH * share)
    rate = done / max(seconds, 1e-3)
    left = f", {_clock((total - done) / rate)} left" if 0 < done < total else ""
    drawn = f"[{'#' * full}{'-' * (BAR_WIDTH - full)}]"
    return f"{what} {drawn} {100 * share:.0f}% {done:,}/{total:,}, {rate:,.1f}/s{left}{remark}"


SHOW_SECONDS, BAR_WIDTH = 0.2, 20
"""Time between two drawings of a bar, and its columns."""


class Watch:
    """Adds the rate and the remaining time to progress reports."""

    def __init__(self) -> None:
        self.start = time.monotonic()

    def event(self, progress: Progress) -> dict[str, object]:
        """Return a progress event; ``remaining_seconds`` is None while it is unknown."""
        rate, remaining = self._estimate(progress)
        return {
            "event": "progress",
            "file": progress.file,
            "bytes_read": progress.bytes_read,
            "bytes_total": progress.bytes_total,
            "triples": progress.accepted,
            "rejected": progress.rejected,
            "triples_per_second": round(rate),
            "remaining_seconds": None if remaining is None else round(remaining, 1),
        }

    def line(self, progress: Progress) -> str:
        """Return the progress as one line of text."""
        rate, remaining = self._estimate(progress)
        share = f" ({100 * progress.bytes_read // progress.bytes_total}%)" if progress.bytes_total else ""
        left = "" if remaining is None else f", {_clock(remaining)} left"
        return (
            f"{progress.file}{share}: {progress.accepted:,} triples at {rate:,.0f}/s{left}, "
            f"{progress.rejected:,} rejected"
        )

    def _estimate(self, progress: Progress) -> tuple[float, float | None]:
        """Return statements per second, and the estimated remaining seconds."""
        passed = max(time.monotonic() - self.start, 1e-3)
        rate = progress.accepted / passed
        if not progress.bytes_total or not progress.bytes_read:
            return rate, None
        return rate, passed * (progress.bytes_total - progress.bytes_read) / progress.bytes_read


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"

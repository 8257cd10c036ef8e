"""Ctrl-C while a question is answered."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from clew.decoding.cancellation import Cancellation

NOTE = b"clew: stopping; Ctrl-C again ends it at once\n"


@contextmanager
def interruptible() -> Iterator[Cancellation]:
    """Yield a token that Ctrl-C sets, so that the question ends in order; pressed again, it interrupts the program."""
    cancellation = Cancellation()
    if threading.current_thread() is not threading.main_thread():  # only that one may handle signals
        yield cancellation
        return

    def interrupt(_signal: int, _frame: object) -> None:
        if cancellation.cancelled:
            raise KeyboardInterrupt
        cancellation.cancel()
        os.write(2, NOTE)  # a handler may run in the midst of a buffered write

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield cancellation
    finally:
        signal.signal(signal.SIGINT, before)

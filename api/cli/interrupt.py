"""Ctrl-C handling while a question is being answered."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from clew.decoding.cancellation import Cancellation

NOTE = b"clew: stopping; press Ctrl-C again to quit immediately\n"


@contextmanager
def interruptible() -> Iterator[Cancellation]:
    """Yield a cancellation token that Ctrl-C sets. A second Ctrl-C interrupts the program."""
    cancellation = Cancellation()
    if threading.current_thread() is not threading.main_thread():  # only the main thread may handle signals
        yield cancellation
        return

    def interrupt(_signal: int, _frame: object) -> None:
        if cancellation.cancelled:
            raise KeyboardInterrupt
        cancellation.cancel()
        os.write(2, NOTE)  # a handler may run during a buffered write

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield cancellation
    finally:
        signal.signal(signal.SIGINT, before)

"""Cancels a question when its client disconnects, or no longer wants it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
from fastapi import Request

from clew.decoding.cancellation import Cancellation
from clew.kg.errors import Cancelled

T = TypeVar("T")


async def while_connected(request: Request, work: Callable[[Cancellation], Awaitable[T]]) -> T:
    """Return the result of ``work``. Cancel it, and set its token, when the client closes the connection.

    A question that is still waiting leaves the queue. Raises the errors of ``work``, and ``Cancelled`` if the client
    disconnected.
    """
    cancellation = Cancellation()
    results: list[T] = []
    errors: list[Exception] = []  # a task group would wrap them

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        cancellation.cancel()
        tasks.cancel_scope.cancel()

    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(watch)
            try:
                results.append(await work(cancellation))
            except Exception as error:
                errors.append(error)
            tasks.cancel_scope.cancel()
        gone = cancellation.cancelled
    finally:
        cancellation.cancel()  # for example, the server stops: the thread must end, too
    if gone:
        raise Cancelled("the client closed the connection")
    if errors:
        raise errors[0]
    return results[0]


async def withdrawable(work: Callable[[Cancellation], Awaitable[T]]) -> T:
    """Return the result of ``work``. If the task is cancelled, set the token of the work, so that a thread that
    computes it ends, too. Raises the errors of ``work``."""
    cancellation = Cancellation()
    results: list[T] = []
    errors: list[Exception] = []  # a task group would wrap them

    async def watch() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            cancellation.cancel()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch)
        try:
            results.append(await work(cancellation))
        except Exception as error:
            errors.append(error)
        tasks.cancel_scope.cancel()
    if errors:
        raise errors[0]
    return results[0]

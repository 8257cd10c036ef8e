"""Errors of chat completions, in the form that OpenAI's clients read."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from clew.api.schema.chat import ChatError, ChatFailure
from clew.api.schema.problems import CODES, described
from clew.api.schema.server import Problem
from clew.kg.errors import ClewError

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Report = Callable[[Request, Exception], Coroutine[Any, Any, Response]]


def chat_error(problem: Problem) -> ChatError:
    """Return a problem in OpenAI's form."""
    kind = "invalid_request_error" if problem.status < 500 else "server_error"
    param = problem.errors[0]["field"].removeprefix("body.") if problem.errors else None
    return ChatError(error=ChatFailure(message=problem.detail, type=kind, param=param, code=problem.code))


def chat_responses() -> dict[int | str, dict[str, Any]]:
    """Return the descriptions of errors for the OpenAPI document."""
    codes = ", ".join(f"`{code}`" for code in sorted(CODES))
    return {
        status: {
            "description": f"{what}. Codes: {codes}.",
            "model": ChatError,
            "content": {"application/json": {"example": chat_error(described(code)).model_dump()}},
        }
        for status, what, code in (
            ("4XX", "The request is invalid", "unknown-graph"),
            ("5XX", "Clew failed", "overloaded"),
        )
    }


class ChatRoute(APIRoute):
    """A route whose errors are reported as everywhere, and then put into OpenAI's form."""

    def get_route_handler(self) -> Handler:
        """Return the handler of requests."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except (ClewError, RequestValidationError, HTTPException) as error:
                return await reported(request, error)

        return handle


async def reported(request: Request, error: Exception) -> Response:
    """Return what the application's handler of an error makes of it, in OpenAI's form."""
    handlers: dict[type[Exception], Report] = request.app.exception_handlers
    report = next(handlers[base] for base in type(error).__mro__ if base in handlers)
    told = await report(request, error)
    problem = Problem.model_validate_json(bytes(told.body))
    kept = {name: told.headers[name] for name in ("Retry-After", "WWW-Authenticate") if name in told.headers}
    body = chat_error(problem).model_dump_json()
    return Response(body, status_code=problem.status, media_type="application/json", headers=kept)

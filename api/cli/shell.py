"""``clew shell``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import click

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.api.cli.interrupt import interruptible
from clew.api.cli.root.compiling import compiling_told
from clew.api.model_settings import ModelChoice
from clew.api.schema.answer_text import answer_lines
from clew.api.threads import set_threads
from clew.kg.errors import BadInput, Cancelled, ClewError

if TYPE_CHECKING:
    from clew.api.shell.session import Session

HELP = """A question, in plain English; it may refer to the one before ("Who directed it?").
/graph [NAME]   show the graph, or ask another one
/topic [NAME]   show the last topic, or set it: what a question that names nothing is about
/forget         forget the questions and the topic
/json           print JSON, or text again
/help, /quit    this list; the end (also Ctrl-D)"""


@common.command("shell")
@common.default_graph_option
@common.history_option
@common.model_options
def command(console: Console, graph: str, keep_history: bool, choice: ModelChoice) -> None:
    """Ask one question after the other. The model is loaded once, and a question may refer to those before.

    Reads questions from standard input; /help lists the commands. With --json, each result is a line.
    """
    settings = console.settings.of(choice).recording(keep_history)
    set_threads(settings.model)
    console.note(f"Loading {graph} ...")
    from clew.api.service.service import Service
    from clew.api.shell.session import Session

    with closing(Service(settings)) as service:
        with compiling_told(console):
            session = Session(service, graph)
        shell = _Shell(console, session, lambda name: Session(service, name))
        console.note("Ask a question; /help lists commands, Ctrl-D ends.")
        for line in _lines():
            if not shell.read(line.strip()):
                break


class _Shell:
    def __init__(self, console: Console, session: Session, opened: Callable[[str], Session]) -> None:
        self._console, self._session, self._opened, self._json = console, session, opened, console.json

    def read(self, line: str) -> bool:
        """Do what a line says; return whether to go on."""
        if line in ("/quit", "/exit", "/q"):
            return False
        try:
            if line.startswith("/"):
                name, _, value = line.partition(" ")
                self._command(name, value.strip())
            elif line:
                self._ask(line)
        except ClewError as error:
            common.report(error, self._json)
        return True

    def _ask(self, question: str) -> None:
        with interruptible() as cancellation:
            try:
                reply = self._session.ask(question, cancellation)
            except Cancelled:
                self._console.print("cancelled")
                return
        if self._json:
            self._console.print_line(reply.result if reply.result is not None else {"unresolved": reply.unresolved})
            return
        if reply.about:
            self._console.print(f"({reply.about})", colour="cyan")
        stored = self._console.settings.keep_history
        lines = [reply.unresolved] if reply.result is None else answer_lines(reply.result, common.width(), stored)
        for line in lines:
            self._console.print(line)

    def _command(self, name: str, value: str) -> None:
        match name:
            case "/help":
                for line in HELP.splitlines():
                    self._console.print(line)
            case "/graph":
                self._session = self._opened(value) if value else self._session
                self._console.print(self._session.graph)
            case "/topic":
                if value:
                    self._session.take(value)
                self._console.print(self._session.topic[1] if self._session.topic else "no topic")
            case "/forget":
                self._session.forget()
            case "/json":
                self._json = not self._json
            case _:
                raise BadInput(f"there is no command {name}; /help lists them")


def _lines() -> Iterator[str]:
    """Yield the lines of standard input, with a prompt and editing on a terminal. Ctrl-C drops a line."""
    if not sys.stdin.isatty():
        yield from sys.stdin
        return
    with suppress(ImportError):
        import readline  # noqa: F401  # input() then edits lines, and keeps none after the end
    while True:
        try:
            yield input("clew> ")
        except KeyboardInterrupt:
            click.echo()
        except EOFError:
            click.echo()
            return

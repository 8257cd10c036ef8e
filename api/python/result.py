"""The result of a question in Python."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from clew.api.schema.answer_text import answer_lines, confidence_line, verified_line
from clew.api.schema.models import Answer, AskResult, LinkedEntity, Path, Reason, Status
from clew.api.schema.program_text import operators_line, value_lines
from clew.api.schema.text import inert
from clew.api.schema.thread_picture import thread_picture
from clew.kg.limits import MAX_DRAWN_ANSWERS, MAX_PRINTED_ANSWERS


class Result:
    """The answers to one question, with the paths that prove them. Iterates over the answers, best first.

    ``full`` is the complete result, with the same fields as ``clew ask --json``.
    """

    def __init__(self, full: AskResult, kept: bool) -> None:
        """``kept``: the answer is stored, so ``clew inspect`` can show its paths."""
        self.full, self._kept = full, kept

    @property
    def question(self) -> str:
        """The question."""
        return self.full.question

    @property
    def status(self) -> Status:
        """``answered``, ``partial`` (a limit was reached; answers may be missing), or why there is no answer."""
        return self.full.status

    @property
    def reason(self) -> Reason | None:
        """Why there is no answer, or why it is partial: a stable ``code`` and a ``message``."""
        return self.full.reason

    @property
    def answers(self) -> list[Answer]:
        """The answers, each with ``key``, ``label``, ``kind``, ``score`` and the ids of its paths."""
        return self.full.answers

    @property
    def labels(self) -> list[str]:
        """The labels of the answers."""
        return [answer.label for answer in self.full.answers]

    @property
    def paths(self) -> list[Path]:
        """The paths that prove the answers, in the order of the answers."""
        return self.full.paths

    @property
    def linked(self) -> list[LinkedEntity]:
        """The entities that the question may name. Paths start from those with ``topic``."""
        return self.full.linked

    @property
    def confidence(self) -> float:
        """The estimated probability that the best relation path answers the question."""
        return self.full.confidence

    @property
    def verified(self) -> bool:
        """Whether every edge of every path was found in the graph, or every operator of the program was done again.
        False if there are no paths and no program."""
        paths, steps = (all(proof.verified for proof in proofs) for proofs in (self.paths, self.full.steps))
        return bool(self.paths or self.full.steps) and paths and steps

    @property
    def value(self) -> bool | int | float | None:
        """The number of a count, a sum or an average, in ``unit``; the truth value of a yes-or-no question; else
        None."""
        return self.full.value

    @property
    def unit(self) -> str:
        """The unit of ``value``, or of the numbers of a table of groups; empty: none."""
        return self.full.unit

    @property
    def columns(self) -> list[str]:
        """The header of ``rows``."""
        return self.full.columns

    @property
    def rows(self) -> list[list[str]]:
        """The rows of a table, each a list of the texts of its cells; several values are joined by ``; ``."""
        return self.full.rows or []

    @property
    def program(self) -> str:
        """The program that answers in the place of paths, in post-order; empty: there is none."""
        return self.full.program

    @property
    def sparql(self) -> str:
        """The same question to the exported RDF; empty where there is none."""
        return self.full.sparql

    def proof(self, answer: Answer) -> list[Path]:
        """Return the paths that prove an answer of this result."""
        ids = set(answer.paths)
        return [path for path in self.paths if path.id in ids]

    def to_dict(self) -> dict[str, Any]:
        """Return the complete result as plain values, as ``clew ask --json`` prints it."""
        return self.full.model_dump(mode="json")

    def __iter__(self) -> Iterator[Answer]:
        """Iterate over the answers."""
        return iter(self.full.answers)

    def __len__(self) -> int:
        """Return the number of answers."""
        return len(self.full.answers)

    def __bool__(self) -> bool:
        """Return whether there are answers, a value (``False`` is one, too) or rows."""
        return bool(self.full.answers or self.full.rows) or self.full.value is not None

    def __str__(self) -> str:
        """Return the text that ``clew ask`` prints."""
        width = shutil.get_terminal_size((100, 24)).columns
        return "\n".join(inert(line) for line in answer_lines(self.full, width, self._kept))

    def __repr__(self) -> str:
        """Return the status and the answers on one line."""
        return inert(f"<Result {self.status}: {self._short() or (self.reason.message if self.reason else '')}>")

    def _repr_html_(self) -> str:
        """Return HTML for notebooks: the answers, and drawings of the first paths. Labels are escaped."""
        return f"<div>{''.join(self._html_parts())}</div>"

    def _short(self) -> str:
        if isinstance(self.value, bool):
            return "yes" if self.value else "no"
        if self.value is not None:
            return f"{self.value:,} {self.unit}".rstrip()
        if self.rows:
            return f"{len(self.rows):,} rows"
        return ", ".join(self.labels[:MAX_PRINTED_ANSWERS]) + ", ..." * (len(self) > MAX_PRINTED_ANSWERS)

    def _html_parts(self) -> Iterator[str]:
        if self.reason is not None:
            yield f"<p>{_text(self.reason.message)}</p>"
        if self.program:
            yield f"<pre>{_text_lines(value_lines(self.full))}</pre>"
            yield f"<p>{_text(f'Read as: {self.full.reading}')}</p>"
            yield f"<p>{_text(confidence_line(self.full))}<br>{_text(operators_line(self.full))}</p>"
            return
        if not self.answers:
            return
        names = [f"<b>{_text(label)}</b>" for label in self.labels[:MAX_PRINTED_ANSWERS]]
        yield f"<p>{', '.join(names)}{self._more()}</p>"
        paths = {path.id: path for path in self.paths}
        for answer in self.answers[:MAX_DRAWN_ANSWERS]:
            yield f'<div style="overflow-x:auto">{thread_picture(paths[answer.paths[0]])}</div>'
        yield f"<p>{_text(f'Read as: {self.full.reading}')}</p>"
        yield f"<p>{_text(confidence_line(self.full))}<br>{_text(verified_line(self.full))}</p>"

    def _more(self) -> str:
        return f" and {len(self) - MAX_PRINTED_ANSWERS} more" if len(self) > MAX_PRINTED_ANSWERS else ""


def _text_lines(lines: Iterable[str]) -> str:
    return "\n".join(map(_text, lines))


def _text(text: str) -> str:
    return escape(inert(text))

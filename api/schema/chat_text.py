"""Writes an answer as the text of a chat message: answers with their proof, or in plain words why there is none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clew.api.schema.answer_text import confidence_line, verified_line
from clew.api.schema.ask_result import AskResult
from clew.api.schema.chat import ChatProof
from clew.api.schema.program_text import operators_line, value_lines
from clew.api.schema.text import inert
from clew.api.schema.tool_results import PROVED
from clew.kg.limits import MAX_DRAWN_ANSWERS, MAX_PRINTED_ANSWERS

_MARKUP = re.compile(r"(?<=!)(?=\[)|(?<=\])(?=[(\[:])|(?=<[A-Za-z/!?])")
_TOKEN = re.compile(r"\w+|[^\w\s]")


def chat_text(proof: ChatProof, asked: str, result: AskResult | None) -> str:
    """Return the text. ``asked``: the question as the user wrote it; ``result``: None if it was not asked.

    Pages show such texts as Markdown: what would make an image, a link or HTML of a label is taken apart.
    """
    return "\n".join(_MARKUP.sub(r"\\", inert(line)) for line in _lines(proof, asked, result))


def num_tokens(text: str) -> int:
    """Return the number of words and punctuation marks."""
    return len(_TOKEN.findall(text))


def _lines(proof: ChatProof, asked: str, result: AskResult | None) -> Iterator[str]:
    if result is None:
        yield proof.unresolved or ""
        return
    for referent in proof.referents:
        yield f'Read "{referent.text}" as {referent.label}.'
    if not proof.referents and proof.question.strip() != asked.strip():
        yield f'Read as the question "{_plain(proof.question)}".'
    for fixed in result.corrected:
        yield f'Read "{fixed.text}" as "{fixed.label}".'
    if result.reason is not None:
        yield result.reason.message
    if result.status in PROVED:
        yield from _answer_lines(result)
    else:
        yield from _next_lines(result)


def _answer_lines(result: AskResult) -> Iterator[str]:
    if result.program:
        yield from value_lines(result)
        yield ""
        yield f"Read as: {result.reading}"
        yield f"Program: {result.program}"
        yield operators_line(result)
        yield confidence_line(result)
        return
    if not result.answers:
        return
    yield from (f"- {answer.label}" for answer in result.answers[:MAX_PRINTED_ANSWERS])
    if len(result.answers) > MAX_PRINTED_ANSWERS:
        yield f"... and {len(result.answers) - MAX_PRINTED_ANSWERS:,} more"
    paths = {path.id: path for path in result.paths}
    yield ""
    yield f"Read as: {result.reading}"
    if result.unread:
        yield "Not read: " + ", ".join(f'"{part.text}"' for part in result.unread)
    yield "Proof:"
    yield from (f"- {paths[answer.paths[0]].text}" for answer in result.answers[:MAX_DRAWN_ANSWERS])
    yield verified_line(result)
    yield confidence_line(result)


def _next_lines(result: AskResult) -> Iterator[str]:
    """Yield what a question that was declined was read as, and what can be asked."""
    for entity in result.ambiguous:
        classes = f" ({', '.join(entity.classes)})" if entity.classes else ""
        yield f"- {entity.label}{classes}: [{entity.key}]"
    if result.suggestions:
        yield "You could ask about: " + ", ".join(relation.label for relation in result.suggestions)


def _plain(question: str) -> str:
    return re.sub(r"[\[\]]", "", question)

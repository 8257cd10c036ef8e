"""MetaQA's format (Zhang et al. 2018, arXiv:1709.04071): ``question with [topic]<TAB>answer|answer``.

Gold chains stand in a file of their own, line by line: ``actor_to_movie_to_director`` (MetaQA's names of node types),
or relation names in walking order separated by ``|``, ``->`` or white space, an inverse one marked ``^name``.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from clew.evaluation.questions.question import Gold, Question
from clew.kg.errors import BadFile, BadLine

_BRACKETS = re.compile(r"\[([^\[\]]+)\]")

_RELATION_OF = {
    "actor": "starred_actors",
    "director": "directed_by",
    "writer": "written_by",
    "year": "release_year",
    "genre": "has_genre",
    "tag": "has_tags",
    "tags": "has_tags",
    "language": "in_language",
    "imdbrating": "has_imdb_rating",
    "imdbvotes": "has_imdb_votes",
}
"""The relation between a film and each of MetaQA's other node types."""


def parse(file: str, lines: list[tuple[int, str]]) -> list[Question]:
    """Return one question per line. A line with nothing after its tab is a question without an answer."""
    return [_question(file, number, line) for number, line in lines]


def _question(file: str, number: int, line: str) -> Question:
    asked, tab, answers = line.partition("\t")
    if not tab:
        raise BadLine(file, number, "no tab between the question and its answers", line[:80])
    if "\t" in answers:
        raise BadLine(file, number, "more than one tab", line[:80])
    text = _BRACKETS.sub(r"\1", asked).strip()
    if not text:
        raise BadLine(file, number, "no question before the tab", line[:80])
    gold = tuple(Gold(label=answer.strip()) for answer in dict.fromkeys(answers.split("|")) if answer.strip())
    topics = tuple(topic.strip() for topic in _BRACKETS.findall(asked))
    return Question(text=text, answers=gold, topics=topics, answerable=bool(gold), number=number)


def with_chains(questions: list[Question], file: str, lines: list[tuple[int, str]]) -> list[Question]:
    """Return the questions with the gold chains of a chains file, matched line by line."""
    if len(lines) != len(questions):
        raise BadFile(f"{file}: {len(lines)} chains for {len(questions)} questions")
    paired = []
    for question, (number, line) in zip(questions, lines, strict=True):
        chain = parse_chain(file, number, line)
        paired.append(replace(question, chain=chain, hops=len(chain)))
    return paired


def parse_chain(file: str, number: int, line: str) -> tuple[str, ...]:
    """Return a chain's relation names in walking order, an inverse one with a leading ``^``."""
    text = line.strip()
    kinds = text.split("_to_")
    if len(kinds) > 1 and all(kind == "movie" or kind in _RELATION_OF for kind in kinds):
        return tuple(_between(file, number, *pair) for pair in pairwise(kinds))
    return tuple(part.strip() for part in re.split(r"\s*(?:\||->)\s*|\s+", text) if part.strip())


def _between(file: str, number: int, head: str, tail: str) -> str:
    """Return the relation walked from a node of one of MetaQA's types to one of another."""
    if head == "movie" and tail in _RELATION_OF:
        return _RELATION_OF[tail]
    if tail == "movie" and head in _RELATION_OF:
        return f"^{_RELATION_OF[head]}"
    raise BadLine(file, number, f"there is no relation from {head} to {tail}")

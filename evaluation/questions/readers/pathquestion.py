"""PathQuestion's format (Zhou et al. 2018, arXiv:1801.04726): ``question<TAB>answer(answer/answer/)<TAB>path``.

The path is ``topic#relation#node#relation#answer#<end>#answer``, every relation walked forward.
"""

from __future__ import annotations

from clew.evaluation.questions.question import Gold, Question
from clew.kg.errors import BadLine


def parse(file: str, lines: list[tuple[int, str]]) -> list[Question]:
    """Return one question per line. Raises ``BadLine`` for the first line that is not in the format."""
    return [_question(file, number, line) for number, line in lines]


def _question(file: str, number: int, line: str) -> Question:
    parts = [part.strip() for part in line.split("\t")]
    if len(parts) != 3 or not all(parts):
        raise BadLine(file, number, "expected question, answers and path, separated by tabs", line[:80])
    text, answers, path = parts
    steps = path.partition("#<end>#")[0].split("#")
    if len(steps) < 3 or len(steps) % 2 == 0 or not all(steps):
        raise BadLine(file, number, "the path must have the form topic#relation#node#...", path[:80])
    chain = tuple(steps[1::2])
    gold = tuple(Gold(label=answer) for answer in _answers(answers))
    return Question(text, gold, (steps[0],), chain, len(chain), True, number)


def _answers(text: str) -> list[str]:
    """Return the answers of ``one(one/another/)``: the first is repeated, and may itself hold a bracket."""
    if text.endswith(")"):
        for at in (i for i, character in enumerate(text) if character == "("):
            listed = [one for one in text[at + 1 : -1].split("/") if one]
            if text[:at] in listed:
                return list(dict.fromkeys(listed))
    return [text]

"""Rows made up for the tests."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.training.questions.pool import RelationPool
from clew.training.questions.rows import QuestionRow, read_rows

PATHS = {
    "ferry/route/harbour": "where does the {x} ferry leave from",
    "ferry/harbour/routes": "which ferries leave {x}",
    "ferry/route/captained_by": "who's captain on the {x} line",
    "ferry/harbour/harbour_master": "who is harbour master of {x}",
    "orchard/orchard/grown_varieties": "what apples does {x} grow",
    "orchard/variety/parent_varieties": "which apple was {x} bred from",
    "people/beekeeper/country_of_birth": "what country was beekeeper {x} born in",
    "people/beekeeper/hive_s": "how many hives has {x}?",
    "hive owner": "who owns hive {x}",
    "altitude": "how high is {x} above the sea",
    "^hive owner": "which hive is {x}'s",
    "pollinated by": "what pollinates {x}",
}
MEDIATED = ["people/beekeeper/awards", "honey/award_given/prize"]


def lines() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for at, (name, wording) in enumerate(PATHS.items()):
        for number in range(3):
            mention = f"Skerry {number}"
            source = "made-elsewhere" if at % 5 == 4 else "made"
            found.append(
                {"question": wording.replace("{x}", mention), "mention": mention, "path": [name], "source": source}
            )
    found.append({"question": "what did Ole Bi win", "mention": "Ole Bi", "path": MEDIATED, "source": "made"})
    return found


def rows(folder: Path) -> tuple[QuestionRow, ...]:
    return read_rows(written(folder / "rows.jsonl"))


def written(file: Path) -> Path:
    file.write_text("".join(json.dumps(line) + "\n" for line in lines()), encoding="utf-8")
    return file


def spelled(texts: object) -> NDArray[np.float32]:
    """Unit vectors of texts by their letters: alike where the words are."""
    found = np.zeros((len(list(texts)), 26 * 26), np.float32)  # type: ignore[call-overload]
    for at, text in enumerate(texts):  # type: ignore[arg-type, var-annotated]
        letters = [ord(letter) - 97 for letter in text if letter.isascii() and letter.islower()]
        for one, other in itertools.pairwise(letters):
            found[at, 26 * one + other] += 1
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-6)


def pool(folder: Path) -> RelationPool:
    return RelationPool(rows(folder), spelled)

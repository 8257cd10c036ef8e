"""The stages of answering, any of which time may run out in."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """What was under way when time ran out."""

    LINKING = "linking"
    SEARCHING = "searching"
    GATHERING = "gathering"
    READING = "reading"
    PROVING = "proving"

    @property
    def text(self) -> str:
        """A phrase for people, to follow "while"."""
        return _TEXTS[self]


_TEXTS = {
    Stage.LINKING: "looking for entities of the graph in the question",
    Stage.SEARCHING: "searching for paths",
    Stage.GATHERING: "gathering the answers",
    Stage.READING: "comparing the question with the answers",
    Stage.PROVING: "checking the proofs",
}

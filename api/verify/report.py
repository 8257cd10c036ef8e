"""What came of checking saved results: which hold, and why the others do not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from clew.api.schema.ask_result import AskResult
from clew.api.verify.answer_check import CheckedAnswer, check_answer
from clew.api.verify.documents import SavedResult
from clew.kg.errors import UnknownVersion, VerificationFailed
from clew.kg.graph.graph import Graph

NOTHING = CheckedAnswer()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a saved result holds. ``fault``: why not; empty: it holds."""

    question: str
    graph: str = ""
    version: str = ""
    fault: str = ""
    checked: CheckedAnswer = NOTHING

    @property
    def holds(self) -> bool:
        """Whether everything that it states of the graph is there."""
        return not self.fault

    @property
    def text(self) -> str:
        """What is said of it, on one line."""
        checked = self.checked
        if self.fault:
            said = f"REFUSED: {self.fault}"
        elif checked.operators:
            said = f"holds: {checked.operators} operators done again, {checked.answers} in the value"
        elif checked.answers:
            said = f"holds: {checked.answers} answers, none missing or added; {checked.edges} edges looked up"
        else:
            said = "holds: the question was declined, and nothing is stated"
        return " ".join(part for part in (self.graph, self.version, f"{self.question!r}:", said) if part)

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return {
            "question": self.question,
            "graph": self.graph,
            "version": self.version,
            "holds": self.holds,
            "fault": self.fault or None,
            **asdict(self.checked),
        }


def verdicts(
    saved: Sequence[SavedResult],
    opened: Callable[[AskResult], Graph],
    sources: bool = True,
    any_version: bool = False,
) -> list[Verdict]:
    """Check results; ``opened`` gives the graph for one, or raises ``UnknownVersion``. See ``check_answer``."""
    return [_verdict(each, opened, sources, any_version) for each in saved]


def _verdict(saved: SavedResult, opened: Callable[[AskResult], Graph], sources: bool, any_version: bool) -> Verdict:
    result = saved.result
    if result is None:
        return Verdict(saved.question, fault=saved.fault)
    try:
        checked = check_answer(opened(result), result, sources, any_version)
    except (UnknownVersion, VerificationFailed) as error:
        return Verdict(result.question, result.graph, result.version, fault=str(error))
    return Verdict(result.question, result.graph, result.version, checked=checked)

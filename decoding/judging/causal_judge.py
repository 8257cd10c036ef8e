"""A causal LM as a ``Judge``: how much of a path's surprise a question explains.

Domain-conditional pointwise mutual information (Holtzman et al. 2021, arXiv 2104.08315, section 3) is
log P(path | prompt with the question) - log P(path | the same prompt with the question blanked). What a label is likely
to be anyway, because it is short or common, falls out. Departure: it is divided by -log P(path | blanked), at least
``LEAST_SURPRISE``, as normalised mutual information divides by entropy; else long and rare paths, of which there is
more to explain, win. The score is at most 1: the question explains the path wholly.

A question costs two forwards: one reads what both prompts begin with, the other reads both rests and every path below
each of them, as one tree.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np

from clew.decoding.causal.markers import line_token, model_name
from clew.decoding.causal.shared_model import SharedModel, Task
from clew.decoding.causal.token_model import TokenModel
from clew.decoding.causal.token_tree import TokenTree
from clew.decoding.judging.judge import PathChoices, PathScores
from clew.decoding.language_model import Float32, Score
from clew.decoding.reasoner import Bounds
from clew.decoding.search.port import Budget, Diagnostics, Forward
from clew.decoding.search.scheduler import Job
from clew.decoding.text.prompt import Prompter, Template
from clew.kg import limits
from clew.kg.errors import LimitReached

LEAST_SURPRISE = 1.0
"""Nats by which a score is divided at least: what is certain anyway explains nothing."""
BLANK = ""
"""What stands in the place of the question in the prompt whose score is subtracted."""


class CausalJudge:
    """Judges paths with a causal LM. Safe for threads: questions asked at the same time share forwards."""

    def __init__(self, lm: TokenModel, template: str = "path-judgement.v1", shared: SharedModel | None = None) -> None:
        """``shared``: what runs the model already, where something else uses it, too."""
        self.name = f"causal-lm:{model_name(lm)}"
        self._template, self._prompter = Template.load(template), Prompter(lm.tokenizer)
        chat = bool(getattr(lm.tokenizer, "chat_template", None))
        self._end = int(lm.tokenizer.eos_token_id) if chat else line_token(lm, "")
        self._shared = shared or SharedModel(lm)
        lm.pin(shared_prefix(*(self.prompt(PathChoices("Who?", "X", ((label,),))) for label in ("a", "of"))))

    @property
    def fingerprint(self) -> str:
        """The prompt."""
        return self._template.name

    def judge(self, choices: Sequence[PathChoices], bounds: Sequence[Bounds]) -> list[PathScores]:
        """Score the paths of several questions; see ``Judge.judge``."""
        return self._shared.run([_Judging(self, *pair) for pair in zip(choices, bounds, strict=True)])

    def prompt(self, choices: PathChoices, question: str | None = None) -> list[int]:
        """Return the tokens of the prompt up to where a path begins, with another question if one is given.

        Raises:
            LimitReached: it is longer than ``limits.MAX_JUDGE_PROMPT_TOKENS``.
        """
        relations = sorted({label for path in choices.paths for label in path})
        asked = choices.question if question is None else question
        text = self._prompter.text(self._template, question=asked, topic=choices.topic, relations=", ".join(relations))
        found = self._prompter.ids(text)
        if len(found) > limits.MAX_JUDGE_PROMPT_TOKENS:
            raise LimitReached(f"the judge's prompt has {len(found)} tokens, over {limits.MAX_JUDGE_PROMPT_TOKENS}")
        return found

    def path(self, labels: Sequence[str]) -> list[int]:
        """Return the tokens of a path with its end."""
        return [*self._prompter.data_ids(" " + " -> ".join(labels)), self._end]


def explained(asked: Float32, blank: Float32) -> float:
    """Return the score of a path from the log-probabilities of its tokens after the question, and after the blank."""
    return float((asked.sum() - blank.sum()) / max(LEAST_SURPRISE, -float(blank.sum())))


@dataclass(frozen=True, slots=True)
class _Scored:
    """What a judging ends with: the log-probability of each token of each branch; None: it was stopped before."""

    log_probs: list[Float32] | None
    diagnostics: Diagnostics


class _Judging(Task[PathScores]):
    """One question on its way through the model."""

    def __init__(self, judge: CausalJudge, choices: PathChoices, bounds: Bounds) -> None:
        super().__init__()
        self._judge, self._choices, self._bounds = judge, choices, bounds
        self._budget = Budget(deadline=bounds.deadline, cancelled=lambda: bounds.cancelled)

    @property
    def cancelled(self) -> bool:
        """Whether nobody wants it any more, or its time is up."""
        return self._budget.stopped()

    def withdrawn(self) -> PathScores:
        """Return that nothing was scored."""
        return PathScores((), partial=True)

    def open(self) -> None:
        """Make both prompts, and keep what they share."""
        asked, blank = self._judge.prompt(self._choices), self._judge.prompt(self._choices, BLANK)
        self.prompt = shared_prefix(asked, blank)
        self._rests = asked[len(self.prompt) :], blank[len(self.prompt) :]

    def job(self, context: TokenTree) -> Job[_Scored]:
        """Return the run over the rests of both prompts with every path below each."""
        return Job(self._steps(), context, Score.CONDITIONAL)

    def _steps(self) -> Generator[Forward, Float32, _Scored]:
        if self._budget.stopped():
            return _Scored(None, Diagnostics())
        tree = _Branches()
        paths = [self._judge.path(labels) for labels in self._choices.paths]
        rows = [tree.below(tree.add(0, rest), path) for rest in self._rests for path in paths]
        forward, places = tree.forward(rows)
        reply = yield forward
        spent = Diagnostics(forwards=1, tokens=len(forward.tokens), scored=len(forward.targets))
        return _Scored([reply[some] for some in places], spent)

    def conclude(self, outcome: _Scored) -> PathScores:
        """Return the scores."""
        if outcome.log_probs is None:
            return self.withdrawn()
        spent = outcome.diagnostics
        cost = {"forwards": spent.forwards + 1.0, "tokens": float(spent.tokens + len(self.prompt))}
        found = outcome.log_probs
        pairs = zip(found[: len(found) // 2], found[len(found) // 2 :], strict=True)
        return PathScores(tuple(explained(*pair) for pair in pairs), cost=cost)


class _Branches:
    """Tokens below the end of a prompt (node 0), each prefix once."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[int, int], int] = {}

    def add(self, node: int, tokens: Sequence[int]) -> int:
        """Return the node that tokens below another one end at."""
        for token in tokens:
            node = self._nodes.setdefault((node, token), len(self._nodes) + 1)
        return node

    def below(self, node: int, path: Sequence[int]) -> list[tuple[int, int]]:
        """Add a path, its last token left out (nothing follows it); return each token with the node that it follows."""
        found = []
        for token in path:
            found.append((node, token))
            if len(found) < len(path):
                node = self.add(node, [token])
        return found

    def forward(self, rows: Sequence[Sequence[tuple[int, int]]]) -> tuple[Forward, list[np.ndarray]]:
        """Return the forward that reads all nodes and scores the rows' tokens, and each row's places in the reply."""
        wanted = sorted({pair for row in rows for pair in row})
        place = {pair: at for at, pair in enumerate(wanted)}
        nodes, counts = np.unique([node for node, _ in wanted], return_counts=True)
        forward = Forward(
            np.array([parent for parent, _ in self._nodes], np.int64),
            np.array([token for _, token in self._nodes], np.int32),
            nodes.astype(np.int64),
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            np.array([token for _, token in wanted], np.int32),
        )
        return forward, [np.array([place[pair] for pair in row], np.int64) for row in rows]


def shared_prefix(one: Sequence[int], other: Sequence[int]) -> list[int]:
    """Return what two prompts begin with, at least one token."""
    same = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return list(one[: max(1, min(same, len(one) - 1, len(other) - 1))])

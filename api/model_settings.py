"""Settings of models other than the embedded one, and their environment variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from clew.decoding.remote.guide import Guide
from clew.decoding.text.text_writer import Evidence
from clew.kg.errors import BadInput

REMOTE = "openai:"
"""Prefix of the name of a model of a remote engine: ``openai:http://localhost:8000/v1#MODEL``."""

E = TypeVar("E", bound=StrEnum)


class LayoutName(StrEnum):
    """What a causal LM generates."""

    RELATIONS = "relations"
    """Relation paths."""
    ENTITIES = "entities"
    """Alternating relations and entities, with inverse relations."""
    GCR = "gcr"
    """The format of the published checkpoints of graph-constrained reasoning: stored directions only."""


PROMPT_KEY = "clew_prompt"
"""Under which the tokenizer of a trained model says with which prompt it was trained."""


class PromptName(StrEnum):
    """The prompt before a relation path that a causal LM generates."""

    AUTO = "auto"
    """That which ``clew train --model`` trained the model with; ``listed`` for any other model."""
    LISTED = "listed"
    """Examples, and the relations that the question may be about."""
    PLAIN = "plain"
    """The question alone, as for models that ``clew train --model`` trained."""


class ReasoningMode(StrEnum):
    """How a causal LM reasons."""

    PATHS = "paths"
    """Relation paths, with the search that ``SearchMethod`` names."""
    CHAINS = "chains"
    """Branching chains of triples with thoughts between them (DoG)."""
    JUDGE = "judge"
    """The embedded model proposes relation paths, and the causal LM judges them."""


class ShapingName(StrEnum):
    """Shapers for a causal LM."""

    NONE = "none"
    PRIOR = "prior"
    """A prior from the similarity of each relation to the question."""
    EXAMPLES = "examples"
    """The nearest example questions (kNN-LM)."""


class SearchMethod(StrEnum):
    """Searches for the best paths of a causal LM."""

    BEST_FIRST = "best-first"
    """Exact, with a certificate."""
    BEAM = "beam"
    """The ten best prefixes at each token."""
    DIVERSE_BEAM = "diverse-beam"
    """Ten beams that avoid each other's tokens."""
    ONE_PASS = "one-pass"
    """All paths with their exact probabilities, if there are few."""
    SAMPLING = "sampling"
    """The most probable of randomly drawn paths."""


class Scoring(StrEnum):
    """What the path probability of a causal LM is relative to."""

    LOCAL = "local"
    """The tokens allowed at each step."""
    CONDITIONAL = "conditional"
    """The whole vocabulary: the ranking of the model's own distribution, conditioned on paths."""


class Attention(StrEnum):
    """Attention implementations that support tree masks."""

    SDPA = "sdpa"
    EAGER = "eager"


class Quantisation(StrEnum):
    """Quantised weights (bitsandbytes)."""

    NONE = "none"
    INT8 = "8bit"
    INT4 = "4bit"


class DType(StrEnum):
    """Data types of the weights."""

    AUTO = "auto"
    """The data type of the checkpoint."""
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Settings of models other than the embedded one.

    ``api_key``, ``guide``: of a remote engine. ``weight``: exponent of the prior, or share of the neighbours (None: the
    default of the shaper). ``examples``: a table of question, topic and relation path. ``evidence``: format of the
    triples for a model that writes an explanation.
    """

    api_key: str = field(default="", repr=False)
    guide: Guide = Guide.CHOICE
    layout: LayoutName = LayoutName.RELATIONS
    prompt: PromptName = PromptName.AUTO
    reasoning: ReasoningMode = ReasoningMode.PATHS
    shaping: ShapingName = ShapingName.NONE
    weight: float | None = None
    examples: Path | None = None
    search: SearchMethod = SearchMethod.BEST_FIRST
    score: Scoring = Scoring.LOCAL
    evidence: Evidence = Evidence.TRIPLES
    dtype: DType = DType.AUTO
    attention: Attention = Attention.SDPA
    quantisation: Quantisation = Quantisation.NONE

    def __post_init__(self) -> None:
        if self.shaping is ShapingName.EXAMPLES and self.examples is None:
            raise BadInput("CLEW_SHAPING=examples needs a table of examples: set CLEW_EXAMPLES")
        if self.shaping is not ShapingName.NONE and self.layout is not LayoutName.RELATIONS:
            raise BadInput("CLEW_SHAPING needs CLEW_LAYOUT=relations")
        if self.reasoning is ReasoningMode.JUDGE and self.layout is not LayoutName.RELATIONS:
            raise BadInput("CLEW_LAYOUT has no effect on a judge; set CLEW_LAYOUT=relations")
        if self.reasoning is not ReasoningMode.PATHS:
            self._check_paths_only()
        if self.shaping is ShapingName.EXAMPLES and self.weight is not None and not 0 < self.weight < 1:
            raise BadInput("with CLEW_SHAPING=examples, CLEW_SHAPING_WEIGHT must be between 0 and 1")
        if self.weight is not None and not 0 <= self.weight <= 100:
            raise BadInput("CLEW_SHAPING_WEIGHT must be a number from 0 to 100")

    def _check_paths_only(self) -> None:
        """Raise ``BadInput`` for a setting that only a causal LM that generates paths has."""
        what = "chains" if self.reasoning is ReasoningMode.CHAINS else "a judge"
        if self.shaping is not ShapingName.NONE:
            raise BadInput(f"CLEW_SHAPING has no effect on {what}; set CLEW_REASONING=paths, or CLEW_SHAPING=none")
        if self.search is not SearchMethod.BEST_FIRST:
            raise BadInput(f"CLEW_SEARCH has no effect on {what}; set CLEW_REASONING=paths")
        if self.score is not Scoring.LOCAL:
            raise BadInput(f"CLEW_SCORE has no effect on {what}; set CLEW_REASONING=paths")


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """The model options of a command. None: use the environment."""

    model: str | None = None
    fallback: str | None = None
    reasoning: ReasoningMode | None = None
    search: SearchMethod | None = None
    score: Scoring | None = None
    evidence: Evidence | None = None

    def on(self, settings: ModelSettings) -> ModelSettings:
        """Return the settings with these options. Raises ``BadInput`` for an invalid combination."""
        return replace(
            settings,
            reasoning=self.reasoning or settings.reasoning,
            search=self.search or settings.search,
            score=self.score or settings.score,
            evidence=self.evidence or settings.evidence,
        )


def load(env: Mapping[str, str]) -> ModelSettings:
    """Return the settings. Raises ``BadInput`` for an environment variable that cannot be read.

    ``CLEW_API_KEY``, ``CLEW_GUIDE``, ``CLEW_LAYOUT``, ``CLEW_PROMPT``, ``CLEW_REASONING``, ``CLEW_SHAPING``,
    ``CLEW_SHAPING_WEIGHT``, ``CLEW_EXAMPLES``, ``CLEW_SEARCH``, ``CLEW_SCORE``, ``CLEW_EVIDENCE``, ``CLEW_DTYPE``,
    ``CLEW_ATTENTION``, ``CLEW_QUANTISATION``.
    """
    examples = env.get("CLEW_EXAMPLES")
    return ModelSettings(
        api_key=env.get("CLEW_API_KEY", ""),
        guide=_one_of(env, "CLEW_GUIDE", Guide.CHOICE),
        layout=_one_of(env, "CLEW_LAYOUT", LayoutName.RELATIONS),
        prompt=_one_of(env, "CLEW_PROMPT", PromptName.AUTO),
        reasoning=_one_of(env, "CLEW_REASONING", ReasoningMode.PATHS),
        shaping=_one_of(env, "CLEW_SHAPING", ShapingName.NONE),
        weight=_number(env, "CLEW_SHAPING_WEIGHT"),
        examples=Path(examples).expanduser() if examples else None,
        search=_one_of(env, "CLEW_SEARCH", SearchMethod.BEST_FIRST),
        score=_one_of(env, "CLEW_SCORE", Scoring.LOCAL),
        evidence=_one_of(env, "CLEW_EVIDENCE", Evidence.TRIPLES),
        dtype=_one_of(env, "CLEW_DTYPE", DType.AUTO),
        attention=_one_of(env, "CLEW_ATTENTION", Attention.SDPA),
        quantisation=_one_of(env, "CLEW_QUANTISATION", Quantisation.NONE),
    )


def member_of(kind: type[E], name: str, text: str) -> E:
    """Return the member. Raises ``BadInput`` that lists the members for another text."""
    if text not in [str(member) for member in kind]:
        raise BadInput(f"{name} must be one of {', '.join(kind)}, not {text!r}")
    return kind(text)


def _one_of(env: Mapping[str, str], name: str, default: E) -> E:
    return member_of(type(default), name, env.get(name) or default.value)


def _number(env: Mapping[str, str], name: str) -> float | None:
    text = env.get(name)
    if not text:
        return None
    try:
        return float(text)
    except ValueError as error:
        raise BadInput(f"{name} must be a number, not {text!r}") from error

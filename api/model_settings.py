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
"""How the name of a model of a remote engine begins: ``openai:http://localhost:8000/v1#MODEL``."""

E = TypeVar("E", bound=StrEnum)


class Layout(StrEnum):
    """What a causal LM spells."""

    RELATIONS = "relations"
    """Relation paths."""
    ENTITIES = "entities"
    """Relations and entities in turn, inverse edges included."""
    GCR = "gcr"
    """As the published checkpoints of graph-constrained reasoning were trained: stored directions only."""


class ReasoningMode(StrEnum):
    """How a causal LM reasons."""

    PATHS = "paths"
    """One path at a time, searched exactly."""
    CHAINS = "chains"
    """Chains of triples that branch, with thoughts between (DoG)."""


class Shaping(StrEnum):
    """What weighs in beside a causal LM."""

    NONE = "none"
    PRIOR = "prior"
    """How near each relation is to the question in meaning."""
    EXAMPLES = "examples"
    """The nearest of example questions (kNN-LM)."""


class SearchMethod(StrEnum):
    """How a causal LM's best paths are looked for."""

    BEST_FIRST = "best-first"
    """Exactly, with a certificate."""
    BEAM = "beam"
    """The ten best prefixes at a time, token by token."""
    DIVERSE_BEAM = "diverse-beam"
    """Ten beams that avoid each other's tokens."""
    ONE_PASS = "one-pass"
    """All paths, each with its exact probability, where there are few."""
    SAMPLING = "sampling"
    """The likeliest of those that are drawn at random."""


class Scoring(StrEnum):
    """What a causal LM's probability of a path is relative to."""

    LOCAL = "local"
    """The tokens that the constraint allows, at each step."""
    CONDITIONAL = "conditional"
    """The model's whole vocabulary: paths rank as the model would rank them if it could only say paths."""


class Attention(StrEnum):
    """Attention implementations that take the mask of a tree."""

    SDPA = "sdpa"
    EAGER = "eager"


class Quantisation(StrEnum):
    """Weights in fewer bits, by bitsandbytes."""

    NONE = "none"
    INT8 = "8bit"
    INT4 = "4bit"


class DType(StrEnum):
    """The type of the weights."""

    AUTO = "auto"
    """The checkpoint's."""
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """``api_key``, ``guide``: of a remote engine. ``weight``: a prior's exponent, or the neighbours' share (None: the
    method's own default). ``examples``: a table of question, topic and relation path. ``evidence``: how a model that
    tells an answer is shown the triples."""

    api_key: str = field(default="", repr=False)
    guide: Guide = Guide.CHOICE
    layout: Layout = Layout.RELATIONS
    reasoning: ReasoningMode = ReasoningMode.PATHS
    shaping: Shaping = Shaping.NONE
    weight: float | None = None
    examples: Path | None = None
    search: SearchMethod = SearchMethod.BEST_FIRST
    score: Scoring = Scoring.LOCAL
    evidence: Evidence = Evidence.TRIPLES
    dtype: DType = DType.AUTO
    attention: Attention = Attention.SDPA
    quantisation: Quantisation = Quantisation.NONE

    def __post_init__(self) -> None:
        if self.shaping is Shaping.EXAMPLES and self.examples is None:
            raise BadInput("CLEW_SHAPING=examples needs a table of examples: set CLEW_EXAMPLES")
        if self.shaping is not Shaping.NONE and self.layout is not Layout.RELATIONS:
            raise BadInput("CLEW_SHAPING needs CLEW_LAYOUT=relations")
        if self.reasoning is ReasoningMode.CHAINS and self.shaping is not Shaping.NONE:
            raise BadInput("CLEW_SHAPING has no effect on chains; set CLEW_REASONING=paths, or CLEW_SHAPING=none")
        if self.reasoning is ReasoningMode.CHAINS and self.search is not SearchMethod.BEST_FIRST:
            raise BadInput("CLEW_SEARCH has no effect on chains; set CLEW_REASONING=paths")
        if self.reasoning is ReasoningMode.CHAINS and self.score is not Scoring.LOCAL:
            raise BadInput("CLEW_SCORE has no effect on chains; set CLEW_REASONING=paths")
        if self.shaping is Shaping.EXAMPLES and self.weight is not None and not 0 < self.weight < 1:
            raise BadInput("with CLEW_SHAPING=examples, CLEW_SHAPING_WEIGHT must be between 0 and 1")
        if self.weight is not None and not 0 <= self.weight <= 100:
            raise BadInput("CLEW_SHAPING_WEIGHT must be a number from 0 to 100")


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """What a command's options say of the model; None: what the environment says."""

    model: str | None = None
    reasoning: ReasoningMode | None = None
    search: SearchMethod | None = None
    score: Scoring | None = None
    evidence: Evidence | None = None

    def on(self, settings: ModelSettings) -> ModelSettings:
        """Return the settings with what is chosen. Raises ``BadInput`` where that does not go together."""
        return replace(
            settings,
            reasoning=self.reasoning or settings.reasoning,
            search=self.search or settings.search,
            score=self.score or settings.score,
            evidence=self.evidence or settings.evidence,
        )


def load(env: Mapping[str, str]) -> ModelSettings:
    """Return the settings. Raises ``BadInput`` for an environment variable that cannot be read.

    ``CLEW_API_KEY``, ``CLEW_GUIDE``, ``CLEW_LAYOUT``, ``CLEW_REASONING``, ``CLEW_SHAPING``,
    ``CLEW_SHAPING_WEIGHT``, ``CLEW_EXAMPLES``, ``CLEW_SEARCH``, ``CLEW_SCORE``, ``CLEW_EVIDENCE``, ``CLEW_DTYPE``,
    ``CLEW_ATTENTION``, ``CLEW_QUANTISATION``.
    """
    examples = env.get("CLEW_EXAMPLES")
    return ModelSettings(
        api_key=env.get("CLEW_API_KEY", ""),
        guide=_one_of(env, "CLEW_GUIDE", Guide.CHOICE),
        layout=_one_of(env, "CLEW_LAYOUT", Layout.RELATIONS),
        reasoning=_one_of(env, "CLEW_REASONING", ReasoningMode.PATHS),
        shaping=_one_of(env, "CLEW_SHAPING", Shaping.NONE),
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

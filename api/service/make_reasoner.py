"""Creates the reasoner for models other than the embedded one, according to the settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from clew.api.model_settings import (
    PROMPT_KEY,
    REMOTE,
    LayoutName,
    ModelSettings,
    PromptName,
    Quantisation,
    ReasoningMode,
    Scoring,
    SearchMethod,
    ShapingName,
)
from clew.api.settings import Settings
from clew.kg.errors import BadInput, ModelUnavailable

if TYPE_CHECKING:
    from clew.decoding.causal.token_model import TokenModel
    from clew.decoding.reasoner import Reasoner
    from clew.decoding.search.port import Search
    from clew.decoding.token.layout import Indexed, Layout
    from clew.decoding.token.listing import RelationListing
    from clew.decoding.token.prior import RelationPrior
    from clew.decoding.token.shaping import Shaping as ShapingPort
    from clew.kg.graph.graph import Graph

Prior = Callable[["Graph"], "RelationPrior"]


def other_reasoner(settings: Settings, prior: Prior, index: Indexed, embedded: Callable[[], Reasoner]) -> Reasoner:
    """Load a causal LM, or reach for a remote engine. ``prior(graph)`` scores a graph's relations for a question;
    ``index`` is where token indices come from; ``embedded()`` is the model whose paths are judged.

    Raises ``BadInput`` (an address without a model, a combination that cannot be) and ``ModelUnavailable``.
    """
    if settings.model.startswith(REMOTE):
        return _remote(settings.model, settings.of_model)
    return reasoner_over(load(settings), settings.of_model, prior, index, embedded)


def with_fallback(settings: Settings, first: Reasoner, prior: Prior, index: Indexed) -> Reasoner:
    """Return the embedded model, with the model that the settings name as fallback behind it where they name one."""
    if settings.fallback is None:
        return first
    from clew.decoding.judging.fallback import FallbackReasoner

    second = other_reasoner(replace(settings, model=settings.fallback, fallback=None), prior, index, lambda: first)
    return FallbackReasoner(first, second, settings.threshold)


def reasoner_over(
    lm: TokenModel, of_model: ModelSettings, prior: Prior, index: Indexed, embedded: Callable[[], Reasoner]
) -> Reasoner:
    """Return the reasoner over a loaded causal LM; parameters as for ``other_reasoner``."""
    if of_model.reasoning is ReasoningMode.JUDGE:
        from clew.decoding.judging.causal_judge import CausalJudge
        from clew.decoding.judging.fusion import FITTED
        from clew.decoding.judging.reasoner import JudgedReasoner

        return JudgedReasoner(embedded(), CausalJudge(lm), FITTED)
    if of_model.reasoning is ReasoningMode.CHAINS:
        from clew.decoding.chains.reasoner import ChainReasoner

        return ChainReasoner(lm, index=index, evidence=of_model.evidence)
    from clew.decoding.language_model import Score
    from clew.decoding.token.reasoner import TokenReasoner

    layout, listing = _layout(of_model, lm, prior, index)
    return TokenReasoner(
        lm,
        layout,
        Score(of_model.score),
        search_of(of_model.search),
        shaping=_shaping(of_model, lm, prior),
        evidence=of_model.evidence,
        listing=listing,
    )


def _layout(
    of_model: ModelSettings, lm: TokenModel, prior: Prior, index: Indexed
) -> tuple[Layout[Any], RelationListing | None]:
    """Return what the model generates, and what its prompt lists."""
    from clew.decoding.token.layout import EntityLayout, RelationLayout
    from clew.decoding.token.listing import RelationListing

    if of_model.layout is not LayoutName.RELATIONS:
        return EntityLayout(inverse=of_model.layout is not LayoutName.GCR, index=index), None
    trained_with = getattr(lm.tokenizer, "init_kwargs", {}).get(PROMPT_KEY)
    prompt = trained_with if of_model.prompt is PromptName.AUTO else of_model.prompt
    if prompt == PromptName.PLAIN:
        return RelationLayout(), None
    count = partial(_token_count, lm.tokenizer)
    return RelationLayout("relation-path.v2"), RelationListing(prior, count)


def _token_count(tokenizer: Any, text: str) -> int:
    return len(tokenizer(text, add_special_tokens=False)["input_ids"])


def search_of(method: SearchMethod) -> Search:
    """Return the search that the settings name."""
    from clew.decoding.search.beam import Beam
    from clew.decoding.search.best_first import BestFirst
    from clew.decoding.search.diverse_beam import DiverseBeam
    from clew.decoding.search.one_pass import OnePass
    from clew.decoding.search.sampling import SampledPaths

    searches: dict[SearchMethod, Search] = {
        SearchMethod.BEST_FIRST: BestFirst(lookahead=32),
        SearchMethod.BEAM: Beam(),
        SearchMethod.DIVERSE_BEAM: DiverseBeam(),
        SearchMethod.ONE_PASS: OnePass(),
        SearchMethod.SAMPLING: SampledPaths(),
    }
    return searches[method]


def load(settings: Settings) -> TokenModel:
    """Load the language model that the settings name, as they say."""
    from clew.decoding.causal.loading import load_token_model

    of_model, options = settings.of_model, {}
    if of_model.quantisation is not Quantisation.NONE:
        options["quantization_config"] = _quantisation(of_model.quantisation)
    return load_token_model(
        settings.model, settings.device, dtype=str(of_model.dtype), attention=str(of_model.attention), **options
    )


def _remote(model: str, of_model: ModelSettings) -> Reasoner:
    from clew.api.http_transport import HttpTransport
    from clew.decoding.remote.engine import RemoteEngine
    from clew.decoding.remote.reasoner import RemoteReasoner

    address, _, name = model.removeprefix(REMOTE).partition("#")
    if not address or not name:
        raise BadInput(f"the name of a remote model must have the form {REMOTE}ADDRESS#MODEL; got {model!r}")
    if of_model.reasoning is not ReasoningMode.PATHS or of_model.shaping is not ShapingName.NONE:
        raise BadInput(
            "chains, judging and CLEW_SHAPING do not work with a remote engine, which provides no token scores"
        )
    if of_model.search is not SearchMethod.BEST_FIRST or of_model.score is not Scoring.LOCAL:
        raise BadInput("CLEW_SEARCH and CLEW_SCORE do not apply to a remote engine")
    engine = RemoteEngine(HttpTransport(address, of_model.api_key), name, of_model.guide)
    return RemoteReasoner(engine, evidence=of_model.evidence)


def _quantisation(kind: Quantisation) -> Any:
    from transformers import BitsAndBytesConfig

    try:
        return BitsAndBytesConfig(load_in_4bit=kind is Quantisation.INT4, load_in_8bit=kind is Quantisation.INT8)
    except ImportError as error:  # its own check of what is installed
        raise ModelUnavailable(f"CLEW_QUANTISATION={kind}: {error}") from error


def _shaping(of_model: ModelSettings, lm: TokenModel, prior: Prior) -> ShapingPort | None:
    if of_model.shaping is ShapingName.PRIOR:
        from clew.decoding.token.prior import PriorShaping

        return PriorShaping(prior, 1.0 if of_model.weight is None else of_model.weight)
    if of_model.shaping is ShapingName.EXAMPLES:
        from clew.api.service.example_paths import read_examples
        from clew.decoding.token.knn import KnnShaping

        assert of_model.examples is not None
        share = 0.25 if of_model.weight is None else of_model.weight
        return KnnShaping(lm, partial(read_examples, of_model.examples), share)
    return None

"""A reasoner that can also write text, in forward passes shared with other questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clew.decoding.causal.shared_model import SharedModel, Task
from clew.decoding.causal.token_model import TokenModel
from clew.decoding.causal.token_tree import TokenTree
from clew.decoding.language_model import Score
from clew.decoding.reasoner import Bounds
from clew.decoding.search.port import Budget
from clew.decoding.search.scheduler import Job
from clew.decoding.text.drafting import FusedDrafter, PromptLookup, SuffixDrafter
from clew.decoding.text.free_text import FreeText, Writer
from clew.decoding.text.prompt import Prompter, Template
from clew.decoding.text.text_writer import Written
from clew.kg import limits


def write_text(
    shared: SharedModel,
    prompter: Prompter,
    template: Template,
    fields: Mapping[str, str],
    sources: Sequence[str],
    bounds: Bounds,
) -> Written:
    """Write with a language model at hand; see ``TextWriter``."""
    return shared.run([_Text(shared.lm, prompter, template, fields, sources, bounds)])[0]


class _Text(Task[Written]):
    def __init__(
        self,
        lm: TokenModel,
        prompter: Prompter,
        template: Template,
        fields: Mapping[str, str],
        sources: Sequence[str],
        bounds: Bounds,
    ) -> None:
        super().__init__()
        self._lm, self._prompter, self._bounds = lm, prompter, bounds
        self._template, self._fields, self._sources = template, fields, sources

    @property
    def cancelled(self) -> bool:
        return self._bounds.cancelled

    def withdrawn(self) -> Written:
        return Written("", finished=False, partial=True, cost={})

    def open(self) -> None:
        self.prompt = self._prompter.ids(self._prompter.text(self._template, **self._fields))

    def job(self, context: TokenTree) -> Job[FreeText]:
        sources = [self._prompter.data_ids(lead + text) for text in self._sources for lead in ("", " ")]
        writer = Writer(
            limits.MAX_EXPLANATION_TOKENS,
            stop_tokens(self._lm),
            drafter=FusedDrafter([SuffixDrafter(sources), PromptLookup()]),
            budget=Budget(deadline=self._bounds.deadline, cancelled=lambda: self._bounds.cancelled),
        )
        steps = writer.steps(self._lm.vocab_size, len(context), self.prompt)
        return Job(steps, context, Score.CONDITIONAL)

    def conclude(self, outcome: FreeText) -> Written:
        kept = outcome.tokens[:-1] if outcome.stopped else outcome.tokens
        text: str = self._lm.tokenizer.decode(list(kept), skip_special_tokens=True)
        cost = {
            "forwards": float(outcome.forwards),
            "tokens": float(len(outcome.tokens)),
            "drafted": float(outcome.drafted),
            "accepted": float(outcome.accepted),
        }
        return Written(text, outcome.stopped, outcome.partial, cost)


def stop_tokens(lm: TokenModel) -> frozenset[int]:
    """Return the tokens that end a text: the tokenizer's, and those of the model's generation settings."""
    settings: Any = getattr(lm.generation_config, "eos_token_id", None)
    listed = settings if isinstance(settings, list) else [settings]
    return frozenset(int(t) for t in (lm.tokenizer.eos_token_id, *listed) if t is not None)

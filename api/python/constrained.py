"""The paths of a graph as a constraint on the tokens of a model, for decoding loops outside Clew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from clew.decoding.answering.topics import Linker
from clew.kg.errors import BadInput
from clew.retrieval.linking.types import Mention
from clew.tries.entities.automaton import GraphAutomaton
from clew.tries.filters.conditions import Conditions
from clew.tries.interop.generate import ConstrainedLogits
from clew.tries.tokens.token_index import TokenIndex

if TYPE_CHECKING:
    from clew.tries.torch.automaton import TorchAutomaton
    from clew.tries.torch.step import TorchStep


class Constrained:
    """Paths of a graph, spelled in a tokenizer's tokens. Made by ``GraphHandle.constrain``.

    A path is spelled as its relations and entities in turn, after the label of the entity that it starts from, and
    ends with ``end_token``. See ``clew.tries.entities.automaton.GraphAutomaton``, which is ``automaton``.

    Raises ``BadInput`` for hops out of range, a condition that the graph cannot meet, or an end token that stands in a
    label; ``UnknownNode`` and ``UnknownRelation`` for keys in conditions.
    """

    def __init__(
        self,
        index: TokenIndex,
        linker: Linker,
        end_token: int,
        max_hops: int,
        min_hops: int = 1,
        simple: bool = False,
        conditions: Conditions | None = None,
    ) -> None:
        self._linker = linker
        demands = None if conditions is None else conditions.on(linker.graph)
        self.automaton = GraphAutomaton(index, end_token, max_hops, min_hops, simple, demands)

    def processor(self, topics: Sequence[str]) -> ConstrainedLogits[Any]:
        """Return a logits processor for Hugging Face ``generate``.

        ``topics``: keys or labels, one per item of the batch: the entities that paths start from. A processor is for
        one call of ``generate``; the constrained span begins where the prompt ends. Raises ``UnknownNode``.
        """
        return ConstrainedLogits(self.automaton, self.nodes(topics))

    def on_device(self, device: str) -> TorchAutomaton:
        """Return the same constraint as torch operations of fixed shape on a device, for a loop that stays there."""
        from clew.tries.torch.automaton import TorchAutomaton

        return TorchAutomaton(self.automaton, device)

    def step(self, topics: Sequence[str], vocab_size: int, device: str) -> TorchStep:
        """Return a whole decoding step on a device, captured in a CUDA graph where there is one.

        One row per topic; put the model's logits (float32 [rows, vocab_size]) into ``logits``, call, read ``tokens``.
        Raises ``UnknownNode``.
        """
        from clew.tries.torch.step import TorchStep

        automaton = self.on_device(device)
        return TorchStep(automaton, automaton.start(self.nodes(topics)), vocab_size)

    def nodes(self, topics: Sequence[str]) -> list[int]:
        """Return the node of each key or label. Raises ``UnknownNode``; ``BadInput`` where several share a label."""
        return [self._node(mention) for mention in self._linker.link("", topics).mentions]

    def _node(self, mention: Mention) -> int:
        if mention.ambiguous:
            keys = [self._linker.graph.key(candidate.node) for candidate in mention.candidates[:3]]
            raise BadInput(f"{len(mention.candidates)} entities have this label; give a key: {', '.join(keys)}")
        return mention.candidates[0].node

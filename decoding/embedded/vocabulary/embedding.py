"""The relation vocabulary of a graph, embedded for the decoder."""

from __future__ import annotations

import torch
from torch import Tensor

from clew.decoding.embedded.network.encoder import LowerEncoder
from clew.decoding.embedded.network.features import TokenEncoder, label_features
from clew.decoding.embedded.network.network import RelationDecoder
from clew.decoding.embedded.network.tensors import Relations
from clew.decoding.embedded.vocabulary.vocabulary import RelationWords, label_texts


@torch.inference_mode()
def embed_relations(
    decoder: RelationDecoder, encoder: TokenEncoder, lower: LowerEncoder, words: RelationWords
) -> Relations:
    """Return the decoder's relations of a graph as a batch of one."""
    texts = label_texts(words)
    row = {text: i for i, text in enumerate(texts)}
    features = label_features(encoder, lower, texts)

    def ids(values: tuple[str, ...]) -> Tensor:
        return torch.tensor([[row.get(value, -1) for value in values]], dtype=torch.long)

    inverse = torch.tensor([words.inverse], dtype=torch.long)
    found: Relations = decoder.relations(features, ids(words.labels), inverse, ids(words.targets))
    return found

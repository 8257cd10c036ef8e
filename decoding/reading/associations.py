"""Which words people use for which relations: "hero" for "protagonist", "hang" for "on display at".

Drawn from the project's own lexicon (``data/lexicon``) by ``clew.training.synthetic.associations`` (``make
associations``): a word goes with another if some relation has the one in a way to ask for it, and the other in its
names.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

import marisa_trie

from clew.decoding.reading.lexicon import ASKING, GENERAL, LIGHT
from clew.retrieval.linking.word_weights import FUNCTION_WORDS
from clew.retrieval.wordnet.wordnet import PartOfSpeech, wordnet

FILE = "associations.marisa"
NOTHING = FUNCTION_WORDS | GENERAL | LIGHT | ASKING
"""Words that go with none: none of them says anything by itself."""


def base(word: str) -> str:
    """Return the form under which a folded word is kept."""
    bases = (wordnet().bases(word, pos) for pos in (PartOfSpeech.VERB, PartOfSpeech.NOUN, PartOfSpeech.ADJECTIVE))
    return next((some[0] for some in bases if some), word)


def pair(word: str, name: str) -> str:
    """Return the key of a word in a question and a word in a relation's name, both in their bases."""
    return f"{word}\t{name}"


def associated(word: str, name: str) -> bool:
    """Return whether a folded word goes with a word of a relation's name."""
    return pair(base(word), base(name)) in pairs()


@lru_cache(maxsize=1)
def pairs() -> marisa_trie.Trie:
    """Return the keys of all words that go together."""
    trie = marisa_trie.Trie()
    trie.frombytes(resources.files("clew.data").joinpath("lexicon", FILE).read_bytes())
    return trie

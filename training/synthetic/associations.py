"""Makes ``data/lexicon/associations.marisa``: ``python -m clew.training.synthetic.associations``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import marisa_trie

from clew.decoding.reading.associations import FILE, NOTHING, base, pair
from clew.decoding.reading.relation_name import relation_name
from clew.retrieval.linking.words import fold_words
from clew.training.synthetic.lexicon import LEXICON, Domain, LexicalRelation, read_lexicon

MANY = 60
"""Relations (of some 1,300) from which a word is asked with so widely that it says nothing of any."""


def main() -> None:
    """Write the file beside the lexicon."""
    marisa_trie.Trie(associations(read_lexicon())).save(str(LEXICON / FILE))


def associations(domains: Sequence[Domain]) -> list[str]:
    """Return the keys of the words that go together, sorted."""
    kinds = {
        domain.name: _bases(noun for one in domain.types.values() for noun in (*one.nouns, *one.plurals))
        for domain in domains
    }
    rows = [(_names(one), _asked(one, kinds[domain.name])) for domain in domains for one in domain.relations]
    uses = Counter(word for _, asked in rows for word in asked)
    pairs = {(word, name) for names, asked in rows for word in asked for name in names}
    return sorted(pair(word, name) for word, name in pairs if word != name and uses[word] <= MANY)


def _names(relation: LexicalRelation) -> set[str]:
    return {base(word) for label in relation.labels for word in relation_name(label).core if word not in NOTHING}


def _asked(relation: LexicalRelation, kinds: set[str]) -> set[str]:
    """The words of the ways to ask for a relation, but for the nouns for what its ends are."""
    own = _bases((*relation.nouns, *relation.labels))
    ways = (
        *relation.forward_questions,
        *relation.forward_phrases,
        *relation.inverse_questions,
        *relation.inverse_phrases,
        *relation.sharing,
    )
    return own | (_bases(way.replace("{x}", " ") for way in ways) - kinds)


def _bases(texts: Iterable[str]) -> set[str]:
    words = {word for text in texts for word in fold_words(text.replace(".", " ")).split()}
    return {base(word) for word in words - NOTHING if word.isalpha()}


if __name__ == "__main__":
    main()

"""A relation path in words: "the capital of Austria", "films directed by Ann", "what Plato taught"."""

from __future__ import annotations

from collections.abc import Sequence

from clew.decoding.reading.relation_name import Form, RelationName, name_of
from clew.kg.graph.graph import Graph
from clew.retrieval.linking.word_weights import same_stem


def path_in_words(graph: Graph, topic: int, relations: Sequence[int], noun: str = "") -> str:
    """Return what a path of directed relations from a topic leads to; ``noun``: what the question calls it."""
    phrase = graph.label(topic)
    for i, relation in enumerate(relations):
        last = i == len(relations) - 1
        phrase = step_in_words(name_of(graph, relation), relation < graph.num_relations, phrase, noun if last else "")
    return phrase


def step_in_words(name: RelationName, forward: bool, phrase: str, noun: str = "") -> str:
    """Return what one step by a relation leads to from what a phrase says."""
    label = " ".join(name.words) or name.label
    core = " ".join(name.core) or label
    what, subject = noun or "what", _as_subject(phrase)
    if name.form is Form.NOUN and forward:
        return f"the {_named(noun, core)} of {phrase}"
    if name.form is Form.NOUN:
        return f"{what} with {phrase} as {core}" if noun else f"what has {phrase} as {core}"
    if name.form is Form.NOUN_OF and not forward:
        return f"the {_named(noun, core)} of {phrase}"
    if name.form is Form.NOUN_OF:
        of = f"{core} of" if core in ("part", "member") else f"the {core} of"
        return f"{what} that {subject} is {of}" if noun else f"what {subject} is {of}"
    if name.form is Form.VERB:
        if forward:
            return f"{what} that {subject} {label}" if noun else f"what {subject} {label}"
        return f"{what} that {label} {phrase}" if noun else f"what {label} {phrase}"
    tail = _without_be(name.words)
    if forward:
        return f"{what} that {subject} is {tail}" if noun else f"what {subject} is {tail}"
    return f"{what} {tail} {phrase}" if noun else f"what is {tail} {phrase}"


def _as_subject(phrase: str) -> str:
    """Return a phrase as the subject of a clause: two clauses that begin with "what" would not be understood."""
    return f"the one that {phrase.removeprefix('what ')}" if phrase.startswith("what ") else phrase


def _named(noun: str, core: str) -> str:
    """Return the relation's noun, in the question's own form (plural, say) where it is the same."""
    words = core.split()
    if noun and words and same_stem(noun.split()[-1], words[-1]):
        return " ".join([*words[:-1], noun.split()[-1]])
    return core


def _without_be(words: Sequence[str]) -> str:
    return " ".join(words[1:] if words and words[0] in ("is", "was", "are", "were") else words)

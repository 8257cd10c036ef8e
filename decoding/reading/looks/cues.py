"""Words that ask for more than a path can say."""

from __future__ import annotations

from collections.abc import Iterable

from clew.decoding.reading.cues import cues, foreign, yes_or_no
from clew.decoding.reading.direction import same_word
from clew.decoding.reading.kinds import is_number
from clew.decoding.reading.lexicon import (
    ORDER,
    PEOPLE,
    POPULATION,
)
from clew.decoding.reading.look import Found, Look
from clew.decoding.reading.unread import Why
from clew.retrieval.linking.common_words import common_words
from clew.retrieval.linking.word_weights import FUNCTION_WORDS
from clew.retrieval.linking.words import fold_words

AGGREGATES = frozenset(
    {"total", "average", "mean", "median", "sum", "combined", "together", "altogether", "many", "much"}
)
"""Words that ask for one number of several."""
COUNTED_WORDS = 3
"""Words after "how many" among which the thing counted is looked for."""


def beyond(look: Look) -> Iterable[Found]:
    """Counts, extremes, comparisons, negations and choices that are in no name and no relation."""
    question = look.question
    masked = _masked(look)
    for cue in (_foreign(look, masked), yes_or_no(question)):
        if cue is not None and (cue[2] is Why.LANGUAGE or not look.in_topic(cue[:2])):
            yield cue
    for start, end, why in cues(question):
        words = [word.text for word in look.words if start <= word.start < end]
        if look.in_topic((start, end)) or look.in_longer_mention((start, end)):
            continue
        content = [word for word in words if word not in FUNCTION_WORDS]
        stated = any(map(look.in_relation, words)) and all(map(look.in_relation, content))
        if stated and not (why is Why.COMPARISON and "than" in words):
            continue
        if why is Why.COUNT and _counted(look, start, end):
            continue
        if why is Why.COMPARISON and set(words) & ORDER and look.relation_words & ORDER:
            continue
        yield start, end, why


def _masked(look: Look) -> str:
    """Return the question, with blanks for its names."""
    letters = list(look.question)
    spans = [(mention.start, mention.end) for mention in look.mentions]
    for start, end in spans if look.topic_span is None else [*spans, look.topic_span]:
        letters[start:end] = " " * len(letters[start:end])
    return "".join(letters)


def _foreign(look: Look, masked: str) -> tuple[int, int, Why] | None:
    """Return the whole question where it is in another language than English."""
    if (cue := foreign(look.question, masked)) is not None:
        return cue
    words = fold_words(masked).split()
    known = common_words(), look.relation_words, FUNCTION_WORDS
    strange = len(words) > 1 and not any(word in some for word in words for some in known)
    return (0, len(look.question), Why.LANGUAGE) if strange else None


def _counted(look: Look, start: int, end: int) -> bool:
    """Whether the graph states the count that a span asks for: the answers are numbers, and the relation names what is
    counted."""
    numbers = bool(look.nodes) and all(is_number(look.graph.label(node)) for node in look.nodes)
    if len(look.nodes) > 1 and AGGREGATES & set(fold_words(look.question[start:end]).split()):
        return False  # the average of several is none of them
    last = set(look.graph_words.name(look.ranked.relations[-1]).words)
    following = [word.text for word in look.words if word.start >= end][:COUNTED_WORDS]
    return numbers and (
        any(same_word(word, other) for word in following if word not in FUNCTION_WORDS for other in last)
        or any(look.likeness.kindred(word, last) for word in following if word not in FUNCTION_WORDS)
        or bool(set(following) & PEOPLE and last & POPULATION)
        or ("much" in look.question[:end].lower().split()[-1:] and any(look.says(word) for word in following))
    )

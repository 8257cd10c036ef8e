"""The name of a relation as English: the words in it, and which end of an edge it describes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from clew.decoding.reading.lexicon import BE, ED_NOUNS, HAVE, PARTICIPLES, PAST, PREPOSITIONS, THIRD_PERSONS
from clew.kg.graph.graph import Graph
from clew.retrieval.linking.words import fold_words

_SPLIT = re.compile(r"[\s_\-./:#]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PART = "rel|relation|relationship|edge|link|prop|property|predicate|attr|attribute|field|col|column"
_OPAQUE = re.compile(rf"(?:{_PART})?[ _-]*\d+|(?:{_PART})[ _-]?[a-z]?|[a-z][ _-]?\d+|[a-z]|\W*", re.IGNORECASE)


class Form(Enum):
    """How a relation's name describes the edge head -> tail."""

    NOUN = "noun"
    """The head's NAME is the tail: "capital", "director"."""
    NOUN_OF = "noun of"
    """The head is the NAME the tail: "capital of", "manager of"."""
    VERB = "verb"
    """The head NAME the tail: "killed", "manages"."""
    PASSIVE = "passive"
    """The head was NAME the tail, which acts: "directed by"."""
    PLACE = "place"
    """The head is or was NAME the tail, which does not act: "born in", "located in", "named after"."""


@dataclass(frozen=True, slots=True)
class RelationName:
    """``words``: folded, in order; ``core``: those that carry the meaning, in the form that the name has them;
    ``all_words``: those of the whole label too, where the name is its last segment; ``owner``: the last word of the
    segment before it, "director" of ``/film/director/film``."""

    label: str
    words: tuple[str, ...]
    core: tuple[str, ...]
    form: Form
    all_words: frozenset[str] = frozenset()
    owner: str = ""

    @property
    def head(self) -> str:
        """The word of ``core`` that says what the relation is: "coach" of "head coach", "born" of "born in"."""
        return self.core[-1] if self.form in (Form.NOUN, Form.NOUN_OF) else self.core[0]

    @property
    def opaque(self) -> bool:
        """Whether the name says nothing: ``rel_1``, ``P19``."""
        return bool(_OPAQUE.fullmatch(self.label.strip()))


def relation_name(label: str, key: str = "") -> RelationName:
    """Read a relation's label; by its last segment where it, or the key that it is made from, is a path
    (``/people/person/place_of_birth``)."""
    path = key if _is_path_of(label, key) else label
    segments = [part for part in path.split("/") if part]
    last = segments[-1] if segments and "/" in path else label
    words = tuple(fold_words(" ".join(_SPLIT.split(last))).replace("sub class", "subclass").split())
    owner = segments[-2] if "/" in path and len(segments) > 2 else ""
    owners = fold_words(owner.replace("_", " ")).split()
    every = frozenset((*words, *fold_words(label.replace("_", " ")).split()))
    return RelationName(label, words, *_form(words), every, owners[-1] if owners else "")


def _is_path_of(label: str, key: str) -> bool:
    """Whether a label is made from a path: all of its words, or the last of them ("film country" of
    ``/film/film/country``)."""
    if not key.startswith("/"):
        return False
    last = fold_words(key.rsplit("/", 1)[-1].replace("_", " ")).split()
    words, whole = fold_words(label.replace("_", " ")).split(), fold_words(key.replace("_", " ")).split()
    return words[-len(last) :] == last and set(words) <= set(whole)


def name_of(graph: Graph, relation: int) -> RelationName:
    """Read the name of a graph's relation (directed or stored). ``rdf:type`` is "type", whatever its label: "a"."""
    stored = relation % graph.num_relations
    if stored == graph.type_relation:
        return RelationName("type", ("type",), ("type",), Form.NOUN, frozenset({"type", "instance"}))
    if stored in graph.plumbing:  # the first of a list is not what is asked for: its name says nothing
        return relation_name("")
    return relation_name(graph.relation_label(stored), graph.relation_key(stored))


def _form(words: tuple[str, ...]) -> tuple[tuple[str, ...], Form]:
    core = list(words)
    if core and core[0] in HAVE:
        return tuple(core[1:]) or words, Form.NOUN
    was = bool(core) and core[0] in BE
    if was:
        core = core[1:]
    if not core:
        return words, Form.NOUN
    first, last = core[0], core[-1]
    if len(core) > 1 and last in PREPOSITIONS and _participle(core[-2]):
        return (core[-2],), Form.PASSIVE if last == "by" else Form.PLACE
    if len(core) > 1 and last in PREPOSITIONS - {"of"}:
        if was or first in ("part", "next", "close", "similar", "related"):
            return tuple(core[:-1]), Form.PLACE
        if verb(first):
            return tuple(core), Form.VERB
        return tuple(core[:-1]), Form.PLACE
    if len(core) > 2 and core[1] == "to" and _participle(first):  # "used to treat"
        return (first,), Form.PLACE
    if last == "of":
        return tuple(core[:-1]) or words, Form.NOUN_OF
    if len(core) == 1 and (verb(first) or first in PAST or _past(first)):
        return tuple(core), Form.VERB
    if core[0] in PREPOSITIONS and len(core) > 1:
        return tuple(core[1:]), Form.NOUN
    return tuple(core), Form.NOUN


def verb(word: str) -> bool:
    """Whether a word is a verb in the third person, as names of relations have them."""
    return word in THIRD_PERSONS


def _past(word: str) -> bool:
    return word.endswith("ed") and len(word) > 4 and word not in ED_NOUNS


def _participle(word: str) -> bool:
    return word in PARTICIPLES or _past(word)

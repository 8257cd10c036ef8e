"""A real graph as a schema, and its relations as lexical relations: what questions about it are composed from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from decoding.embedded.vocabulary import RelationWords, relation_words
from decoding.embedded.wording import readable
from kg.graph import Graph
from training.lexicon import Domain, EntityType, LexicalRelation

_PREPOSITIONS = ("by", "in", "of", "at", "on", "for", "to", "from", "with")


@dataclass(frozen=True)
class GraphSchema:
    """The relations of a graph, as ``training.examples.Vocabulary``."""

    words: RelationWords

    @property
    def num_relations(self) -> int:
        """R, not counting directions."""
        return len(self.words.labels) // 2

    @property
    def stop(self) -> int:
        """The token that ends a path, 2R."""
        return len(self.words.labels)


def graph_schema(graph: Graph) -> GraphSchema:
    """Return a graph's schema."""
    return GraphSchema(relation_words(graph))


def lexical_relations(words: RelationWords, domains: Sequence[Domain]) -> tuple[LexicalRelation, ...]:
    """Return a lexical relation for each of a graph's R relations.

    A relation that the lexicon knows by its name gets the lexicon's wordings (of the domain that knows most of the
    graph's relations, where several do); any other gets plain patterns made from its label.
    """
    size = len(words.labels) // 2
    known: dict[str, list[LexicalRelation]] = {}
    for domain in domains:
        for relation in domain.relations:
            for label in {readable(label) for label in relation.labels}:
                known.setdefault(label, []).append(relation)
    votes = Counter(
        r.domain for label in words.labels[:size] for r in {id(r): r for r in known.get(label, [])}.values()
    )
    found = []
    for i, label in enumerate(words.labels[:size]):
        plain = plain_relation(label, words.targets[i + size], words.targets[i])
        matches = known.get(label, [])
        if matches:
            best = max(matches, key=lambda r: (votes[r.domain], r.domain))
            plain = _merged(plain, best)
        found.append(plain)
    return tuple(found)


def _merged(plain: LexicalRelation, known: LexicalRelation) -> LexicalRelation:
    return LexicalRelation(
        known.domain, plain.head, plain.tail, plain.labels, known.nouns or plain.nouns,
        known.forward_questions, known.forward_phrases or plain.forward_phrases,
        known.inverse_questions or plain.inverse_questions, known.inverse_phrases or plain.inverse_phrases,
        known.sharing or plain.sharing, known.cosharing, known.clauses, known.inverse_clauses, known.tail_literal,
    )  # fmt: skip


def plain_relation(label: str, head: str, tail: str) -> LexicalRelation:
    """Return a lexical relation whose patterns are made from a label alone (``directed by``, ``has genre``).

    ``head`` and ``tail`` are the nouns of its ends, "" where unknown.
    """
    things, noun = plural(head) if head else "those", label.removeprefix("has ").removeprefix("is ")
    if label.split()[-1] in _PREPOSITIONS:
        verb = label.removeprefix("is ").removeprefix("was ")
        patterns: dict[str, tuple[str, ...]] = {
            "nouns": (tail,) if tail else (),
            "forward_questions": (f"{{x}} is {verb} what", f"{{x}} was {verb} whom", f"what is {{x}} {verb}"),
            "forward_phrases": (f"what {{x}} is {verb}", f"the {tail or 'one'} {{x}} was {verb}"),
            "inverse_questions": (
                f"what is {verb} {{x}}",
                f"which {things} are {verb} {{x}}",
                f"{things} {verb} {{x}}",
            ),
            "inverse_phrases": (f"{things} {verb} {{x}}", f"the {things} that are {verb} {{x}}"),
            "sharing": (f"{things} {verb} the same {tail or 'one'} as {{x}}",),
            "clauses": (f"{{np}} are {verb} what", f"what are {{np}} {verb}"),
        }
    else:
        patterns = {
            "nouns": (noun,),
            "forward_questions": (f"what is the {noun} of {{x}}", f"{{x}} {noun}", f"which {noun} does {{x}} have"),
            "forward_phrases": (f"the {noun} of {{x}}", f"{{x}}'s {noun}"),
            "inverse_questions": (f"what has {{x}} as {noun}", f"which {things} have the {noun} {{x}}"),
            "inverse_phrases": (f"{things} whose {noun} is {{x}}", f"{things} with {noun} {{x}}"),
            "sharing": (f"{things} with the same {noun} as {{x}}", f"{things} that share their {noun} with {{x}}"),
            "clauses": (f"what are the {plural(noun)} of {{np}}", f"which {noun} do {{np}} have"),
        }
    return LexicalRelation("", head or "thing", tail or "thing", (label,), **patterns)  # type: ignore[arg-type]


def plural(noun: str) -> str:
    """Return a noun's regular English plural."""
    if noun.endswith(("s", "x", "ch", "sh")):
        return noun + "es"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"


def entity_types(relations: Sequence[LexicalRelation]) -> dict[str, EntityType]:
    """Return a type for every end that the relations name."""
    names = {end for relation in relations for end in (relation.head, relation.tail)}
    return {name: EntityType(name, (name,), (plural(name),)) for name in names}

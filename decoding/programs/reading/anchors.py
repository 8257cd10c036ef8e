"""The entities, classes and literals that a question names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import chain

from clew.decoding.answering.topics import Linker
from clew.decoding.embedded.answer_type.lexical import is_person
from clew.decoding.programs.reading.alignment import Aligner, Place
from clew.decoding.programs.reading.comparatives import FORMS, Degree
from clew.decoding.programs.reading.comparisons import StatedComparison, comparisons
from clew.decoding.programs.reading.cues import Cue
from clew.decoding.programs.reading.demonyms import places_of
from clew.decoding.programs.reading.literals import tag_literals
from clew.decoding.programs.reading.named_units import in_unit
from clew.decoding.programs.reading.names import Name as ClassName
from clew.decoding.programs.reading.names import ProgramNames
from clew.decoding.programs.reading.question import NAMING, AskedWords, ones, union
from clew.decoding.programs.reading.stated.forms import number_literal
from clew.decoding.programs.reading.tagged import LiteralKind, TaggedLiteral
from clew.decoding.reading.lexicon import PARTICIPLES, PAST
from clew.kg import limits
from clew.kg.terms.literal import Literal
from clew.kg.terms.typed.quantity import Quantity
from clew.kg.terms.vocabulary import XSD
from clew.retrieval.linking.common_words import common_words
from clew.retrieval.linking.types import Linking
from clew.retrieval.linking.words import fold_words
from clew.retrieval.wordnet.wordnet import Kinship, PartOfSpeech, wordnet
from clew.tries.programs.tokens import Anchor, Op

CANDIDATES = 2
_ZERO = Literal("0", XSD + "integer")
CLASS_MOST, SAID_MOST = 1.0, 0.3
CLASS_SURE = 0.4
"""A word that says a class less well, by an association or by how near it is, counts where none says one better."""
KINDRED_COST = 0.5
HEAD_COST = 0.35
"""Of the head alone of a class's name, where no other class is called so: \"vessels\" for cargo vessels."""
_PEOPLE = frozenset({"person", "people", "individual", "human"})
KIND_COST, ADJECTIVE_COST = 0.05, 0.25
UNSURE = ("typo", "partial", "embedding")
"""Ways to link that a name only resembles."""
UNSURE_COST, COMMON_COST, UNSAID_CLASS_COST = 1.0, 0.5, 1.1


@dataclass(frozen=True, slots=True)
class Named:
    """An anchor, the words that name it, as bits, and what it costs to take them so; of a literal, its kind, how the
    question compares it, and whether it is the end of a stretch of time of which the anchor before it is the start.
    ``classifies``: an entity that is what others are, an occupation or a genre; ``adjective``: the word comes from the
    entity's name; ``unit``: the symbol of the unit that a literal's number is in, and ``converted`` where the question
    states it in another."""

    anchor: Anchor
    bits: int
    cost: float = 0.0
    kind: LiteralKind | None = None
    classifies: bool = False
    adjective: bool = False
    until: bool = False
    unit: str = ""
    converted: bool = False
    compared: tuple[StatedComparison, ...] = ()


class AnchorFinder:
    """Finds the anchors of questions over one graph."""

    def __init__(self, names: ProgramNames, linker: Linker) -> None:
        self._names, self._linker, self._graph = names, linker, names.graph

    def entities(self, asked: AskedWords, linking: Linking) -> list[Named]:
        """Return the entities that a question names, the likeliest first."""
        adjectives = list(self._adjectives(asked))
        sure = {one.bits for one in adjectives}
        found = _cheapest(chain(self._entities(asked, linking, sure), adjectives))
        return [one for one in found if self._is_named(one.anchor.node)][: limits.MAX_ANCHORS]

    def _is_named(self, node: int) -> bool:
        """Return whether a node is an entity or a text: numbers and times are compared, classes are classes."""
        if self._graph.is_literal(node):
            return self._graph.literal(node).typed is None
        return node not in self._names.classes

    def literals(self, asked: AskedWords, today: date) -> list[Named]:
        """Return the literals that a question states."""
        found = sorted(self._literals(asked, today), key=lambda one: one.converted)
        return found[: limits.MAX_LITERALS]

    def classes(self, asked: AskedWords, aligner: Aligner) -> list[Named]:
        """Return the classes that a question names, and those that it may mean without naming them."""
        found = _cheapest(self._classes(asked, aligner))
        if any(one.bits and one.cost <= CLASS_SURE for one in found):
            found = [one for one in found if not one.bits or one.cost <= CLASS_SURE or one.bits & one.bits - 1]
        return found[: limits.MAX_ANCHORS]

    def _entities(self, asked: AskedWords, linking: Linking, sure: Collection[int]) -> Iterator[Named]:
        """Yield the entities that are named; not what words (bits) in ``sure`` only resemble: "Asian" is no Asan."""
        for mention in linking.mentions:
            for candidate in mention.candidates[:CANDIDATES]:
                bits = asked.bits(mention.start, mention.end)
                if bits and not (bits in sure and candidate.how in UNSURE):
                    cost = 0.0 if candidate.how in ("exact", "alternative", "given") else 0.15
                    cost += UNSURE_COST * (1 - candidate.score) * (candidate.how in UNSURE)
                    anchor = Anchor(Op.ENT, (mention.start, mention.end), candidate.node)
                    kind = not asked.capitals & bits and self._names.classifies(candidate.node)
                    yield Named(anchor, bits, cost, classifies=kind)
        for text, places in _variants(asked.text):
            for match in self._linker.named(text):
                start, end = places(match.start), places(match.end)
                bits = asked.bits(start, end)
                if bits and asked.unread(~bits) >= 0.5:
                    plain = all(word in common_words() for word in fold_words(match.text).split())
                    for node in match.nodes[:CANDIDATES]:
                        if self._names.classifies(node):
                            yield Named(Anchor(Op.ENT, (start, end), node), bits, KIND_COST, classifies=True)
                            continue
                        yield Named(
                            Anchor(Op.ENT, (start, end), node), bits, COMMON_COST * plain + 0.1 * (text != asked.text)
                        )

    def _adjectives(self, asked: AskedWords) -> Iterator[Named]:
        """Yield the places that adjectives come from: "Italian"."""
        for i, word in enumerate(asked.words):
            for place in places_of(word.text):
                for match in self._linker.named(place):
                    if match.start == 0 and match.end == len(place):
                        for node in match.nodes[:CANDIDATES]:
                            yield Named(
                                Anchor(Op.ENT, (word.start, word.end), node), 1 << i, ADJECTIVE_COST, adjective=True
                            )

    def _classes(self, asked: AskedWords, aligner: Aligner) -> Iterator[Named]:
        having = self._having(aligner)
        free = {i for i, cost in enumerate(asked.costs) if cost >= 0.5 and not aligner.owned[i]}
        for node, names in self._names.classes.items():
            places = [(name, place) for name in names for place in aligner.places(name)]
            said = [(place.cost + name.cost, place.bits) for name, place in places if not _is_done(asked, name, place)]
            for cost, bits in said:
                if cost <= CLASS_MOST:
                    yield Named(Anchor(Op.CLS, asked.span(bits), node), bits, cost)
            sure = any(cost <= CLASS_SURE for cost, _ in said)
            for i in () if sure else self._by_head(names, asked):
                yield Named(Anchor(Op.CLS, (asked.words[i].start, asked.words[i].end), node), 1 << i, HEAD_COST)
            taken = union(bits for cost, bits in said if cost <= SAID_MOST)
            kindred = [i for i in sorted(free) if not taken >> i & 1 and self._is_kindred(asked.texts[i], names)]
            for i in kindred:
                yield Named(Anchor(Op.CLS, (asked.words[i].start, asked.words[i].end), node), 1 << i, KINDRED_COST)
            if not said and not kindred and node in having:
                yield Named(Anchor(Op.CLS, (0, 0), node), 0, UNSAID_CLASS_COST)

    def _by_head(self, names: Sequence[ClassName], asked: AskedWords) -> list[int]:
        """Return the words that call a class by the head of its name, which is no other's."""
        heads = {name.words[-1] for name in names if len(name.words) > 1}
        free = {head for head in heads if len(self._headed[head]) == 1}
        after = [*asked.texts[1:], ""]
        return [
            i
            for i, text in enumerate(asked.texts)
            if after[i] not in NAMING and free.intersection((text, *_singular(text)))
        ]

    @cached_property
    def _headed(self) -> dict[str, set[int]]:
        """The classes of which each word is the head of a name."""
        found: dict[str, set[int]] = {}
        for node, names in self._names.classes.items():
            for name in names:
                found.setdefault(name.words[-1], set()).add(node)
        return found

    def _is_kindred(self, text: str, names: Sequence[ClassName]) -> bool:
        """Return whether a word of a question is a more general one for a class: "books" for novels, "people"."""
        bases = wordnet().bases(text, PartOfSpeech.NOUN) or (text,)
        for name in names:
            head = name.words[-1]
            if is_person(bases[0]) and bases[0] in _PEOPLE and is_person(head):
                return True
            if wordnet().kinship(bases[0], head) in (Kinship.SAME, Kinship.ABOVE):
                return True
        return False

    def _having(self, aligner: Aligner) -> set[int]:
        """Return the classes that have a relation of which a question says all of the name."""
        said = [
            relation
            for relation in range(self._graph.num_relations)
            if any(
                place.cost + name.cost <= SAID_MOST and not name.reached
                for name in self._names.relations[relation]
                for place in aligner.places(name)
            )
        ]
        return {cls for relation in said for cls in self._names.heads(relation)}

    def _literals(self, asked: AskedWords, today: date) -> Iterator[Named]:
        tags = tag_literals(asked.text, today)
        found = comparisons(asked.text, tags)
        for i, tag in enumerate(tags):
            if tag.kind is LiteralKind.ORDINAL and not _is_ranked(asked, tag.end):
                continue  # the third of an order is no number of things
            own = [one for one in found if one.literal == i]
            stated = _quantity(tags, tag)
            for one in self._literal(asked, tag, own):
                yield one if stated is None else replace(one, unit=stated.unit)
            if stated is not None and tag.literal.typed == stated:
                yield from self._converted(asked, tag, own, stated)

    def _converted(
        self, asked: AskedWords, tag: TaggedLiteral, own: Sequence[StatedComparison], stated: Quantity
    ) -> Iterator[Named]:
        """Yield a quantity in the units that attributes have: "two hours" as 120, for those in minutes."""
        for unit in dict.fromkeys(self._names.units.values()):
            number = in_unit(stated, unit) if unit.symbol != stated.unit else None
            if number is not None:
                same = replace(tag, literal=number_literal(number.number))
                for one in self._literal(asked, same, own):
                    yield replace(one, unit=unit.symbol, converted=True)

    def nones(self, asked: AskedWords, told: Sequence[Cue], entities: Sequence[Named]) -> list[Named]:
        """Return the number 0 for each negation: who has none, "without an award"; not where what is denied is an
        entity, "not in Italian"."""
        named = union(one.bits for one in entities if one.cost < COMMON_COST and not one.classifies)
        return [
            Named(Anchor(Op.LIT, asked.span(cue.bits), literal=_ZERO), cue.bits, 0.0, LiteralKind.NONE)
            for cue in told
            if cue.op is Op.NOT and not any(named >> i & 1 for i in _following(asked, cue.bits))
        ][: limits.MAX_LITERALS]

    def _literal(self, asked: AskedWords, tag: TaggedLiteral, own: Sequence[StatedComparison]) -> Iterator[Named]:
        span, bits = (tag.start, tag.end), asked.bits(tag.start, tag.end)
        if tag.until is None:
            yield Named(Anchor(Op.LIT, span, literal=tag.literal), bits, 0.0, tag.kind, compared=tuple(own))
            return
        middle = (tag.start + tag.end) // 2
        first = tuple(one for one in own if not one.until)
        last = tuple(one for one in own if one.until)
        yield Named(Anchor(Op.LIT, (tag.start, middle), literal=tag.literal), bits, 0.0, tag.kind, compared=first)
        yield Named(
            Anchor(Op.LIT, (middle, tag.end), literal=tag.until), bits, 0.0, tag.kind, until=True, compared=last
        )


def _quantity(tags: Sequence[TaggedLiteral], tag: TaggedLiteral) -> Quantity | None:
    """Return the quantity with a unit that is stated where a tag stands; None where there is none."""
    there = (other.literal.typed for other in tags if (other.start, other.end) == (tag.start, tag.end))
    return next((typed for typed in there if isinstance(typed, Quantity) and typed.unit), None)


def _singular(text: str) -> tuple[str, ...]:
    return wordnet().bases(text, PartOfSpeech.NOUN)


def _is_ranked(asked: AskedWords, end: int) -> bool:
    """Return whether a superlative follows: the third LONGEST."""
    after = next((word.text for word in asked.words if word.start >= end), "")
    form = FORMS.get(after)
    return after in ("most", "least", "fewest") or (form is not None and form.degree is Degree.SUPERLATIVE)


def _following(asked: AskedWords, bits: int) -> list[int]:
    """Return the first two words after some that mean something."""
    return [i for i in range(bits.bit_length(), len(asked.texts)) if asked.costs[i] >= 0.5][:2]


def _variants(text: str) -> Iterator[tuple[str, Places]]:
    """Yield a text, and the same without the plural endings of its words."""
    yield text, Places(range(len(text) + 1))
    kept = [i for i in range(len(text)) if not _is_plural_end(text, i)]
    if len(kept) < len(text):
        yield "".join(text[i] for i in kept), Places([*kept, len(text)])


def _is_plural_end(text: str, i: int) -> bool:
    last = i + 1 == len(text) or not text[i + 1].isalnum()
    return text[i] == "s" and last and i > 2 and text[i - 1].isalpha() and text[i - 1] not in "su"


class Places:
    """Where each character of a variant stands in the text that it was made from."""

    def __init__(self, places: Sequence[int]) -> None:
        self._places = places

    def __call__(self, at: int) -> int:
        """Return where a character stood."""
        return self._places[at]


def _cheapest(found: Iterator[Named]) -> list[Named]:
    best: dict[tuple[Op, int, int], Named] = {}
    for one in found:
        key = (one.anchor.op, one.anchor.node, one.bits)
        if key not in best or one.cost < best[key].cost:
            best[key] = one
    return sorted(
        best.values(), key=lambda one: (one.cost - 0.3 * len(list(ones(one.bits))), one.bits, one.anchor.node)
    )


def _is_done(asked: AskedWords, name: ClassName, place: Place) -> bool:
    """Return whether a class is said by a verb's past form alone: who "starred" is asked for no star."""
    text = asked.texts[place.bits.bit_length() - 1]
    past = text in PAST or text in PARTICIPLES or text.endswith("ed")
    return past and text not in name.words

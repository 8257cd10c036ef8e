"""Noun phrases for the sets of a plan. What slots stand for is left as ``{3}``; of a class ``{3s}`` or ``{3p}``."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from clew.training.programs.comparisons import Comparer, counted_most
from clew.training.programs.modifiers import Form, Modifier, modifiers
from clew.training.programs.plan import (
    Combined,
    Condition,
    Entity,
    Extreme,
    Members,
    Narrowed,
    Reached,
    SetPlan,
    Slot,
    Valued,
)
from clew.training.programs.plan_values import nodes_of
from clew.training.programs.typed_graph import GraphClass, WalkedRelation
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.tokens import Op

_EXCEPT = ("other than", "except", "besides", "apart from", "excluding", "aside from", "except for", "not counting",
           "but not", "leaving out")  # fmt: skip
_THING = ("thing", "things")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase. ``one``, ``several``: the noun; ``before``, ``after``: what says which of them; ``many``: whether
    several are meant; ``person``: whether they are people; ``unique``: whether it takes "the" in any case."""

    one: str
    several: str
    many: bool
    person: bool
    before: tuple[str, ...] = ()
    after: tuple[Modifier, ...] = field(default=())
    unique: bool = False

    def with_after(self, *more: Modifier) -> Phrase:
        """Return the phrase with further modifiers."""
        return replace(self, after=(*self.after, *more))

    @property
    def bare(self) -> str:
        """Several of them, without an article: "films directed by {0}"."""
        return self.the if self.unique else self.text(True)

    @property
    def the(self) -> str:
        """With "the", in the number that is meant."""
        return f"the {self.text(self.many)}"

    @property
    def single(self) -> str:
        """One of them, without an article."""
        return self.text(False)

    def text(self, many: bool) -> str:
        """Return the words without an article."""
        return " ".join([*self.before, self.several if many else self.one, *joined(self.after)])


def joined(after: Sequence[Modifier]) -> list[str]:
    """Return modifiers in an order in which they are understood, with "and" where they are alike."""
    order = sorted(after, key=lambda one: (one.form is Form.BUT, one.nested, one.form.value))
    words: list[str] = []
    for before, modifier in zip((None, *order), order, strict=False):
        clauses = (Form.THAT, Form.WHOSE)
        alike = before is not None and (before.form is modifier.form or (before.form in clauses and modifier.form in clauses))
        words += ["and"] * (alike and modifier.form is not Form.BUT) + [modifier.text]
    return words


class NounPhrases:
    """Writes noun phrases, drawing wordings with a given random generator."""

    def __init__(self, algebra: Algebra, rng: random.Random) -> None:
        self._algebra, self._rng = algebra, rng
        self.comparer = Comparer(rng)

    def is_many(self, plan: SetPlan) -> bool:
        """Return whether a set is spoken of in the plural: mostly where it holds several."""
        if isinstance(plan, Extreme) and plan.size is None:
            return False
        return len(nodes_of(plan, self._algebra)) > 1 or self._rng.random() < 0.4

    def of(self, plan: SetPlan) -> Phrase:
        """Return the phrase of a set that is no single entity."""
        match plan:
            case Members(slot, kind):
                return Phrase(f"{{{slot.number}s}}", f"{{{slot.number}p}}", True, kind.person)
            case Reached(of, walk):
                return self._noun(plan, walk).with_after(self._reached(of, walk, self.is_many(plan)))
            case Narrowed(of, cls, conditions):
                return self._narrowed(self.of(of), cls, conditions)
            case Extreme():
                return self._extreme(plan)
            case Combined(Op.AND):
                return self._both(plan)
            case Combined(Op.OR):
                return self._either(plan)
            case Combined():
                return self._without(plan)
        raise ValueError(f"{plan} has no noun phrase")

    def inline(self, plan: SetPlan) -> tuple[str, bool]:
        """Return the words for a set inside others, and whether they hold modifiers."""
        rng = self._rng
        if isinstance(plan, Entity):
            return f"{{{plan.slot.number}}}", False
        if isinstance(plan, Combined) and isinstance(plan.one, Entity) and isinstance(plan.other, Entity):
            names = f"{{{plan.one.slot.number}}} or {{{plan.other.slot.number}}}"
            return (f"either {names}" if rng.random() < 0.3 else names), False
        if isinstance(plan, Reached) and (whole := self._lexical(plan)):
            return whole, True
        phrase = self.of(plan)
        return (phrase.bare if phrase.many and rng.random() < 0.5 else phrase.the), True

    def modifier(self, walk: WalkedRelation, words: str, many: bool, nested: bool = False) -> Modifier:
        """Return a modifier of what a relation reaches from what these words stand for."""
        fitting = [one for one in modifiers(walk) if one.fits(many)]
        return self._rng.choice(fitting).filled(words, nested)

    # --- insides
    def _noun(self, plan: SetPlan, walk: WalkedRelation) -> Phrase:
        kind, many = plan.kind, self.is_many(plan)
        if walk.between.shared and not walk.forward:
            return Phrase(*_THING, many, False)
        at = self._rng.randrange(len(kind.nouns)) if self._rng.random() < 0.5 else 0
        return Phrase(kind.nouns[at], kind.plurals[at], many, kind.person)

    def _reached(self, of: SetPlan, walk: WalkedRelation, many: bool) -> Modifier:
        words, nested = self.inline(of)
        return self.modifier(walk, words, many, nested)

    def _lexical(self, plan: Reached) -> str:
        """Return a phrase of the lexicon for what is reached, at random; "" for none."""
        words, forward = plan.walk.between.words, plan.walk.forward
        phrases = words.forward_phrases if forward else words.inverse_phrases
        if not phrases or self._rng.random() < 0.4 or (plan.walk.between.shared and not forward):
            return ""
        return self._rng.choice(phrases).replace("{x}", self.inline(plan.of)[0], 1)

    def _narrowed(self, phrase: Phrase, cls: Slot | None, conditions: Sequence[Condition]) -> Phrase:
        if cls is not None:
            assert cls.cls is not None
            phrase = replace(phrase, one=f"{{{cls.number}s}}", several=f"{{{cls.number}p}}", person=cls.cls.person)
        return phrase.with_after(self.comparer.modifier(conditions)) if conditions else phrase

    def _extreme(self, plan: Extreme) -> Phrase:
        base, many = self.of(plan.of), plan.size is not None
        base = replace(base, many=many, unique=True)
        if isinstance(plan.by, WalkedRelation):
            return self._busiest(base, plan.by, plan.how)
        size = () if plan.size is None else (f"{{{plan.size.number}}}",)
        ranked = self.comparer.ranked(plan.by.words, plan.how, many)
        if ranked.modifier is None:
            return replace(base, before=(*size, ranked.adjective, *base.before))
        top = ("top",) if size and plan.how == "max" and self._rng.random() < 0.5 else ()
        return replace(base, before=(*top, *size, *base.before)).with_after(ranked.modifier)

    def _busiest(self, base: Phrase, by: WalkedRelation, how: str) -> Phrase:
        """Return those with the most of what a relation leads to: what "the most films" lead back to."""
        back = WalkedRelation(by.between, not by.forward, -1)
        most = counted_most(how == "max", by.target.plurals[0])
        return base.with_after(self.modifier(back, most, base.many))

    def _both(self, plan: Combined) -> Phrase:
        one, other = plan.one, plan.other
        assert isinstance(one, Reached) and isinstance(other, Reached)
        phrase = self._noun(plan, one.walk)
        if one.walk is other.walk and self._rng.random() < 0.7:
            names = f"{self.inline(one.of)[0]} and {self.inline(other.of)[0]}"
            names = f"both {names}" if self._rng.random() < 0.6 else names
            return phrase.with_after(self.modifier(one.walk, names, phrase.many))
        return phrase.with_after(*(self._reached(part.of, part.walk, phrase.many) for part in (one, other)))

    def _either(self, plan: Combined) -> Phrase:
        one, other = plan.one, plan.other
        if isinstance(one, Members) and isinstance(other, Members):
            word = self._rng.choice(("and", "or"))
            texts = [f"{{{one.slot.number}{end}}} {word} {{{other.slot.number}{end}}}" for end in "sp"]
            return Phrase(texts[0], texts[1], True, one.kind.person)
        phrase = self.of(one)
        first, second = phrase.after[-1], self._second(other, phrase)
        words = replace(first, text=f"{first.text} or {second.text}", nested=True)
        return replace(phrase, after=(*phrase.after[:-1], words))

    def _second(self, other: SetPlan, phrase: Phrase) -> Modifier:
        """Return the modifier of the second set of a union, of the form of the first where it has one."""
        reached = other.of if isinstance(other, Narrowed) else other
        assert isinstance(reached, Reached)
        words, nested = self.inline(reached.of)
        fitting = [one for one in modifiers(reached.walk) if one.fits(phrase.many)]
        alike = [one for one in fitting if one.form is phrase.after[-1].form]
        return self._rng.choice(alike or fitting).filled(words, nested)

    def _without(self, plan: Combined) -> Phrase:
        rng, phrase = self._rng, self.of(plan.one)
        if isinstance(plan.other, Entity):
            return phrase.with_after(Modifier(f"{rng.choice(_EXCEPT)} {{{plan.other.slot.number}}}", Form.BUT))
        assert isinstance(plan.other, Reached)
        of, walk, variant = plan.other.of, plan.other.walk, rng.randrange(20)
        if isinstance(of, Members):
            plain = [one for one in modifiers(walk) if one.form in (Form.PLAIN, Form.WITH)]
            words = f"any {{{of.slot.number}s}}"
            return phrase.with_after(rng.choice(plain or modifiers(walk)).filled(words).negated(phrase.many, variant))
        return phrase.with_after(self._reached(of, walk, phrase.many).negated(phrase.many, variant))


def noun_of(kind: GraphClass, many: bool) -> str:
    """Return the first noun of a class."""
    return kind.plurals[0] if many else kind.nouns[0]


__all__ = ["NounPhrases", "Phrase", "Valued", "joined", "noun_of"]

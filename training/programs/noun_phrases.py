"""Noun phrases for the sets of a plan. What slots stand for is left as ``{3}``; of a class ``{3s}`` or ``{3p}``."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from clew.training.own_graph.sampling.plain_patterns import plural
from clew.training.programs.comparisons import Comparer, counted_most
from clew.training.programs.modifiers import Inner, Modifier, ModifierForm, filled, modifiers, takes
from clew.training.programs.phrase import NounNumber, NounPhrase, NoWording
from clew.training.programs.plan import (
    Combined,
    Condition,
    Dated,
    Entity,
    Extreme,
    Members,
    Narrowed,
    Reached,
    SetPlan,
)
from clew.training.programs.plan_values import nodes_of
from clew.training.programs.typed_graph import WalkedRelation
from clew.training.programs.wordings import wordings
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.tokens import Op

_EXCEPT = ("other than", "except", "besides", "apart from", "excluding", "aside from", "except for", "not counting",
           "but not", "leaving out")  # fmt: skip
_THING = ("thing", "things")


class NounPhrases:
    """Writes noun phrases, drawing wordings with a given random generator."""

    def __init__(self, algebra: Algebra, rng: random.Random) -> None:
        self._algebra, self._rng = algebra, rng
        self.comparer = Comparer(rng)

    def is_many(self, plan: SetPlan) -> bool:
        """Return whether a set is spoken of in the plural: mostly where it holds several."""
        if isinstance(plan, Extreme):
            return plan.size is not None
        return isinstance(plan, Members) or len(nodes_of(plan, self._algebra)) > 1 or self._rng.random() < 0.4

    def of(self, plan: SetPlan, number: NounNumber) -> NounPhrase:
        """Return the phrase of a set that is no single entity."""
        match plan:
            case Members(slot, kind):
                return NounPhrase(f"{{{slot.number}s}}", f"{{{slot.number}p}}", number.many, kind.person)
            case Reached(of, walk):
                return self._noun(plan, walk, number).with_after(self.modifier(walk, self.inline(of), number))
            case Narrowed(of):
                return self._narrowed(self.of(of, number), plan, number)
            case Dated(of, slot):
                phrase = self.of(of, number)
                return replace(phrase, after=(*phrase.after[:-1], phrase.after[-1].at_time(f"in {{{slot.number}}}")))
            case Extreme():
                return self._extreme(plan)
            case Combined(Op.AND):
                return self._both(plan, number)
            case Combined(Op.OR):
                return self._either(plan, number)
            case Combined():
                return self._without(plan, number)
        raise ValueError(f"{plan} has no noun phrase")

    def inline(self, plan: SetPlan) -> Inner:
        """Return the words for a set inside others."""
        rng = self._rng
        if isinstance(plan, Entity):
            return Inner(f"{{{plan.slot.number}}}")
        if isinstance(plan, Combined) and isinstance(plan.one, Entity) and isinstance(plan.other, Entity):
            names = self._two("or", plan.one, plan.other)
            return Inner(names, " of " in names)
        many = self.is_many(plan)
        if isinstance(plan, Reached) and (whole := self._lexical(plan, many)):
            return Inner(whole, True, many, _nouns(plan))
        phrase = self.of(plan, NounNumber(many))
        return Inner(phrase.bare if phrase.many and rng.random() < 0.5 else phrase.the, True, many, _nouns(plan))

    def modifier(self, walk: WalkedRelation, inner: Inner, number: NounNumber) -> Modifier:
        """Return a modifier of what a relation reaches from what these words stand for."""
        return self._rng.choice(self._fitting(walk, inner, number)).filled(inner)

    # --- insides
    def _fitting(self, walk: WalkedRelation, inner: Inner, number: NounNumber) -> list[Modifier]:
        vague = walk.between.shared and not walk.forward  # "things of {x}"
        known = [one for one in modifiers(walk) if not (vague and one.text.startswith("of "))]
        found = [one for one in known if number.suits(one) and takes(one.text, inner)]
        if not found:
            raise NoWording
        return found

    def _noun(self, plan: SetPlan, walk: WalkedRelation, number: NounNumber) -> NounPhrase:
        kind = plan.kind
        if walk.between.shared and not walk.forward:
            return NounPhrase(*_THING, number.many, False)
        at = self._rng.randrange(len(kind.nouns)) if self._rng.random() < 0.5 else 0
        return NounPhrase(kind.nouns[at], kind.plurals[at], number.many, kind.person)

    def _lexical(self, plan: Reached, many: bool) -> str:
        """Return a phrase of the lexicon for what is reached, at random; "" for none."""
        words, forward, kind = plan.walk.between.words, plan.walk.forward, plan.kind
        if self._rng.random() < 0.4 or (plan.walk.between.shared and not forward):
            return ""
        inner, starts = self.inline(plan.of), tuple(f"{noun} " for noun in (kind.plurals if many else kind.nouns))
        phrases = words.forward_phrases if forward else words.inverse_phrases
        fitting = [text for text in phrases if takes(text, inner) and text.removeprefix("the ").startswith(starts)]
        return filled(self._rng.choice(fitting), inner) if fitting else ""

    def _narrowed(self, phrase: NounPhrase, plan: Narrowed, number: NounNumber) -> NounPhrase:
        cls, conditions = plan.cls, plan.conditions
        if cls is not None:
            assert cls.cls is not None
            phrase = replace(phrase, one=f"{{{cls.number}s}}", several=f"{{{cls.number}p}}", person=cls.cls.person)
        return phrase.with_after(self._condition(conditions, number)) if conditions else phrase

    def _condition(self, conditions: Sequence[Condition], number: NounNumber) -> Modifier:
        """Return the modifier of a condition; "that have" at times, instead of "with"."""
        found = self.comparer.modifier(conditions)
        if found.form is not ModifierForm.WITH or number.also or self._rng.random() < 0.7:
            return found
        return replace(found, text=f"that {found.predicate(number.many)}", form=ModifierForm.THAT)

    def _extreme(self, plan: Extreme) -> NounPhrase:
        many = plan.size is not None
        base = replace(self.of(plan.of, NounNumber(many)), unique=True)
        if isinstance(plan.by, WalkedRelation):
            return self._busiest(base, plan.by, plan.how)
        size = () if plan.size is None else (f"{{{plan.size.number}}}",)
        ranked = self.comparer.ranked(plan.by.words, plan.how, many)
        top = ("top",) if size and plan.how == "max" and self._rng.random() < 0.4 else ()
        if ranked.modifier is None:
            return replace(base, before=(*top, *size, ranked.adjective, *base.before))
        return replace(base, before=(*top, *size, *base.before)).with_after(ranked.modifier)

    def _busiest(self, base: NounPhrase, by: WalkedRelation, how: str) -> NounPhrase:
        """Return those with the most of what a relation leads to: what "the most films" lead back to."""
        rng, most = self._rng, how == "max"
        if by.forward and rng.random() < 0.7:
            nouns = counted_most(most, plural(rng.choice(by.between.words.nouns)), rng)
            return base.with_after(Modifier(f"with {nouns}", ModifierForm.WITH))
        inner = Inner(counted_most(most, rng.choice(by.target.plurals), rng), False, True)
        fitting = self._fitting(WalkedRelation(by.between, not by.forward, -1), inner, NounNumber(base.many))
        named = tuple(f"{noun} {{x}}" for noun in (*by.target.nouns, *by.target.plurals))
        clear = [
            one
            for one in fitting
            if one.form in (ModifierForm.PLAIN, ModifierForm.THAT) and not one.text.endswith(named)
        ]
        if not clear:
            raise NoWording
        return base.with_after(rng.choice(clear).filled(inner))

    def _both(self, plan: Combined, number: NounNumber) -> NounPhrase:
        one, other = plan.one, plan.other
        assert isinstance(one, Reached)
        assert isinstance(other, Reached)
        phrase = self._noun(plan, one.walk, number)
        if one.walk is other.walk and self._rng.random() < 0.7:
            names = self._two("and", one.of, other.of)
            return phrase.with_after(self.modifier(one.walk, Inner(names, False, True), number))
        first, second = (self.modifier(part.walk, self.inline(part.of), number) for part in (one, other))
        return phrase.with_after(first, second.too() if self._rng.random() < 0.25 else second)

    def _two(self, join: str, one: SetPlan, other: SetPlan) -> str:
        """Return the words for two entities: "both {0} and {1}"."""
        assert isinstance(one, Entity)
        assert isinstance(other, Entity)
        text = self._rng.choice(wordings("entities")[join])
        return text.replace("{a}", f"{{{one.slot.number}}}").replace("{b}", f"{{{other.slot.number}}}")

    def _either(self, plan: Combined, number: NounNumber) -> NounPhrase:
        one, other = plan.one, plan.other
        if isinstance(one, Members) and isinstance(other, Members):
            word = self._rng.choice(("and", "or") if number.many else ("or",))
            texts = [f"{{{one.slot.number}{end}}} {word} {{{other.slot.number}{end}}}" for end in "sp"]
            return NounPhrase(texts[0], texts[1], number.many, one.kind.person)
        phrase = self.of(one, number)
        first, second = phrase.after[-1], self._second(other, phrase, number)
        return replace(phrase, after=(*phrase.after[:-1], _or(first, second)))

    def _second(self, other: SetPlan, phrase: NounPhrase, number: NounNumber) -> Modifier:
        """Return the modifier of the second set of a union, of the form of the first where it has one."""
        reached = other.of if isinstance(other, Narrowed) else other
        assert isinstance(reached, Reached)
        inner = self.inline(reached.of)
        fitting = self._fitting(reached.walk, inner, number)
        alike = [one for one in fitting if one.form is phrase.after[-1].form]
        return self._rng.choice(alike or fitting).filled(inner)

    def _without(self, plan: Combined, number: NounNumber) -> NounPhrase:
        rng, phrase = self._rng, self.of(plan.one, number)
        if isinstance(plan.other, Entity):
            return phrase.with_after(Modifier(f"{rng.choice(_EXCEPT)} {{{plan.other.slot.number}}}", ModifierForm.BUT))
        assert isinstance(plan.other, Reached)
        of, walk, variant = plan.other.of, plan.other.walk, rng.randrange(20)
        if isinstance(of, Members):
            return phrase.with_after(self._without_any(Inner(f"any {{{of.slot.number}s}}"), walk, number))
        return phrase.with_after(self.modifier(walk, self.inline(of), number).negated(number.many, variant))

    def _without_any(self, inner: Inner, walk: WalkedRelation, number: NounNumber) -> Modifier:
        """Return "not written by any author", "without any author"."""
        if not walk.forward and self._rng.random() < 0.5:
            return Modifier(f"without {inner.words}", ModifierForm.PLAIN)
        fitting = self._fitting(walk, inner, number)
        plain = [
            one
            for one in fitting
            if one.form in (ModifierForm.PLAIN, ModifierForm.WITH) and not _NAMED.search(one.text)
        ]
        if not plain:
            raise NoWording
        return self._rng.choice(plain).filled(inner).negated(number.many, self._rng.randrange(20))


def _or(first: Modifier, second: Modifier) -> Modifier:
    """Return two modifiers of a union as one; what both begin with is said once."""
    form = first.form if first.form is second.form else ModifierForm.WHOSE
    start, _, rest = second.text.partition(" ")
    shared = form in (ModifierForm.WITH, ModifierForm.THAT) and first.text.startswith(f"{start} ")
    once = shared and not (first.of_object or second.of_object)
    return replace(first, text=f"{first.text} or {rest if once else second.text}", form=form, nested=True)


def _nouns(plan: SetPlan) -> tuple[str, ...]:
    return (*plan.kind.nouns, *plan.kind.plurals)


_NAMED = re.compile(r"(?:with \S+|of) \{x\}")
"""What does not take "any": "with director {x}", "of {x}"."""

"""Words a plan as a question."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from clew.training.own_graph.sampling.plain_patterns import plural
from clew.training.programs.modifiers import Form
from clew.training.programs.noun_phrases import NounPhrases, Phrase
from clew.training.programs.plan import (
    Combined,
    Entity,
    Extreme,
    Grouped,
    Narrowed,
    Plan,
    Reached,
    SetPlan,
    Tabled,
    Total,
    Valued,
    Versus,
    Whether,
)
from clew.training.programs.typed_graph import ClassAttribute, GraphClass, WalkedRelation
from clew.training.programs.wordings import wordings
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.tokens import Op

DIRECT = 0.65
"""Share of the chains that are asked for as the lexicon has it, and not by a noun phrase."""


class Verbaliser:
    """Writes questions for plans over one graph. The same generator gives the same words."""

    def __init__(self, algebra: Algebra, rng: random.Random) -> None:
        self._rng, self._phrases = rng, NounPhrases(algebra, rng)

    def question(self, plan: Plan) -> str:
        """Return the words of a question; slots are left as ``{3}``, ``{3s}`` and ``{3p}``."""
        match plan:
            case Total(Op.COUNT, of):
                return self._counted(self._phrases.of(of))
            case Total(op, of, attribute):
                return self._totalled(op, self._phrases.of(of), attribute)
            case Whether(of, None):
                return self._any(self._phrases.of(of))
            case Whether(of, Entity() as one):
                return self._member(of, one)
            case Versus():
                return self._versus(plan)
            case Tabled(of, columns):
                return self._tabled(of, columns)
            case Grouped():
                return self._grouped(plan)
            case Valued(of, attribute):
                return self._valued(of, attribute)
            case Extreme(Combined(Op.OR, Entity() as one, Entity() as other), ClassAttribute() as by, how):
                return self._picked(one, other, by, how)
        return self._set(plan)

    # --- sets
    def _set(self, plan: SetPlan) -> str:
        direct = self._direct(plan) if self._rng.random() < DIRECT else ""
        return direct or self._listed(self._phrases.of(plan))

    def _direct(self, plan: SetPlan) -> str:
        """Return a question of the lexicon for what is reached, of a class or at a time where the plan says so; "" for
        none."""
        match plan:
            case Reached(_, walk) if not (walk.between.shared and not walk.forward):
                return self._lexical(plan)
            case Narrowed(Reached() as reached, cls, ()) if cls is not None and cls.cls is not None:
                return _of_class(self._lexical(reached), reached.kind, f"{{{cls.number}", self._rng)
            case Narrowed(Reached() as reached, None, conditions) if _is_start(conditions[0].attribute, reached):
                asked = self._lexical(reached)
                return f"{asked} {self._phrases.comparer.time(conditions)}" if _takes_time(asked) else ""
        return ""

    def _lexical(self, plan: Reached) -> str:
        rng, words, forward = self._rng, plan.walk.between.words, plan.walk.forward
        direct = words.forward_questions if forward else words.inverse_questions
        clauses = words.clauses if forward else words.inverse_clauses
        inner = self._phrases.inline(plan.of)[0]
        if not isinstance(plan.of, Entity) and clauses and rng.random() < 0.8:
            return rng.choice(clauses).replace("{np}", inner, 1)
        return rng.choice(direct).replace("{x}", inner, 1) if direct else ""

    def _listed(self, phrase: Phrase) -> str:
        rng = self._rng
        asked = self._clause(phrase) if rng.random() < 0.45 else ""
        if asked:
            return asked
        forms = wordings("lists")
        choices = forms["several" if phrase.many and not phrase.unique else "one"]
        if phrase.person and rng.random() < 0.4:
            choices = [text for text in forms["people"] if (" are " in text or " were " in text) is phrase.many]
        if phrase.unique and phrase.many:
            choices = [text for text in forms["several"] if "{the}" in text]
        return self._filled(rng.choice(choices), phrase)

    def _clause(self, phrase: Phrase) -> str:
        """Return "which films were directed by {0}", "what was directed by {0}"; "" where no modifier says it so."""
        rng = self._rng
        if not phrase.after or phrase.before:
            return ""
        *others, last = phrase.after
        predicate = last.predicate(phrase.many)
        if not predicate or any(one.form is Form.BUT for one in others):
            return ""
        if not others and "{" not in phrase.one and rng.random() < 0.15 and (single := last.predicate(False)):
            return f"{'who' if phrase.person else 'what'} {single}"
        noun = replace(phrase, after=tuple(others)).text(phrase.many)
        which = rng.choice(("which", "which", "what", "which of the" if phrase.many else "which"))
        return f"{which} {noun} {predicate}"

    # --- numbers, truth values
    def _counted(self, phrase: Phrase) -> str:
        *others, last = phrase.after or (None,)
        predicate = last.predicate(True) if last is not None and not phrase.before else ""
        if predicate and self._rng.random() < 0.5:
            nouns = replace(phrase, after=tuple(one for one in others if one)).text(True)
            return self._choose("counting", "clause").replace("{nouns}", nouns).replace("{predicate}", predicate)
        return self._filled(self._choose("counting", "plain"), phrase)

    def _totalled(self, op: Op, phrase: Phrase, attribute: ClassAttribute | None) -> str:
        assert attribute is not None
        text = self._choose("totals", "sum" if op is Op.SUM else "average")
        return self._filled(text, phrase, noun=self._rng.choice(attribute.words.nouns))

    def _any(self, phrase: Phrase) -> str:
        return self._filled(self._choose("asking", "any"), phrase)

    def _member(self, of: SetPlan, one: Entity) -> str:
        rng, phrase, name = self._rng, self._phrases.of(of), f"{{{one.slot.number}}}"
        last = phrase.after[-1] if len(phrase.after) == 1 and "{" not in phrase.one else None
        if last is not None and last.form is Form.PLAIN and rng.random() < 0.8:
            return self._choose("asking", "fits").replace("{e}", name).replace("{plain}", last.text)
        if last is not None and last.form is Form.WITH and rng.random() < 0.8:
            rest = last.text.removeprefix("with ")
            return self._choose("asking", "has").replace("{e}", name).replace("{rest}", rest)
        if not phrase.after:
            return rng.choice(("is {e} a {single}", "{e} is a {single}, right")).replace("{e}", name).replace(
                "{single}", phrase.single
            )
        return self._filled(self._choose("asking", "member"), phrase, e=name)

    def _versus(self, plan: Versus) -> str:
        text = self._compared("versus", plan.attribute, plan.how == ">", plan.one.kind)
        return _named(text, plan.one, plan.other)

    def _picked(self, one: Entity, other: Entity, by: ClassAttribute, how: str) -> str:
        return _named(self._compared("picking", by, how == "max", one.kind), one, other)

    def _compared(self, table: str, attribute: ClassAttribute, more: bool, kind: GraphClass) -> str:
        """Return a question that compares two entities by an attribute."""
        rng, words, forms = self._rng, attribute.words, wordings(table)
        adjectives = words.more if more else words.less
        if adjectives and rng.random() < 0.6:
            people = kind.person and "people" in forms and rng.random() < 0.7
            return rng.choice(forms["people" if people else "comparative"]).replace("{more}", rng.choice(adjectives))
        if words.participles and rng.random() < 0.7:
            return rng.choice(forms["later" if more else "earlier"]).replace("{participle}", rng.choice(words.participles))
        key = ("time_" if words.time else "") + ("more" if more else "less")
        return rng.choice(forms[key]).replace("{noun}", rng.choice(words.nouns))

    # --- tables
    def _tabled(self, of: SetPlan, columns: Sequence[ClassAttribute | WalkedRelation]) -> str:
        one = isinstance(of, Entity)
        names = " and ".join(self._column(column, many=not one) for column in columns)
        if isinstance(of, Entity):
            return self._choose("columns", "one").replace("{columns}", names).replace("{e}", f"{{{of.slot.number}}}")
        return self._filled(self._choose("columns", "several"), self._phrases.of(of), columns=names)

    def _column(self, column: ClassAttribute | WalkedRelation, many: bool) -> str:
        nouns = column.between.words.nouns if isinstance(column, WalkedRelation) else column.words.nouns
        noun = self._rng.choice(nouns[:2])
        return plural(noun) if many and self._rng.random() < 0.5 else noun

    def _grouped(self, plan: Grouped) -> str:
        key = {Op.COUNT: "count", Op.SUM: "sum"}.get(plan.op, "average")
        noun = self._rng.choice(plan.attribute.words.nouns) if plan.attribute else ""
        group = self._rng.choice(plan.by.between.words.nouns[:2])
        return self._filled(self._choose("grouping", key), self._phrases.of(plan.of), noun=noun, group=group)

    def _valued(self, of: SetPlan, attribute: ClassAttribute) -> str:
        rng, words = self._rng, attribute.words
        inner, _ = self._phrases.inline(of)
        many = not isinstance(of, Entity) and self._phrases.is_many(of)
        if words.questions and not many and rng.random() < 0.7:
            return rng.choice(words.questions).replace("{x}", inner, 1)
        noun = plural(words.nouns[0]) if many else rng.choice(words.nouns)
        be = "are" if many else "is"
        return rng.choice((f"what {be} the {noun} of {inner}", f"{noun} of {inner}", f"give me the {noun} of {inner}",
                           f"the {noun} of {inner}"))  # fmt: skip

    # --- insides
    def _choose(self, table: str, form: str) -> str:
        return self._rng.choice(wordings(table)[form])

    def _filled(self, text: str, phrase: Phrase, **words: str) -> str:
        """Return a wording with the forms of a phrase that it asks for."""
        for name, word in words.items():
            text = text.replace(f"{{{name}}}", word)
        for name, form in (("{bare}", phrase.bare), ("{the}", phrase.the), ("{single}", phrase.single)):
            text = text.replace(name, form, 1)
        return text


def _named(text: str, one: Entity, other: Entity) -> str:
    return text.replace("{a}", f"{{{one.slot.number}}}").replace("{b}", f"{{{other.slot.number}}}")


def _of_class(asked: str, kind: GraphClass, slot: str, rng: random.Random) -> str:
    """Return a question that names a class by its slot instead of the noun; "" where it does not name it once."""
    nouns = sorted((*kind.nouns, *kind.plurals), key=len, reverse=True)
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, nouns))})\b")
    if len(pattern.findall(asked)) != 1:
        return ""
    return pattern.sub(lambda match: slot + ("p" if match.group() in kind.plurals else "s") + "}", asked)


def _is_start(attribute: ClassAttribute, reached: Reached) -> bool:
    """Return whether "after 1990" alone says which attribute is meant: when things were made."""
    words = attribute.words
    return words.time and bool(words.most) and not reached.walk.forward and not reached.walk.between.shared


def _takes_time(asked: str) -> bool:
    return asked.startswith(("which", "what")) and not asked.endswith((" of", " what", " which"))

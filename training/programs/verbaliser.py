"""Words a plan as a question."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from clew.training.own_graph.sampling.plain_patterns import plural
from clew.training.programs.modifiers import ModifierForm, filled, in_the_past, takes
from clew.training.programs.noun_phrases import NounPhrases
from clew.training.programs.phrase import NounNumber, NounPhrase
from clew.training.programs.plan import (
    Combined,
    CountedColumn,
    Dated,
    Entity,
    Extreme,
    Grouped,
    Members,
    Narrowed,
    Plan,
    PlanColumn,
    Reached,
    SetPlan,
    Slot,
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

_SEVERAL = re.compile(r"\b(are|were)\b")
_OF_THINGS = ("what is {the}", "what are {the}", "which is", "which are", "what's", "what was")
DIRECT = 0.65
"""Share of the chains that are asked for as the lexicon has it, and not by a noun phrase."""


class Verbaliser:
    """Writes questions for plans over one graph. The same generator gives the same words."""

    def __init__(self, algebra: Algebra, rng: random.Random) -> None:
        self._rng, self._phrases = rng, NounPhrases(algebra, rng)

    def question(self, plan: Plan) -> str:
        """Return the words of a question; slots are left as ``{3}``, ``{3s}`` and ``{3p}``.

        Raises:
            NoWording: the lexicon has no words for the plan.
        """
        return self._asked(plan).replace("the the ", "the ")

    def _asked(self, plan: Plan) -> str:
        match plan:
            case Total(Op.COUNT, of):
                return self._counted(of)
            case Total(_, of, _, more) if more:
                return self._filled(wordings("totals")["several"], of, True, totals=self._totals(plan))
            case Total(op, of, attribute):
                form = "sum" if op is Op.SUM else "average"
                return self._filled(wordings("totals")[form], of, True, noun=self._noun_of(attribute))
            case Whether(of, one):
                return self._filled(wordings("asking")["any"], of, True) if one is None else self._member(of, one)
            case Versus():
                return self._versus(plan)
            case Tabled(Extreme() as of, (CountedColumn(),)):
                return self._set(of) + self._choose("asked behind", "how many")
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
        return direct or self._listed(plan)

    def _direct(self, plan: SetPlan) -> str:
        """Return a question of the lexicon for what is reached, of a class or at a time where the plan says so; "" for
        none."""
        match plan:
            case Reached(_, walk) if not (walk.between.shared and not walk.forward):
                return self._lexical(plan)
            case Dated(of, slot):
                asked = self._lexical(of)
                return f"{in_the_past(asked)} in {{{slot.number}}}" if _takes_time(asked) else ""
            case Narrowed(Reached() as reached, cls, ()) if cls is not None:
                return _of_class(self._lexical(reached), reached.kind, cls)
            case Narrowed(Reached() as reached, None, conditions) if _is_start(conditions[0].attribute, reached):
                asked = self._lexical(reached)
                return f"{asked} {self._phrases.comparer.time(conditions)}" if _takes_time(asked) else ""
        return ""

    def _lexical(self, plan: Reached) -> str:
        rng, words, forward = self._rng, plan.walk.between.words, plan.walk.forward
        direct = words.forward_questions if forward else words.inverse_questions
        clauses = words.clauses if forward else words.inverse_clauses
        inner = self._phrases.inline(plan.of)
        if inner.plural and clauses:
            return rng.choice(clauses).replace("{np}", inner.words, 1)
        fitting = [text for text in direct if takes(text, inner)]
        return filled(rng.choice(fitting), inner) if fitting else ""

    def _listed(self, plan: SetPlan) -> str:
        rng, forms, many = self._rng, wordings("lists"), self._phrases.is_many(plan)
        phrase = self._phrases.of(plan, NounNumber(many))
        ranked = isinstance(plan, Extreme) and phrase.before
        asked = (self._ranked(phrase) if ranked else self._clause(phrase)) if rng.random() < 0.45 else ""
        if asked:
            return asked
        choices = forms["several" if many else "one"]
        if phrase.person:
            people = tuple(text for text in forms["people"] if bool(_SEVERAL.search(text)) is many)
            choices = people if rng.random() < 0.4 else tuple(t for t in choices if not t.startswith(_OF_THINGS))
        if phrase.unique and many:
            choices = tuple(text for text in forms["several"] if "{the}" in text)
        return _with(rng.choice(choices), phrase)

    def _ranked(self, phrase: NounPhrase) -> str:
        """Return "which film is the oldest", "which three films are the oldest"; "" where a modifier ranks them."""
        *size, adjective = phrase.before
        if len(size) > 1 or "{" in adjective:
            return ""
        plain = replace(phrase, before=())
        text = self._choose("superlatives", "sized" if size else "one").replace("{adjective}", adjective)
        text = text.replace("{size}", "".join(size))
        return text.replace("{several}", plain.text(True)).replace("{single}", plain.text(False))

    def _clause(self, phrase: NounPhrase) -> str:
        """Return "which films were directed by {0}", "what was directed by {0}"; "" where no modifier says it so."""
        rng = self._rng
        if not phrase.after or phrase.before:
            return ""
        *others, last = phrase.after
        predicate = last.predicate(phrase.many)
        if not predicate or any(one.form is ModifierForm.BUT or one.nested for one in others):
            return ""
        if not others and "{" not in phrase.one and rng.random() < 0.15 and (single := last.predicate(False)):
            return f"{'who' if phrase.person else 'what'} {single}"
        noun = replace(phrase, after=tuple(others)).text(phrase.many)
        which = rng.choice(("which", "which", "what", "which of the" if phrase.many else "which"))
        return f"{which} {noun} {predicate}"

    # --- numbers, truth values
    def _counted(self, of: SetPlan) -> str:
        phrase = self._phrases.of(of, NounNumber(True))
        last = phrase.after[-1] if phrase.after and not phrase.before else None
        predicate = last.predicate(True) if last is not None else ""
        if predicate and self._rng.random() < 0.6:
            nouns = replace(phrase, after=phrase.after[:-1]).text(True)
            return self._choose("counting", "clause").replace("{nouns}", nouns).replace("{predicate}", predicate)
        return _with(self._choose("counting", "plain"), phrase)

    def _member(self, of: SetPlan, one: Entity) -> str:
        rng, name = self._rng, f"{{{one.slot.number}}}"
        if isinstance(of, Members):
            return self._filled(wordings("asking")["kind"], of, False, e=name)
        phrase = self._phrases.of(of, NounNumber(True))
        last = phrase.after[-1] if len(phrase.after) == 1 and "{" not in phrase.one else None
        be, _, plain = last.predicate(False).partition(" ") if last is not None else ("", "", "")
        if last is not None and last.form is ModifierForm.PLAIN and plain and rng.random() < 0.85:
            return self._choose("asking", "fits").replace("{e}", name).replace("{be}", be).replace("{plain}", plain)
        if last is not None and last.form is ModifierForm.WITH and rng.random() < 0.85:
            rest = last.text.removeprefix("with ")
            return self._choose("asking", "has").replace("{e}", name).replace("{rest}", rest)
        return _with(self._choose("asking", "member").replace("{e}", name), phrase)

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
            return rng.choice(forms["later" if more else "earlier"]).replace(
                "{participle}", rng.choice(words.participles)
            )
        key = ("time_" if words.time else "") + ("more" if more else "less")
        return rng.choice(forms[key]).replace("{noun}", rng.choice(words.nouns))

    # --- tables
    def _tabled(self, of: SetPlan, columns: Sequence[PlanColumn]) -> str:
        one = isinstance(of, Entity)
        names = " and ".join(self._column(column, many=not one) for column in columns)
        if isinstance(of, Entity):
            return self._choose("columns", "one").replace("{columns}", names).replace("{e}", f"{{{of.slot.number}}}")
        return self._filled(wordings("columns")["several"], of, True, columns=names)

    def _column(self, column: PlanColumn, many: bool) -> str:
        if isinstance(column, CountedColumn):
            return f"number of {self._rng.choice(column.walk.target.plurals)}"
        nouns = column.between.words.nouns if isinstance(column, WalkedRelation) else column.words.nouns
        noun = self._rng.choice(nouns[:2])
        return plural(noun) if many and " or " not in noun and self._rng.random() < 0.5 else noun

    def _grouped(self, plan: Grouped) -> str:
        group = self._rng.choice(plan.by.between.words.nouns[:2])
        if plan.more or plan.op in (Op.MIN, Op.MAX):
            totals = self._totals(plan)
            return self._filled(wordings("grouping")["several"], plan.of, True, totals=totals, group=group)
        key = {Op.COUNT: "count", Op.SUM: "sum"}.get(plan.op, "average")
        noun = self._noun_of(plan.attribute) if plan.attribute else ""
        return self._filled(wordings("grouping")[key], plan.of, True, noun=noun, group=group)

    def _totals(self, plan: Total | Grouped) -> str:
        """Return the words for several totals: an attribute that they share is said once, behind them."""
        assert plan.attribute is not None
        rng, every = self._rng, [(plan.op, plan.attribute), *plan.more]
        named = [rng.choice(wordings("total words")[op.value]) for op, _ in every]
        if len({attribute.relation for _, attribute in every}) > 1:
            named = [f"{word} {self._noun_of(of)}" for word, (_, of) in zip(named, every, strict=True)]
            noun = ""
        else:
            noun = f" {self._noun_of(plan.attribute)}"
        the = rng.choice((" and ", " and ", " and the "))
        return f"{', '.join(named[:-1])}{the if len(named) > 1 else ''}{named[-1]}{noun}"

    def _valued(self, of: SetPlan, attribute: ClassAttribute) -> str:
        rng, words, inner = self._rng, attribute.words, self._phrases.inline(of)
        fitting = [text for text in words.questions if takes(text, inner)]
        if fitting and not inner.plural and rng.random() < 0.7:
            return filled(rng.choice(fitting), inner)
        noun = plural(words.nouns[0]) if inner.plural else rng.choice(words.nouns)
        be = "are" if inner.plural else "is"
        return rng.choice((f"what {be} the {noun} of {inner.words}", f"{noun} of {inner.words}",
                           f"give me the {noun} of {inner.words}", f"the {noun} of {inner.words}"))  # fmt: skip

    # --- insides
    def _choose(self, table: str, form: str) -> str:
        return self._rng.choice(wordings(table)[form])

    def _noun_of(self, attribute: ClassAttribute | None) -> str:
        assert attribute is not None
        return self._rng.choice(attribute.words.nouns)

    def _filled(self, choices: Sequence[str], of: SetPlan, many: bool, **words: str) -> str:
        """Return a wording with a phrase in the forms that it asks for."""
        text = self._rng.choice(choices)
        also = ("{single}" in text) if many else ("{bare}" in text)
        phrase = self._phrases.of(of, NounNumber(many, also))
        for name, word in words.items():
            text = text.replace(f"{{{name}}}", word)
        return _with(text, phrase)


def _with(text: str, phrase: NounPhrase) -> str:
    """Return a wording with the forms of a phrase for their names."""
    for name, form in (("{bare}", phrase.bare), ("{the}", phrase.the), ("{single}", phrase.single)):
        text = text.replace(name, form, 1)
    return text


def _named(text: str, one: Entity, other: Entity) -> str:
    return text.replace("{a}", f"{{{one.slot.number}}}").replace("{b}", f"{{{other.slot.number}}}")


def _of_class(asked: str, kind: GraphClass, cls: Slot) -> str:
    """Return a question that names a class by its slot instead of the noun; "" where it does not name it once."""
    nouns = sorted((*kind.nouns, *kind.plurals), key=len, reverse=True)
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, nouns))})\b")
    if len(pattern.findall(asked)) != 1:
        return ""
    return pattern.sub(lambda match: f"{{{cls.number}{'p' if match.group() in kind.plurals else 's'}}}", asked)


def _is_start(attribute: ClassAttribute, reached: Reached) -> bool:
    """Return whether "after 1990" alone says which attribute is meant: when things were made."""
    words = attribute.words
    walk = reached.walk
    plain = not (walk.forward or walk.between.shared or walk.between.dated or attribute.owner.person)
    return words.time and bool(words.most) and plain


def _takes_time(asked: str) -> bool:
    return asked.startswith(("which", "what", "who")) and not asked.endswith((" of", " what", " which"))

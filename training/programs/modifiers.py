"""Modifiers: what follows a noun and says which of its things are meant ("directed by {x}", "that {x} made")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import lru_cache

from clew.training.own_graph.sampling.plain_patterns import PREPOSITIONS, plural
from clew.training.programs.typed_graph import WalkedRelation
from clew.training.synthetic.lexicon import LexicalRelation


class ModifierForm(Enum):
    """How a modifier is built: a participle, an adjective or a preposition; "with"; a relative clause; "whose"; an
    exception ("other than ...")."""

    PLAIN = auto()
    WITH = auto()
    THAT = auto()
    WHOSE = auto()
    BUT = auto()


@dataclass(frozen=True, slots=True)
class Inner:
    """What stands for ``{x}``: its words, whether they hold modifiers, whether their verb is in the plural, and the
    nouns that they begin with."""

    words: str
    nested: bool = False
    plural: bool = False
    nouns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Modifier:
    """A modifier in words. ``one``, ``several``: whether it fits one thing, and several. ``nested``: whether it holds
    modifiers of its own, so that what comes after it would seem to belong to them; ``of_object``: whether it is a
    clause with another subject ("that {x} made")."""

    text: str
    form: ModifierForm
    one: bool = True
    several: bool = True
    nested: bool = False
    of_object: bool = False

    def filled(self, inner: Inner) -> Modifier:
        """Return the modifier with words for ``{x}``."""
        return replace(self, text=filled(self.text, inner), nested=inner.nested)

    def fits(self, many: bool) -> bool:
        """Return whether it can follow a noun in the plural, or in the singular."""
        return self.several if many else self.one

    def too(self) -> Modifier:
        """Return the modifier as a further one: "that also ..." where it is a clause."""
        start, _, rest = self.text.partition(" ")
        fits = self.form is ModifierForm.THAT and not self.of_object and not rest.startswith(_BE)
        return replace(self, text=f"{start} also {rest}") if fits else self

    def at_time(self, when: str) -> Modifier:
        """Return the modifier with a time: "led by {0} in 1990"."""
        return replace(self, text=f"{in_the_past(self.text)} {when}")

    def predicate(self, many: bool) -> str:
        """Return the same as what follows "which films"; "" where it cannot be said so."""
        if self.form is ModifierForm.PLAIN:
            first = self.text.partition(" ")[0]
            return "" if first in _NOT_PREDICATES else f"{_be(self.text, many)} {self.text}"
        if self.form is ModifierForm.WITH:
            return f"{'have' if many else 'has'} {self.text.removeprefix('with ')}"
        if self.form is ModifierForm.THAT and self.fits(many) and not self.of_object:
            return self.text.partition(" ")[2]
        return ""

    def negated(self, many: bool, variant: int) -> Modifier:
        """Return the opposite; ``variant`` chooses among the ways to say it."""
        made = _negations(self.text, self.form, many)
        if not made:
            outside = ("but not those", "except those", "other than those", "excluding those", "but not the ones",
                       "apart from those", "leaving out those")  # fmt: skip
            return replace(self, text=f"{outside[variant % len(outside)]} {self.text}", form=ModifierForm.BUT)
        text, form = made[variant % len(made)]
        return replace(self, text=text, form=form)


_RELATIVE = ("that", "who", "which")
_AGREEMENT = {"is": "are", "was": "were", "has": "have", "does": "do"}
_PAST = {"is": "was", "are": "were", "does": "did", "do": "did", "has": "had", "have": "had"}
_PRESENT = re.compile(rf"\b({'|'.join(_PAST)})\b")
_VERB_AFTER = re.compile(r"\{x\} (is|was|has|does)\b")
_VERB_BEFORE = re.compile(r"(?<!that )\b(is|was|does) \{x\}(?= \w)")
_VERB_FOR_ONE = re.compile(r"\{x\} (?!(?:is|was|has|does|as|its|his|across|towards|plus)\b)\w+s\b|\{x\}'s")
_STATES = (
    "located", "based", "situated", "associated", "connected", "linked", "known", "listed", "named", "classified",
    "used", "headquartered", "owned", "registered", "related", "called", "made of", "found in", "spoken", "filed",
)  # fmt: skip
_BE = ("is ", "are ", "was ", "were ", "has ", "have ")
_NOT_PREDICATES = ("of", "to", "into", "as", "with")
_IRREGULAR = frozenset((
    "won", "dug", "bred", "fed", "hurt", "lit", "shut", "slain", "spun", "torn", "bound",
    "made", "wrote", "led", "ran", "took", "gave", "held", "built", "found", "began", "sang", "sold",
    "bought", "taught", "drew", "flew", "fought", "met", "paid", "read", "said", "sent", "set", "shot", "spoke",
    "spent", "stood", "swam", "told", "thought", "wore", "beat", "became", "bore", "broke", "brought", "caught",
    "chose", "came", "cut", "dealt", "did", "drank", "drove", "fell", "felt", "got", "grew", "had", "heard", "hit",
    "hid", "hung", "kept", "knew", "laid", "left", "lent", "let", "lost", "meant", "put", "rode", "rose", "saw",
    "sat", "slept", "stole", "struck", "swore", "threw", "underwent", "understood", "went", "wove",
))  # fmt: skip


def takes(pattern: str, inner: Inner) -> bool:
    """Return whether a pattern can hold these words: longer ones at its end, several only where no verb is for one."""
    if inner.plural and _VERB_FOR_ONE.search(pattern):
        return False
    return not inner.nested or (
        pattern.endswith("{x}") and not pattern.endswith(tuple(f"{n} {{x}}" for n in inner.nouns))
    )


def filled(pattern: str, inner: Inner) -> str:
    """Return a pattern with words for ``{x}``, the verb beside them in their number."""
    if inner.plural and inner.nested and pattern.endswith(" is {x}"):
        return pattern.replace("{x}", f"one of the {inner.words.removeprefix('the ')}")
    if inner.plural:
        pattern = _VERB_AFTER.sub(lambda match: "{x} " + _AGREEMENT[match.group(1)], pattern)
        pattern = _VERB_BEFORE.sub(lambda match: _AGREEMENT[match.group(1)] + " {x}", pattern)
    return pattern.replace("{x}", inner.words, 1)


def in_the_past(text: str) -> str:
    """Return words with the auxiliary verbs of the past."""
    return _PRESENT.sub(lambda match: _PAST[match.group()], text)


def modifiers(walk: WalkedRelation) -> tuple[Modifier, ...]:
    """Return the modifiers of what a relation reaches; ``{x}`` is what it leaves."""
    return _modifiers(walk.between.words, walk.forward, walk.target.nouns, walk.target.plurals)


@lru_cache(maxsize=20_000)
def _modifiers(
    words: LexicalRelation, forward: bool, nouns: tuple[str, ...], plurals: tuple[str, ...]
) -> tuple[Modifier, ...]:
    phrases = words.forward_phrases if forward else words.inverse_phrases
    found = [
        *_parsed(phrases, (*nouns, "person", "thing"), False),
        *_parsed(phrases, (*plurals, "people", "things"), True),
    ]
    found += _plain(words, forward, frozenset(nouns))
    return tuple(dict.fromkeys(found))


def _parsed(phrases: tuple[str, ...], nouns: tuple[str, ...], many: bool) -> Iterator[Modifier]:
    """Yield what follows a noun in the phrases of the lexicon."""
    pattern = _after_noun(nouns)
    for phrase in phrases:
        if match := pattern.fullmatch(phrase):
            yield from _modifier(match.group(1), many)


@lru_cache(maxsize=4_000)
def _after_noun(nouns: tuple[str, ...]) -> re.Pattern[str]:
    choices = "|".join(re.escape(noun) for noun in sorted(nouns, key=len, reverse=True))
    return re.compile(rf"(?:the |every |all |all the |any )?(?:{choices}) (.+)")


def _modifier(text: str, many: bool) -> Iterator[Modifier]:
    first, _, rest = text.partition(" ")
    if first in _RELATIVE:
        yield _clause(first, rest, many)
    elif first == "{x}" and rest:
        yield Modifier(f"that {text}", ModifierForm.THAT, of_object=True)
    elif first in ("whose", "where"):
        yield Modifier(text, ModifierForm.WHOSE, *((not many, many) if " is " not in text else (True, True)))
    elif first == "with":
        yield Modifier(text, ModifierForm.WITH)
    elif first.endswith(("ed", "wn", "en", "ing")) or first in _IRREGULAR | {"born"} or first in PREPOSITIONS:
        yield Modifier(text, ModifierForm.PLAIN)


def _clause(first: str, rest: str, many: bool) -> Modifier:
    """Return a relative clause; its verb tells whether it fits one thing or several."""
    verb = rest.partition(" ")[0]
    if verb.endswith("ed") or verb in _IRREGULAR or verb == "{x}":
        return Modifier(f"{first} {rest}", ModifierForm.THAT, of_object=verb == "{x}")
    return Modifier(f"{first} {rest}", ModifierForm.THAT, one=not many, several=many)


def _plain(words: LexicalRelation, forward: bool, nouns: frozenset[str]) -> list[Modifier]:
    """Return modifiers that any relation has, by its noun."""
    noun = words.nouns[0]
    if forward and nouns & set(words.nouns):
        return [Modifier("of {x}", ModifierForm.PLAIN)]
    if forward:
        return [
            Modifier(f"that is the {noun} of {{x}}", ModifierForm.THAT, several=False),
            Modifier(f"that are {plural(noun)} of {{x}}", ModifierForm.THAT, one=False),
        ]
    return [
        Modifier(f"with {{x}} as {noun}", ModifierForm.WITH),
        Modifier(f"whose {noun} is {{x}}", ModifierForm.WHOSE),
        Modifier(f"with {noun} {{x}}", ModifierForm.WITH),
    ]


def _be(text: str, many: bool) -> str:
    first = text.removeprefix("first ").removeprefix("last ").partition(" ")[0]
    past = first.endswith(("ed", "wn", "en")) or first in _IRREGULAR or first in ("born", "set")
    if past and not text.startswith(_STATES) and first != "better":
        return "were" if many else "was"
    return "are" if many else "is"


def _negations(text: str, form: ModifierForm, many: bool) -> list[tuple[str, ModifierForm]]:
    be = _be(text, many)
    if form is ModifierForm.PLAIN:
        return [
            (f"not {text}", ModifierForm.PLAIN),
            (f"that {be} not {text}", ModifierForm.THAT),
            (f"that {be}n't {text}", ModifierForm.THAT),
        ]
    if form is ModifierForm.WITH:
        rest, do = text.removeprefix("with "), "do" if many else "does"
        return [(f"without {rest}", ModifierForm.PLAIN), (f"that {do} not have {rest}", ModifierForm.THAT),
                (f"that {do}n't have {rest}", ModifierForm.THAT)]  # fmt: skip
    if form is ModifierForm.WHOSE and text.startswith("whose") and " is " in text:
        return [(text.replace(" is ", " is not ", 1), form), (text.replace(" is ", " isn't ", 1), form)]
    words = text.split(" ")
    if form is ModifierForm.THAT and words[1] in ("is", "are", "was", "were"):
        return [
            (" ".join([*words[:2], "not", *words[2:]]), form),
            (" ".join([words[0], words[1] + "n't", *words[2:]]), form),
        ]
    if form is ModifierForm.THAT and words[1] in ("has", "have"):
        do = "do" if words[1] == "have" else "does"
        return [
            (" ".join([words[0], do, "not have", *words[2:]]), form),
            (" ".join([words[0], do + "n't have", *words[2:]]), form),
        ]
    return []

"""Words for comparisons of attributes with literals, and for the most and the least of an attribute."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from clew.training.programs.attributes import AttributeWords
from clew.training.programs.modifiers import Modifier, ModifierForm
from clew.training.programs.plan import Condition
from clew.training.programs.wordings import with_article, wordings

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_GROWN = {">": "more", ">=": "more", "<": "less", "<=": "less"}


@dataclass(frozen=True, slots=True)
class Ranked:
    """How the best are named: by an adjective before the noun ("tallest"), or by a modifier after it."""

    adjective: str = ""
    modifier: Modifier | None = None


class Comparer:
    """Words comparisons, drawing wordings with a given random generator."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def modifier(self, conditions: Sequence[Condition]) -> Modifier:
        """Return the modifier of a condition, or of two that make a range."""
        words = conditions[0].attribute.words
        if words.time:
            return self._timed(words, self.time(conditions))
        if words.counted and self._rng.random() < 0.7:
            amount = self._amount("counts", conditions)
            return Modifier(f"with {amount} {words.counted}", ModifierForm.WITH)
        grown = self._comparative(words, conditions)
        if grown is not None:
            return grown
        return self._sized(words, self._amount("amounts", conditions))

    def time(self, conditions: Sequence[Condition]) -> str:
        """Return when: "after {3}", "in the {3}"."""
        first, literal = conditions[0], conditions[0].slot.literal
        assert literal is not None
        key = "between" if len(conditions) > 1 else "decade" if literal.lexical.endswith("s") else first.how
        day, year = _DAY.fullmatch(literal.lexical) is not None, literal.lexical.isdigit()
        fitting = [
            text for text in wordings("times")[key] if (year or "year" not in text) and not (day and "during" in text)
        ]
        pattern = self._rng.choice(fitting)
        return _filled(pattern.replace("{in}", "on" if day else "in"), conditions)

    def ranked(self, words: AttributeWords, how: str, several: bool) -> Ranked:
        """Return how those with the most or the least of an attribute are named."""
        rng, most = self._rng, how == "max"
        adjectives = words.most if most else words.least
        if adjectives and rng.random() < 0.65:
            return Ranked(rng.choice(adjectives))
        if words.participles and rng.random() < 0.6:
            return self._first(words, most, several)
        return Ranked(modifier=Modifier(f"with {self.superlative(words, most)}", ModifierForm.WITH))

    def superlative(self, words: AttributeWords, most: bool) -> str:
        """Return "the highest rent", "the most pages", "the latest release date"."""
        rng, sizes = self._rng, wordings("most" if most else "least")
        if words.counted and rng.random() < 0.7:
            return f"the {rng.choice(sizes['counted'])} {words.counted}"
        noun = rng.choice(words.nouns)
        size = (
            sizes["values"][0]
            if noun.startswith(("max", "min"))
            else rng.choice(sizes["times" if words.time else "values"])
        )
        return f"the {size} {noun}"

    # --- insides
    def _first(self, words: AttributeWords, most: bool, several: bool) -> Ranked:
        """Return "most recently released" before the noun, or "that was released last" after it."""
        rng, participle = self._rng, self._rng.choice(words.participles)
        if rng.random() < 0.4 and participle.count(" ") == 0 and participle != "born":
            return Ranked(f"{'most recently' if most else 'earliest'} {participle}")
        when = rng.choice(("last", "most recently", "latest") if most else ("first", "earliest"))
        be = "were" if several else "was"
        return Ranked(
            modifier=Modifier(f"that {be} {participle} {when}", ModifierForm.THAT, one=not several, several=several)
        )

    def _timed(self, words: AttributeWords, when: str) -> Modifier:
        rng = self._rng
        if words.participles and rng.random() < 0.75:
            return Modifier(f"{rng.choice(words.participles)} {when}", ModifierForm.PLAIN)
        if words.pasts and rng.random() < 0.7:
            return Modifier(f"that {rng.choice(words.pasts)} {when}", ModifierForm.THAT)
        noun = rng.choice(words.nouns)
        choices = (
            Modifier(f"with {with_article(noun)} {when}", ModifierForm.WITH),
            Modifier(f"whose {noun} is {when}", ModifierForm.WHOSE),
        )
        return rng.choice(choices)

    def _comparative(self, words: AttributeWords, conditions: Sequence[Condition]) -> Modifier | None:
        """Return "taller than {3}", where the attribute has an adjective and the comparison is strict."""
        how = conditions[0].how
        adjectives = words.more if how == ">" else words.less
        if len(conditions) > 1 or how not in "<>" or not adjectives or self._rng.random() < 0.5:
            return None
        return Modifier(_filled(f"{self._rng.choice(adjectives)} than {{v}}", conditions), ModifierForm.PLAIN)

    def _sized(self, words: AttributeWords, amount: str) -> Modifier:
        rng, noun = self._rng, self._rng.choice(words.nouns)
        bare = amount.startswith(wordings("bare_amounts")["words"])
        of = amount if bare else f"of {amount}"
        return rng.choice((
            Modifier(f"with {with_article(noun)} {of}", ModifierForm.WITH),
            Modifier(f"with {with_article(noun)} {of}", ModifierForm.WITH),
            Modifier(f"whose {noun} is {amount}".replace(" is exceeding ", " exceeds "), ModifierForm.WHOSE),
        ))  # fmt: skip

    def _amount(self, table: str, conditions: Sequence[Condition]) -> str:
        key = "between" if len(conditions) > 1 else conditions[0].how
        return _filled(self._rng.choice(wordings(table)[key]), conditions)


def counted_most(most: bool, nouns: str, rng: random.Random) -> str:
    """Return "the most films", "the fewest films"."""
    return f"the {rng.choice(wordings('most' if most else 'least')['counted'])} {nouns}"


def _filled(pattern: str, conditions: Sequence[Condition]) -> str:
    text = pattern.replace("{v}", f"{{{conditions[0].slot.number}}}")
    return text if len(conditions) < 2 else text.replace("{w}", f"{{{conditions[1].slot.number}}}")

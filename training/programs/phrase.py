"""``NounPhrase``: a noun, what says which of its things are meant, and the forms that questions need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from clew.training.programs.modifiers import Modifier, ModifierForm


class NoWording(Exception):
    """The lexicon has no words for a plan; another is drawn then."""


@dataclass(frozen=True, slots=True)
class NounNumber:
    """The number that a noun stands in; ``also``: whether the other one is needed too."""

    many: bool
    also: bool = False

    def suits(self, modifier: Modifier) -> bool:
        """Return whether a modifier can follow the noun."""
        return modifier.fits(self.many) and (not self.also or modifier.fits(not self.many))


@dataclass(frozen=True, slots=True)
class NounPhrase:
    """A noun phrase. ``one``, ``several``: the noun; ``before``, ``after``: what says which of them; ``many``: whether
    several are meant; ``person``: whether they are people; ``unique``: whether it takes "the" in any case."""

    one: str
    several: str
    many: bool
    person: bool
    before: tuple[str, ...] = ()
    after: tuple[Modifier, ...] = field(default=())
    unique: bool = False

    def with_after(self, *more: Modifier) -> NounPhrase:
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
    order = sorted(after, key=lambda one: (one.form is ModifierForm.BUT, one.nested, one.form.value))
    words: list[str] = []
    for before, modifier in zip((None, *order), order, strict=False):
        clauses = (ModifierForm.THAT, ModifierForm.WHOSE)
        alike = before is not None and (
            before.form is modifier.form or (before.form in clauses and modifier.form in clauses)
        )
        words += ["and"] * (alike and modifier.form is not ModifierForm.BUT) + [modifier.text]
    return words

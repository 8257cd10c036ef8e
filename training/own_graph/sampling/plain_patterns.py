"""Question patterns from the name of a relation, for relations that the lexicon does not contain.

Names come in few shapes: a verb with a preposition (``directed by``, ``born in``), a noun with one (``capital of``), a
noun (``place of birth``, ``has genre``), a date, a count, a bare verb (``founded``). Each shape has its own patterns.
"""

from __future__ import annotations

from dataclasses import dataclass

from clew.training.synthetic.lexicon import LexicalRelation

PREPOSITIONS = ("by", "in", "of", "at", "on", "for", "to", "from", "with", "as", "under", "near", "into")
_DATES = ("year", "date", "time", "day")
_AUXILIARIES = ("has", "have", "is", "was", "are", "were")
ANYTHING = "thing"
"""The type of what the graph tells no type of."""

Patterns = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Ends:
    """The nouns of a relation's head and tail, "" where the graph does not tell."""

    head: str
    tail: str

    @property
    def heads(self) -> str:
        """Several heads, in words."""
        return plural(self.head) if self.head else "those"

    @property
    def one(self) -> str:
        """One tail, in words."""
        return self.tail or "one"


def plain_relation(label: str, head: str, tail: str, literal: bool = False) -> LexicalRelation:
    """Return a relation whose patterns are made from its label (readable words) and the nouns of its ends."""
    patterns = _patterns(_without_auxiliary(label), Ends(head, tail))
    ends = (head or ANYTHING, tail or ANYTHING)
    return LexicalRelation("", *ends, (label,), **patterns, tail_literal=literal)  # type: ignore[arg-type]


def class_relation(label: str) -> LexicalRelation:
    """Return how people ask what something is an instance of, and for the instances of a class."""
    return LexicalRelation(
        "",
        ANYTHING,
        "kind",
        (label,),
        nouns=("kind", "type"),
        forward_questions=("what is {x}", "what kind of thing is {x}", "what type of thing is {x}", "{x} is a what"),
        forward_phrases=("the kind of thing {x} is", "the type of {x}"),
        inverse_questions=("what is a {x}", "list every {x}", "which things are a {x}", "name all of {x}"),
        inverse_phrases=("every {x}", "what is a {x}"),
        sharing=("other things of the same kind as {x}", "things like {x}"),
        clauses=("what kind of thing are {np}", "what are {np}"),
    )


def _patterns(name: str, ends: Ends) -> Patterns:
    words = name.split()
    if len(words) > 1 and words[-1] in PREPOSITIONS:
        return _verb(name, ends) if _is_verb(words[-2]) or words[-1] != "of" else _noun_of(" ".join(words[:-1]), ends)
    if words[:2] in (["number", "of"], ["num", "of"]) and len(words) > 2:
        return _joined(_noun(name, ends), _count(" ".join(words[2:])))
    if words[-1] in ("count", "total", "votes", "num", "number") and len(words) > 1:
        return _joined(_noun(name, ends), _count(" ".join(words[:-1])))
    if words[-1] in _DATES or words[0] in ("date", "year"):
        return _joined(_noun(name, ends), _date(words))
    if len(words) == 1 and _is_verb(name):
        return _bare_verb(name, ends)
    return _noun(name, ends)


def _is_verb(word: str) -> bool:
    return word.endswith(("ed", "wn")) or word in ("born", "made", "held", "found", "built", "led", "written", "spoken")


def _without_auxiliary(label: str) -> str:
    words = label.split()
    return " ".join(words[1:]) if len(words) > 1 and words[0] in _AUXILIARIES else label


def _noun(noun: str, ends: Ends) -> Patterns:
    heads = ends.heads
    return {
        "nouns": (noun,),
        "forward_questions": (
            f"what is the {noun} of {{x}}",
            f"what is {{x}}'s {noun}",
            f"which {noun} does {{x}} have",
            f"{{x}} {noun}",
            f"{noun} of {{x}}",
            f"what {noun} is {{x}}",
        ),
        "forward_phrases": (f"the {noun} of {{x}}", f"{{x}}'s {noun}", f"the {noun} for {{x}}"),
        "inverse_questions": (
            f"what has {{x}} as its {noun}",
            f"which {heads} have the {noun} {{x}}",
            f"{heads} with {noun} {{x}}",
            f"what has the {noun} {{x}}",
            f"{{x}} is the {noun} of what",
        ),
        "inverse_phrases": (f"{heads} whose {noun} is {{x}}", f"{heads} with {noun} {{x}}", f"what has {noun} {{x}}"),
        "sharing": (
            f"{heads} with the same {noun} as {{x}}",
            f"other {heads} with {{x}}'s {noun}",
            f"{heads} that share their {noun} with {{x}}",
        ),
        "cosharing": (f"the other {plural(noun)} of what has {{x}} as {noun}",),
        "clauses": (
            f"what are the {plural(noun)} of {{np}}",
            f"which {noun} do {{np}} have",
            f"{{np}} have which {noun}",
        ),
        "inverse_clauses": (f"what has {{np}} as {noun}", f"whose {noun} are {{np}}"),
    }


def _verb(verb: str, ends: Ends) -> Patterns:
    """``directed by``, ``born in``: ``{x} is <verb> <tail>``."""
    heads, one = ends.heads, ends.one
    what = f"what {ends.tail}" if ends.tail else "what"
    found: Patterns = {
        "nouns": (ends.tail,) if ends.tail else (),
        "forward_questions": (
            f"{what} is {{x}} {verb}",
            f"{what} was {{x}} {verb}",
            f"{{x}} is {verb} what",
            f"{{x}} was {verb} whom",
        ),
        "forward_phrases": (f"the {one} that {{x}} is {verb}", f"the {one} {{x}} was {verb}", f"what {{x}} is {verb}"),
        "inverse_questions": (
            f"what is {verb} {{x}}",
            f"which {heads} are {verb} {{x}}",
            f"{heads} {verb} {{x}}",
            f"who was {verb} {{x}}",
        ),
        "inverse_phrases": (f"{heads} {verb} {{x}}", f"the {heads} that are {verb} {{x}}", f"what is {verb} {{x}}"),
        "sharing": (f"{heads} {verb} the same {one} as {{x}}", f"other {heads} {verb} the {one} of {{x}}"),
        "clauses": (f"{{np}} are {verb} {what}", f"{what} are {{np}} {verb}", f"{what} were {{np}} {verb}"),
        "inverse_clauses": (f"what is {verb} {{np}}", f"which {heads} were {verb} {{np}}"),
    }
    if verb.endswith(" by"):
        return _joined(found, _agent(verb.removesuffix(" by"), ends))
    return found


def _agent(done: str, ends: Ends) -> Patterns:
    """``directed (by)``: the tail does it to the head."""
    return {
        "forward_questions": (f"who {done} {{x}}", f"what {done} {{x}}"),
        "forward_phrases": (f"who {done} {{x}}", f"the {ends.one} who {done} {{x}}"),
        "inverse_questions": (f"what has {{x}} {done}", f"which {ends.heads} has {{x}} {done}"),
        "inverse_phrases": (f"the {ends.heads} that {{x}} {done}", f"what {{x}} {done}"),
        "clauses": (f"who {done} {{np}}",),
    }


def _bare_verb(verb: str, ends: Ends) -> Patterns:
    """``founded``: the head does it to the tail."""
    heads, one = ends.heads, ends.one
    return {
        "nouns": (ends.tail,) if ends.tail else (),
        "forward_questions": (f"what has {{x}} {verb}", f"what was {verb} by {{x}}", f"what {{x}} {verb}"),
        "forward_phrases": (f"the {one} that {{x}} {verb}", f"what {{x}} {verb}", f"what was {verb} by {{x}}"),
        "inverse_questions": (f"who {verb} {{x}}", f"what {verb} {{x}}", f"by whom was {{x}} {verb}"),
        "inverse_phrases": (f"who {verb} {{x}}", f"the {heads} that {verb} {{x}}"),
        "clauses": (f"what have {{np}} {verb}", f"what was {verb} by {{np}}"),
        "inverse_clauses": (f"who {verb} {{np}}",),
    }


def _noun_of(noun: str, ends: Ends) -> Patterns:
    """``capital of``: the head is the tail's capital."""
    heads = ends.heads
    return {
        "nouns": (ends.tail,) if ends.tail else (),
        "forward_questions": (
            f"what is {{x}} the {noun} of",
            f"{{x}} is the {noun} of what",
            f"{{x}} is {noun} of which",
        ),
        "forward_phrases": (f"what {{x}} is the {noun} of", f"the {ends.one} that {{x}} is the {noun} of"),
        "inverse_questions": (f"what is the {noun} of {{x}}", f"which {heads} are {noun} of {{x}}", f"{{x}}'s {noun}"),
        "inverse_phrases": (f"the {noun} of {{x}}", f"{{x}}'s {noun}"),
        "sharing": (f"{heads} that are {noun} of the same {ends.one} as {{x}}",),
        "clauses": (f"what are {{np}} the {noun} of",),
        "inverse_clauses": (f"what are the {plural(noun)} of {{np}}",),
    }


def _date(words: list[str]) -> Patterns:
    """``release date``, ``date of birth``, ``year``."""
    rest = " ".join(word for word in words if word not in _DATES).removeprefix("of ").strip()
    if not rest:
        return {"forward_questions": ("when was {x}", "what year is {x} from"), "clauses": ("when were {np}",)}
    return {
        "forward_questions": (f"when was the {rest} of {{x}}", f"when was {{x}}'s {rest}", f"{{x}} {rest} when"),
        "clauses": (f"when was the {rest} of {{np}}",),
    }


def _count(counted: str) -> Patterns:
    return {
        "forward_questions": (f"how many {counted} does {{x}} have", f"how many {counted} are there for {{x}}"),
        "clauses": (f"how many {counted} do {{np}} have",),
    }


def _joined(first: Patterns, second: Patterns) -> Patterns:
    return {key: first.get(key, ()) + second.get(key, ()) for key in {**first, **second}}


def plural(noun: str) -> str:
    """Return a noun's regular English plural; a noun phrase's head is what comes before ``of``."""
    head, of, rest = noun.partition(" of ")
    if of:
        return plural(head) + of + rest
    if noun.endswith(("ss", "x", "ch", "sh")):
        return noun + "es"
    if noun.endswith("s"):
        return noun
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"

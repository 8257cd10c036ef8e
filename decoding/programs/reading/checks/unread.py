"""What of a question a program does not stand for."""

from __future__ import annotations

from collections.abc import Sequence

from clew.decoding.programs.reading.anchors import Named
from clew.decoding.programs.reading.cues import Cue
from clew.decoding.programs.reading.question import AskedWords, ones, union
from clew.decoding.reading.pronouns import unresolved
from clew.decoding.reading.unread import Unread, Why
from clew.tries.programs.tokens import TOTALS, Op

_WHY = {
    **dict.fromkeys(TOTALS, Why.COUNT), Op.GROUP: Why.COUNT, Op.ARG: Why.SUPERLATIVE,
    Op.DEGREE: Why.SUPERLATIVE, Op.NOT: Why.NEGATION, Op.OR: Why.CHOICE, Op.AND: Why.CHOICE, Op.ASK: Why.YES_NO,
    Op.STOP: Why.REASON,
}  # fmt: skip


_EACH = frozenset(["each", "every", "per"])
_TOTALLING = frozenset([Op.ARG, Op.DEGREE, *TOTALS])


def unread_by(
    asked: AskedWords,
    anchors: Sequence[Named],
    cues: Sequence[Cue],
    read: int,
    ops: Sequence[Op] = (),
    unmet: int = 0,
) -> list[Unread]:
    """Return the words outside ``read`` (bits) that mean something, the cues of operators among them, and pronouns for
    what is not named, in the question's order. ``ops``: the operators of the program: what totals or chooses stands for
    "each" only in groups, and a single one is no groups. ``unmet``: words that ask for something else than what is
    found, as bits."""
    read |= union(cue.bits for cue in cues if _says_again(asked, cue, cues, read))
    found = {i: _why(asked, anchors, i) for i in asked.left(read)} | dict.fromkeys(ones(unmet), Why.RELATION)
    named = [asked.span(one.bits)[0] for one in anchors if one.anchor.op is Op.ENT and one.bits]
    for start, end in unresolved(asked.text, named):
        found |= dict.fromkeys(ones(asked.bits(start, end)), Why.REFERENCE)
    if (Op.GROUP not in ops or _groups_one(ops)) and not _TOTALLING.isdisjoint(ops):
        found |= {i: Why.COUNT for i, text in enumerate(asked.texts) if text in _EACH}
    for cue in cues:
        if cue.strong and cue.bits and not cue.is_read(read):
            words = [i for i in range(len(asked.words)) if cue.bits >> i & 1]
            two = cue.op is Op.STOP and len(words) > 1 and asked.texts[words[0]] not in ("for", "how")
            found |= dict.fromkeys(words, Why.CHOICE if two else _WHY.get(cue.op, Why.RELATION))
    return [
        Unread(asked.text[asked.words[i].start : asked.words[i].end], asked.words[i].start, asked.words[i].end, why)
        for i, why in sorted(found.items())
    ]


def _says_again(asked: AskedWords, cue: Cue, cues: Sequence[Cue], read: int) -> bool:
    """Return whether a cue says again what an earlier one said of the same words: "how many boats does each captain
    have? List the captain and the number of boats"."""
    said = [one for one in cues if one.op is cue.op and one.bits < cue.bits and one.is_read(read)]
    after = next((i for i in range(cue.bits.bit_length(), len(asked.words)) if asked.costs[i]), -1)
    earlier = asked.with_repeats(1 << after) & ((1 << after) - 1) if after >= 0 else 0
    return cue.op in (Op.COUNT, Op.GROUP) and bool(said) and bool(earlier & read)


def _groups_one(ops: Sequence[Op]) -> bool:
    """Return whether what is grouped is the best of a set: "the longest river of each country" is another question."""
    at = ops.index(Op.GROUP)
    return ops[at - 1] in (Op.ARG, Op.DEGREE) and (at < 2 or ops[at - 2] is not Op.LIT)


def _why(asked: AskedWords, anchors: Sequence[Named], i: int) -> Why:
    ops = {one.anchor.op for one in anchors if one.bits >> i & 1}
    if any(letter.isdigit() for letter in asked.texts[i]) or Op.LIT in ops:
        return Why.NUMBER
    if Op.ENT in ops:
        return Why.ENTITY
    if Op.CLS in ops:
        return Why.CLASS
    return Why.NAME if i and asked.text[asked.words[i].start].isupper() else Why.RELATION

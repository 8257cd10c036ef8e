"""The laws of the Constraint port: a test of an implementation calls ``check_constraint`` on many inputs.

What a constraint should allow is the tester's to say: a ``Language``, which ``clew.tries.laws.paths`` lists by brute
force for the paths of a small graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from clew.tries.constraint import Constraint, SpelledPath

Language = dict[tuple[int, ...], set[SpelledPath]]
"""Token strings without their end token, each with the paths that it spells."""


def enumerate_language(
    constraint: Constraint[Any], entity: int, limit: int = 50_000, dead_ends: bool = False
) -> Language:
    """Drive every allowed token from an entity; return each complete token string (without its end) with its paths.

    Fails on a dead end (unless ``dead_ends``), on repeated tokens, and on a complete row that allows something.
    """
    language: Language = {}
    states, strings = constraint.start([entity]), [()]
    while len(states):
        allowed = constraint.allowed(states)
        check_shape(allowed, len(states))
        rows = allowed.rows()
        if strings != [()] and not dead_ends:
            counts = np.diff(allowed.row_ptr)
            assert (counts > 0).all(), f"a dead end was entered by {strings[int(np.argmin(counts))]}"
        states = constraint.advance(states.take(rows), allowed.token_ids)
        strings = [(*strings[row], int(token)) for row, token in zip(rows, allowed.token_ids, strict=True)]
        assert len(strings) <= limit, "the language is too large to enumerate"
        complete = constraint.is_complete(states)
        check_same(complete, allowed.token_ids == constraint.end_token)
        finished = np.flatnonzero(complete)
        assert len(constraint.allowed(states.take(finished)).token_ids) == 0, "a complete row allows something"
        for row, paths in zip(finished, constraint.paths(states.take(finished)), strict=True):
            assert len(paths) == len(set(paths)), "a path is listed twice"
            language[strings[row][:-1]] = set(paths)
        going = np.flatnonzero(~complete)
        assert constraint.paths(states.take(going)) == [[] for _ in going], "an incomplete row has paths"
        states, strings = states.take(going), [strings[row] for row in going]
    return language


def check_same(one: Any, other: Any) -> None:
    """Two arrays have the same shape and elements. (``numpy.testing`` takes longer than most that is tested.)"""
    assert np.array_equal(one, other), f"{one} is not {other}"


def check_shape(allowed: Any, rows: int) -> None:
    """Row pointers ascend from 0 over all tokens; each row's tokens are distinct."""
    assert allowed.row_ptr.shape == (rows + 1,)
    assert allowed.row_ptr[0] == 0
    assert allowed.row_ptr[-1] == len(allowed.token_ids)
    assert (np.diff(allowed.row_ptr) >= 0).all()
    for i in range(rows):
        row = allowed.row(i).tolist()
        assert len(row) == len(set(row)), "a token is allowed twice"


def check_language(constraint: Constraint[Any], entity: int, expected: Language) -> None:
    """The language from an entity equals the brute-force one, and each string maps back to exactly its paths."""
    got = enumerate_language(constraint, entity)
    assert got.keys() == expected.keys(), (
        f"missing {sorted(expected.keys() - got.keys())[:3]}, false {sorted(got.keys() - expected.keys())[:3]}"
    )
    for string, paths in got.items():
        assert paths == expected[string], f"{string}: {paths} != {expected[string]}"


def check_fails_closed(
    constraint: Constraint[Any], entity: int, language: Language, foreign: Iterable[int], most: int = 30
) -> None:
    """A token that is not allowed kills its row at every prefix, for good; so does any token after the end. Where there
    are more than ``most`` prefixes, at some ``most`` of them."""
    tokens = sorted({t for string in language for t in string} | {constraint.end_token} | set(foreign))
    prefixes = sorted({(), *(string[:i] for string in language for i in range(len(string) + 1))})
    prefixes = prefixes[:: 1 + len(prefixes) // most]
    prefixes += [(*string, constraint.end_token) for string in list(language)[:3]]
    states = after(constraint, entity, prefixes)
    allowed = constraint.allowed(states)
    right = [set(allowed.row(i).tolist()) for i in range(len(prefixes))]
    wrong = [(i, token) for i, known in enumerate(right) for token in tokens if token not in known]
    rows, taken = (np.array(column) for column in zip(*wrong, strict=True))
    dead = constraint.advance(states.take(rows.astype(np.int64)), taken.astype(np.int32))
    for _ in range(2):
        alive = np.flatnonzero(np.diff(constraint.allowed(dead).row_ptr))
        assert not len(alive), f"a dead row after {prefixes[rows[alive[0]]]}, {taken[alive[0]]} allows something"
        assert not constraint.is_complete(dead).any()
        assert all(not paths for paths in constraint.paths(dead))
        dead = constraint.advance(dead, np.full(len(dead), constraint.end_token, dtype=np.int32))


def after(constraint: Constraint[Any], entity: int, prefixes: Sequence[tuple[int, ...]]) -> Any:
    """The rows after these token strings, in their order: all strings of a length in one call."""
    level: list[tuple[int, ...]] = [()]
    states = constraint.start([entity])
    found: Any = None
    wanted = set(prefixes)
    where: dict[tuple[int, ...], int] = {}
    while level:
        asked = [row for row, prefix in enumerate(level) if prefix in wanted]
        where |= {level[row]: len(where) + i for i, row in enumerate(asked)}
        some = states.take(np.array(asked, np.int64))
        found = some if found is None else found.append(some)
        longer = sorted({prefix[: len(level[0]) + 1] for prefix in prefixes if len(prefix) > len(level[0])})
        at = {prefix: row for row, prefix in enumerate(level)}
        rows = np.array([at[prefix[:-1]] for prefix in longer], np.int64)
        states = constraint.advance(states.take(rows), np.array([prefix[-1] for prefix in longer], np.int32))
        level = longer
    return found.take(np.array([where[prefix] for prefix in prefixes], np.int64))


def check_one_call_is_two(constraint: Constraint[Any], states: Any, tokens: Any) -> Any:
    """``advance_allowed`` gives what ``advance``, then ``allowed`` give, and leaves its states as they were; return the
    rows after it."""
    before = constraint.allowed(states)
    moved = constraint.advance(states, tokens)
    allowed = constraint.allowed(moved)
    found, offered = constraint.advance_allowed(states, tokens)
    check_same(offered.row_ptr, allowed.row_ptr)
    check_same(offered.token_ids, allowed.token_ids)
    again = constraint.allowed(found)
    check_same(again.token_ids, allowed.token_ids)
    check_same(constraint.is_complete(found), constraint.is_complete(moved))
    assert constraint.paths(found) == constraint.paths(moved)
    after = constraint.allowed(states)
    check_same(after.row_ptr, before.row_ptr)
    check_same(after.token_ids, before.token_ids)
    return found


def check_batch_is_single(constraint: Constraint[Any], entities: list[int], steps: int = 6, width: int = 40) -> None:
    """A call on n rows gives what n calls on one row give, with live, complete and dead rows mixed."""
    rng = np.random.default_rng(0)
    batch = constraint.start(entities)
    singles = [constraint.start([entity]) for entity in entities]
    for _ in range(steps):
        allowed = constraint.allowed(batch)
        rows, tokens = allowed.rows(), allowed.token_ids
        for i, single in enumerate(singles):
            check_same(constraint.allowed(single).token_ids, allowed.row(i))
        if not len(rows):
            break
        keep = np.sort(rng.choice(len(rows), min(width, len(rows)), replace=False))
        rows, tokens = rows[keep], tokens[keep].copy()
        tokens[rng.random(len(tokens)) < 0.1] = constraint.end_token
        dead = constraint.advance(batch.take(np.zeros(1, dtype=np.int64)), np.array([-7], dtype=np.int32))
        batch = check_one_call_is_two(constraint, batch.take(rows), tokens).append(dead)
        singles = [
            constraint.advance(singles[row], np.array([token], dtype=np.int32))
            for row, token in zip(rows, tokens, strict=True)
        ] + [dead]
        assert constraint.paths(batch) == [constraint.paths(single)[0] for single in singles]
        check_same(constraint.is_complete(batch), [bool(constraint.is_complete(single)[0]) for single in singles])


def check_constraint(constraint: Constraint[Any], entity: int, expected: Language, foreign: Iterable[int] = ()) -> None:
    """Every law, from one entity."""
    check_language(constraint, entity, expected)
    check_fails_closed(constraint, entity, expected, foreign)
    check_batch_is_single(constraint, [entity, entity])

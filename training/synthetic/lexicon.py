"""The lexicon: relations of many domains, each with the ways a graph may name it and the ways people ask for it.

One TOML file per domain in ``data/lexicon``. It is the only source of pretraining questions (``training.synthesis``).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clew import data
from clew.decoding.embedded.search.wording import readable
from clew.kg.errors import BadFile

LEXICON = Path(data.__file__).parent / "lexicon"
"""The folder of the project's own lexicon."""

_ENTITY, _PHRASE = "{x}", "{np}"
_TEMPLATES = {
    "forward_questions": _ENTITY,
    "forward_phrases": _ENTITY,
    "inverse_questions": _ENTITY,
    "inverse_phrases": _ENTITY,
    "sharing": _ENTITY,
    "cosharing": _ENTITY,
    "twice": _ENTITY,
    "inverse_twice": _ENTITY,
    "clauses": _PHRASE,
    "inverse_clauses": _PHRASE,
}


@dataclass(frozen=True, slots=True)
class EntityType:
    """A kind of entity: its nouns, their plurals, and sample names."""

    name: str
    nouns: tuple[str, ...]
    plurals: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LexicalRelation:
    """A relation from ``head`` to ``tail`` (type names) with its labels and its patterns.

    Questions and phrases hold ``{x}`` once, where the known entity stands; ``clauses`` hold ``{np}``, a noun phrase of
    head entities. ``sharing`` reads forward then backward (siblings of a head), ``cosharing`` backward then forward,
    ``twice`` forward and forward again (grandchildren, of ``child``), ``inverse_twice`` backward twice.
    """

    domain: str
    head: str
    tail: str
    labels: tuple[str, ...]
    nouns: tuple[str, ...] = ()
    forward_questions: tuple[str, ...] = ()
    forward_phrases: tuple[str, ...] = ()
    inverse_questions: tuple[str, ...] = ()
    inverse_phrases: tuple[str, ...] = ()
    sharing: tuple[str, ...] = ()
    cosharing: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()
    inverse_twice: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    inverse_clauses: tuple[str, ...] = ()
    tail_literal: bool = False


@dataclass(frozen=True, slots=True)
class Domain:
    """One file: a domain, the group it is held out with, its types and its relations."""

    name: str
    group: str
    types: Mapping[str, EntityType]
    relations: tuple[LexicalRelation, ...]


def read_lexicon(folder: Path = LEXICON) -> tuple[Domain, ...]:
    """Read every ``*.toml`` of a folder, by file name. Raises ``BadFile`` (file and reason) on the first broken one."""
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise BadFile(f"{folder}: no lexicon files (*.toml)")
    return tuple(read_domain(file) for file in files)


def read_domain(file: Path) -> Domain:
    """Read one domain. Keys this version does not know are ignored; raises ``BadFile`` on what would be unusable."""
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadFile(f"{file}: not a readable TOML file: {error}") from error
    name = data.get("domain")
    if not isinstance(name, str) or not name:
        raise BadFile(f"{file}: `domain` is missing")
    types = {key: _entity_type(file, key, table) for key, table in data.get("types", {}).items()}
    relations = tuple(_relation(file, name, types, at, table) for at, table in enumerate(data.get("relations", ())))
    if not relations:
        raise BadFile(f"{file}: no [[relations]]")
    return Domain(name, str(data.get("held_out_group", name)), types, relations)


def without_groups(domains: Sequence[Domain], groups: Iterable[str]) -> tuple[Domain, ...]:
    """Return the domains that belong to none of these held-out groups."""
    dropped = frozenset(groups)
    return tuple(domain for domain in domains if domain.group not in dropped)


def texts(domains: Sequence[Domain]) -> list[str]:
    """Return every text by which a schema of these domains may name a relation or a type, sorted."""
    found: set[str] = set()
    for domain in domains:
        for relation in domain.relations:
            found |= {readable(label) for label in relation.labels} | {f"has {noun}" for noun in relation.nouns}
        for entity_type in domain.types.values():
            found |= set(entity_type.nouns)
    return sorted(found)


def _entity_type(file: Path, name: str, table: Mapping[str, Any]) -> EntityType:
    nouns = _strings(file, f"types.{name}", table, "nouns") or (name.replace("_", " "),)
    return EntityType(
        name,
        nouns,
        _strings(file, f"types.{name}", table, "plurals"),
        _strings(file, f"types.{name}", table, "names"),
    )


def _relation(
    file: Path, domain: str, types: Mapping[str, EntityType], at: int, table: Mapping[str, Any]
) -> LexicalRelation:
    labels = _strings(file, f"relation {at + 1}", table, "labels")
    if not labels:
        raise BadFile(f"{file}: relation {at + 1}: no labels")
    where = f"relation {at + 1} ({labels[0]})"
    ends = []
    for end in ("head", "tail"):
        if table.get(end) not in types:
            raise BadFile(f"{file}: {where}: {end} {table.get(end)!r} is not one of the file's types")
        ends.append(str(table[end]))
    patterns = {key: _strings(file, where, table, key) for key in _TEMPLATES}
    for key, slot in _TEMPLATES.items():
        for pattern in patterns[key]:
            if pattern.count(slot) != 1 or pattern.replace(slot, "").count("{"):
                raise BadFile(f"{file}: {where}: {key}: {pattern!r} must hold {slot} exactly once and no other brace")
    if not any(patterns[key] for key in ("forward_questions", "forward_phrases", "inverse_questions")):
        raise BadFile(f"{file}: {where}: questions and phrases are missing")
    nouns = _strings(file, where, table, "nouns")
    literal = bool(table.get("tail_literal", False))
    return LexicalRelation(domain, ends[0], ends[1], labels, nouns, **patterns, tail_literal=literal)


def _strings(file: Path, where: str, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
        raise BadFile(f"{file}: {where}: {key} must be a list of non-empty strings")
    return tuple(" ".join(one.split()) for one in value)

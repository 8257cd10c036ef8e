"""Readable names for entities, relations and directed relations."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote, unquote

from clew.kg.terms.vocabulary import RDF_NIL

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(//|[^\s/]*[:/#])|urn:")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SEPARATORS = re.compile(r"[\s_./:#]+|(?<=\w)-(?=\w)")
INVERSE = "inverse of "
BASE = "urn:clew:"
"""Namespace of keys that are no IRIs (those of tables) when a graph is written as RDF."""
GENID = "/.well-known/genid/"
"""What follows the host in the skolem IRI of a blank node (RDF 1.1, section 3.5)."""
_SKOLEM = re.compile(r"https?://[^/]*" + re.escape(GENID))
_STATES = re.compile(r"(https?://[^/]+)/prop/(?:([a-z-]+(?:/[a-z-]+)?)/)?(P[1-9][0-9]*)")
_LEADS_TO = {"": "statement", "statement": "value", "qualifier": "qualifier", "reference": "reference"}
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]*")


def to_iri(key: str) -> str:
    """The IRI of a key: itself if it is one, else one below ``BASE``."""
    return key if _ABSOLUTE.fullmatch(key) and not key.startswith(BASE) else made_iri(key)


def made_iri(key: str) -> str:
    """The IRI below ``BASE`` that stands for a key."""
    return BASE + quote(key, safe="")


def from_iri(iri: str) -> str:
    """The key of an IRI made of one; any other IRI itself."""
    if not iri.startswith(BASE):
        return iri
    key = unquote(iri.removeprefix(BASE), errors="surrogateescape")
    return key if _may_be_key(key) and made_iri(key) == iri else iri


def _may_be_key(key: str) -> bool:
    """Whether a text is no literal's term, no blank node and no triple term, and Unicode."""
    plain = key and "\0" not in key and not key.startswith(("_:", "<<( "))
    return bool(plain) and not any(0xD800 <= ord(char) < 0xE000 for char in key)


def is_iri(key: str) -> bool:
    """Whether ``key`` looks like an absolute IRI (``scheme://...``, ``urn:...``) and not like a table's own id."""
    return _IRI.match(key) is not None and not any(char.isspace() for char in key)


def is_nameless(key: str) -> bool:
    """Whether the key of an entity means nothing to people: a blank node's, a skolem IRI, that of the empty list."""
    return key.startswith("_:") or key == RDF_NIL or _SKOLEM.match(key) is not None


def local_name(iri: str) -> str:
    """What follows the last ``#``, ``/`` or ``:`` of an IRI, percent-decoded; the whole IRI where that is empty."""
    tail = iri.rstrip("/#")
    for mark in "#/":
        if mark in tail:
            tail = tail.rsplit(mark, 1)[1]
            break
    else:
        tail = tail.rsplit(":", 1)[-1]
    return unquote(tail) or iri


def wikidata_property(key: str) -> tuple[str, str] | None:
    """The key of the Wikidata property that a relation states, and what the relation leads to where that is no plain
    value: ``.../prop/qualifier/P7`` gives ``.../entity/P7`` and "qualifier". None for other relations."""
    match = _STATES.fullmatch(key)
    return None if match is None else (f"{match[1]}/entity/{match[3]}", _LEADS_TO.get(match[2] or "", ""))


def entity_name(key: str) -> str:
    """The readable tail of an entity's key: an IRI's local name with spaces for underscores, any other key itself."""
    if not is_iri(key):
        return key
    return " ".join(local_name(key).replace("_", " ").split()) or key


def relation_name(key: str) -> str:
    """A relation's key in words: ``directedBy``, ``directed_by`` and ``.../directed-by`` all give ``directed by``.

    Dotted and slashed paths (Freebase's ``/film/film/genre``) lose what is said twice in a row: ``film genre``.
    """
    words: list[str] = []
    for part in _SEPARATORS.split(local_name(key) if is_iri(key) else key):
        for word in _CAMEL.split(part):
            spelled = word if len(word) > 1 and word.isupper() else word.lower()
            if spelled and (not words or words[-1] != spelled):
                words.append(spelled)
    return " ".join(words) or key


def directed_names(
    keys: Sequence[str], labels: Mapping[int, str], inverses: Mapping[int, str] | None = None
) -> list[str]:
    """The names of the directed relations ``0 .. 2R-1``, no two alike.

    ``labels`` and ``inverses`` give the known names of relations and of their inverses by relation id; others are
    derived from the key. An inverse without a name of its own is ``inverse of <name>``. Of names that collide, each
    gets its key in brackets; a declared inverse name that is already a relation's falls back to ``inverse of``.
    """
    forward = _distinct([_clean(labels.get(i)) or relation_name(key) for i, key in enumerate(keys)], keys, set())
    taken, declared = set(forward), inverses or {}
    wanted = [_clean(declared.get(i)) for i in range(len(keys))]
    usable = {name for name in wanted if name and name not in taken and wanted.count(name) == 1} if declared else set()
    backward = [
        name if name in usable else INVERSE + forward[i] for i, name in enumerate(wanted)
    ]  # a declared name shared by two relations would not tell them apart
    return forward + _distinct(backward, [INVERSE + key for key in keys], taken)


def _clean(name: str | None) -> str:
    return " ".join(name.split()) if name else ""


def _distinct(names: Sequence[str], keys: Sequence[str], taken: set[str]) -> list[str]:
    """``names``, each colliding one followed by its key in brackets until none collides."""
    result = list(names)
    while True:
        seen: dict[str, int] = {}
        for name in result:
            seen[name] = seen.get(name, 0) + 1
        clashing = [i for i, name in enumerate(result) if seen[name] > 1 or name in taken]
        if not clashing:
            return result
        for i in clashing:
            result[i] = f"{result[i]} [{keys[i]}]"

"""Words of tables and columns: classes in the singular, labels of relations, stems to compare names by."""

from __future__ import annotations

import re

from clew.kg.terms.names import relation_name

_IRREGULAR = {
    "people": "person", "children": "child", "men": "man", "women": "woman", "mice": "mouse", "geese": "goose",
    "feet": "foot", "teeth": "tooth", "oxen": "ox", "criteria": "criterion", "phenomena": "phenomenon",
    "indices": "index", "matrices": "matrix", "vertices": "vertex", "movies": "movie", "wives": "wife",
    "lives": "life", "knives": "knife", "leaves": "leaf", "shelves": "shelf", "halves": "half", "loaves": "loaf",
    "heroes": "hero", "potatoes": "potato", "tomatoes": "tomato", "zombies": "zombie", "cookies": "cookie",
    "aliases": "alias", "atlases": "atlas", "gases": "gas", "lenses": "lens",
}  # fmt: skip
_WRITTEN_OUT = {
    "fname": "first name", "lname": "last name", "dob": "date of birth", "mgr": "manager", "dept": "department",
    "emp": "employee", "qty": "quantity", "amt": "amount", "addr": "address",
}  # fmt: skip
_UNCHANGED = {"series", "species", "news", "means", "data", "media", "chassis", "corps", "physics", "mathematics"}
_SAME_END = ("ss", "us", "is", "as")
_TABLE_MARKS = {"tbl", "tab", "dim", "fact"}
ID_WORDS = {"id", "ids", "code", "key", "no", "nr", "num", "number", "ref", "fk", "uuid", "guid"}
"""Words at the end of a column's name that say that it refers to something by a code."""
_NAME_WORDS = {"name", "title"}


def singular(word: str) -> str:
    """A noun in the singular; what is not known to be a plural stays."""
    low = word.lower()
    if low in _IRREGULAR:
        return _IRREGULAR[low]
    if low in _UNCHANGED or low.endswith(_SAME_END) or not low.endswith("s") or len(low) < 4:
        return word
    if low.endswith("ies"):
        return word[:-3] + "y"
    if low.endswith(("sses", "shes", "ches", "xes", "zes", "uses")) and not low.endswith(("houses", "causes")):
        return word[:-2]
    return word[:-1]


def class_of(table: str) -> str:
    """The class of a table's rows: its name in words, the last of them in the singular."""
    words = relation_name(table.rpartition(".")[2]).split()
    if len(words) > 1 and words[0].lower() in _TABLE_MARKS:
        words = words[1:]
    return " ".join([*words[:-1], singular(words[-1])]) if words else table


def label_of(column: str) -> str:
    """The label of a column's relation: its name in words, usual abbreviations written out."""
    words = [_WRITTEN_OUT.get(word.lower(), word) for word in relation_name(column).split()]
    return _WRITTEN_OUT.get(squash(column)) or " ".join(words)


def label_of_reference(column: str, target: str) -> str:
    """The label of the relation to a row of class ``target``: ``city_id`` gives city, ``ManagerID`` manager."""
    words = label_of(column).split()
    while len(words) > 1 and words[-1].lower() in ID_WORDS | _NAME_WORDS:
        words.pop()
    while len(words) > 1 and words[0].lower() in ("fk", "id"):
        words.pop(0)
    stem, whole = squash("".join(words)), squash(target)
    if words[-1].lower() in ID_WORDS or stem in stems(whole) or (len(stem) > 2 and whole.startswith(stem)):
        return target
    return target if any(stem == whole + end for end in ID_WORDS) else " ".join([*words[:-1], singular(words[-1])])


def squash(name: str) -> str:
    """A name's letters and digits in lower case, to compare names by."""
    return re.sub(r"[\W_]+", "", name).lower()


def stems(squashed: str) -> set[str]:
    """A squashed name without the words that say that it is a code or a name: every reading."""
    ends = (end for end in ID_WORDS | _NAME_WORDS if squashed.endswith(end) and len(squashed) > len(end))
    return {squashed} | {squashed.removesuffix(end) for end in ends}

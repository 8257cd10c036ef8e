"""What stands before the first element of an XML document: its encoding, and the entities that it defines.

What follows gets a UTF-8 stream whose DOCTYPE, if any, defines plain texts of limited number and size only: nothing in
it can expand without bound or name another file.
"""

from __future__ import annotations

import codecs
import io
import re
from dataclasses import dataclass
from typing import Any

from clew.kg.errors import BadFile
from clew.kg.ingest.transcoding import Transcoded
from clew.kg.limits import MAX_ENTITIES, MAX_ENTITY_CHARS, MAX_XML_PROLOG_BYTES

_ENCODING = re.compile(rb"\s*<\?xml\b[^>]*\bencoding\s*=\s*[\"']([A-Za-z0-9._-]+)")
_UNICODE = re.compile(r"utf-?8|us-ascii|ascii|utf-?16(le|be)?", re.IGNORECASE)
_SUPPORTED = re.compile(
    r"iso[-_]?8859[-_]?\d+|latin[-_]?\d+|(windows-|cp)125\d|koi8-[ru]|gb(2312|k|18030)|big5|euc-(jp|kr)|shift[-_]jis",
    re.IGNORECASE,
)
_OWL_XML = re.compile(rb"<(?:[\w.-]+:)?Ontology\s[^>]*\bontologyIRI\s*=")
_PART = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_DOCTYPE = re.compile(rb"<!DOCTYPE\s+([^\s\[>]+)\s*(?:\[)?", re.IGNORECASE)
_ENTITY = re.compile(rb"<!ENTITY\s+([A-Za-z_][\w.-]*)\s+(\"[^\"]*\"|'[^']*')\s*>")
_END = re.compile(rb"\]\s*>")
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6}|([A-Za-z_][\w.-]*));")
_PREDEFINED = ("amp", "lt", "gt", "quot", "apos")


@dataclass(frozen=True, slots=True)
class Prolog:
    """A document's DOCTYPE as it may be read (empty: none), the line ends before its first element, and the rest."""

    doctype: bytes
    lines: int
    rest: Rest

    @property
    def text(self) -> bytes:
        """The prolog for a parser, with lines where they were."""
        return self.doctype + b"\n" * self.lines


class Rest(io.RawIOBase):
    """A stream with bytes before it."""

    def __init__(self, before: bytes, stream: Any) -> None:
        self.before, self.stream = before, stream

    def readable(self) -> bool:
        """Yes."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        if not self.before:
            return bytes(self.stream.read(size))
        cut = len(self.before) if size < 0 else size
        data, self.before = self.before[:cut], self.before[cut:]
        return data + bytes(self.stream.read(-1)) if size < 0 else data


def read_prolog(file: str, stream: Any) -> Prolog:
    """Read a document up to its first element; ``BadFile`` for what cannot be supported."""
    head = stream.peek(MAX_XML_PROLOG_BYTES)[:MAX_XML_PROLOG_BYTES]
    encoding = _encoding(file, head)
    stream = io.BufferedReader(Transcoded(file, stream, encoding), MAX_XML_PROLOG_BYTES) if encoding else stream
    head = stream.peek(MAX_XML_PROLOG_BYTES)[:MAX_XML_PROLOG_BYTES]
    at = _pass_over(head, 0)
    doctype = b""
    if head[at : at + 9].upper() == b"<!DOCTYPE":
        doctype, at = _doctype(file, head, at)
        at = _pass_over(head, at)
    if not re.match(rb"<[^!?\s]", head[at : at + 2]):
        raise BadFile(
            f"{file}: no XML element in the first {MAX_XML_PROLOG_BYTES // 1024} KiB; if it is Turtle, say --format "
            "turtle; an ontology in another syntax must be saved as RDF/XML or Turtle first"
        )
    if _OWL_XML.match(head, at):
        raise BadFile(f"{file}: this is OWL/XML, not RDF/XML; save the ontology as RDF/XML or Turtle")
    stream.read(at)
    return Prolog(doctype, head.count(b"\n", 0, at), Rest(b"", stream))


def _encoding(file: str, head: bytes) -> str | None:
    """The encoding that a document declares, None for UTF-8 (UTF-16 has been turned into it already)."""
    found = _ENCODING.match(head)
    name = found[1].decode() if found else "utf-8"
    if _UNICODE.fullmatch(name):
        return None
    try:
        if not _SUPPORTED.fullmatch(name):
            raise LookupError(name)
        codecs.lookup(name)
        return name
    except LookupError as error:
        raise BadFile(
            f"{file}: the encoding {name} of its XML declaration is not supported; convert the file to UTF-8 and write "
            'encoding="UTF-8" in its first line'
        ) from error


def _pass_over(head: bytes, at: int) -> int:
    """The place after blanks, comments and instructions."""
    while match := _PART.match(head, at):
        at = match.end()
    return at


def _doctype(file: str, head: bytes, at: int) -> tuple[bytes, int]:
    """The DOCTYPE at ``at`` with its entities written out, and the place after it."""
    opened = _DOCTYPE.match(head, at)
    if opened is None or not opened[0].endswith(b"["):
        end = re.compile(rb"\s*>").match(head, opened.end()) if opened else None
        if end is None:
            raise BadFile(f"{file}: its DOCTYPE names another file, which is not read; remove the DOCTYPE")
        return b"", end.end()
    at = _pass_over(head, opened.end())
    entities: dict[str, str] = {}
    while match := _ENTITY.match(head, at):
        name, value = match[1].decode(), match[2][1:-1].decode("utf-8", "replace")
        entities.setdefault(name, _value(file, name, value, entities))  # the first definition counts
        at = _pass_over(head, match.end())
    end = _END.match(head, at)
    if end is None or len(entities) > MAX_ENTITIES:
        raise BadFile(
            f"{file}: its DOCTYPE holds more than {MAX_ENTITIES} entities, or others than plain texts such as "
            '<!ENTITY owl "http://...">; remove them'
        )
    lines = "".join(f'<!ENTITY {name} "{value}">' for name, value in entities.items())
    return b"<!DOCTYPE %b [%b]>" % (opened[1], lines.encode()), end.end()


def _value(file: str, name: str, value: str, entities: dict[str, str]) -> str:
    """An entity's text with those before it written out; ``BadFile`` where it is no short plain text."""

    def written(reference: re.Match[str]) -> str:
        other = reference[1]
        if other is None:
            return _char(file, name, reference[0])
        if other in _PREDEFINED:
            return reference[0]
        if other not in entities:
            raise BadFile(f"{file}: in its DOCTYPE, entity {name} refers to {other}, which is not defined before it")
        return entities[other]

    text = _REFERENCE.sub(written, value).replace('"', "&quot;")
    if len(text) > MAX_ENTITY_CHARS:
        raise BadFile(f"{file}: in its DOCTYPE, the text of entity {name} exceeds {MAX_ENTITY_CHARS} characters")
    if "<" in text or "%" in text or "&" in _REFERENCE.sub("", text):
        raise BadFile(f"{file}: in its DOCTYPE, entity {name} is no plain text; write it out where it is used")
    return text


def _char(file: str, name: str, reference: str) -> str:
    """The character of a numeric reference: one that is read again where the entity is used must be no mark-up."""
    digits = reference[2:-1]
    point = int(digits[1:], 16) if digits.startswith("x") else int(digits)
    if point < 32 or point > 0x10FFFF or 0xD800 <= point < 0xE000 or chr(point) in "&<%":
        raise BadFile(f"{file}: in its DOCTYPE, entity {name} is no plain text; write it out where it is used")
    return chr(point)

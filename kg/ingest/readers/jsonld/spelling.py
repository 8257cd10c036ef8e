"""Writes the contexts that a JSON-LD document names by address into it, while its bytes are streamed."""

from __future__ import annotations

import io
import json
import re
from typing import Any

from clew.kg.errors import BadFile
from clew.kg.ingest.readers.guards import Readable
from clew.kg.ingest.readers.jsonld.contexts import BUILT_IN, built_in
from clew.kg.limits import MAX_CONTEXT_BYTES

_KEY = re.compile(r'(?<!\\)"@context"\s*:\s*')
_HARMFUL = (b"<", b">", b"\\u00")
"""What an IRI may not hold wherever it is written, and how JSON may spell it."""
_HOLD = len('"@context"') + 64  # what may be the beginning of a key, with blanks after it
_DECODER = json.JSONDecoder()


class ContextsWritten(io.RawIOBase):
    """A UTF-8 JSON stream with each address of a context replaced by the context; ``BadFile`` for an unknown one.

    Line ends within a context are kept, so that lines stay where they are. ``harmless``: no character was read so far
    that could end an IRI early.
    """

    def __init__(self, file: str, stream: Readable) -> None:
        self.file, self.stream = file, stream
        self.held, self.ready, self.ended = b"", b"", False
        self.harmless = True

    def readable(self) -> bool:
        """Yes."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes: as many as asked for, fewer only at the end."""
        while not self.ended and (size < 0 or len(self.ready) < size):
            self._more()
        size = len(self.ready) if size < 0 else size
        data, self.ready = self.ready[:size], self.ready[size:]
        return data

    def _more(self) -> None:
        """Make some more bytes ready."""
        data = self.stream.read(1 << 16)
        self.ended = not data
        held = self.held + data
        self.harmless = self.harmless and not any(mark in held for mark in _HARMFUL)
        if b'"@context"' not in held:
            cut = len(held) if self.ended else max(0, len(held) - _HOLD)
            self.ready, self.held = self.ready + held[:cut], held[cut:]
            return
        text = held.decode("utf-8", "surrogateescape")
        done, at = [], 0
        while match := _KEY.search(text, at):
            try:
                value, end = _DECODER.raw_decode(text, match.end())
            except (ValueError, RecursionError):
                break
            if end == len(text) and not self.ended:
                break
            lines = text.count("\n", match.end(), end)
            done += [text[at : match.end()], json.dumps(self._written(value)), "\n" * lines]
            at = end
        else:
            match = None
        cut = match.start() if match and not self.ended else max(at, len(text) - (0 if self.ended else _HOLD))
        if match and len(text) - cut > MAX_CONTEXT_BYTES:
            raise BadFile(f"{self.file}: a context exceeds {MAX_CONTEXT_BYTES >> 20} MiB")
        self.ready += ("".join(done) + text[at:cut]).encode("utf-8", "surrogateescape")
        self.held = text[cut:].encode("utf-8", "surrogateescape")

    def _written(self, context: Any) -> Any:
        """A context without addresses."""
        if isinstance(context, str):
            return self._of(context)
        if isinstance(context, list):
            return [self._written(part) for part in context]
        if not isinstance(context, dict):
            return context
        known = self._of(context["@import"]) if isinstance(context.get("@import"), str) else {}
        own = {
            name: self._written(value) if name == "@context" else self._term(value)
            for name, value in context.items()
            if name != "@import"
        }
        return {**known, **own}

    def _term(self, value: Any) -> Any:
        """A term's definition, with the context in it."""
        if isinstance(value, dict) and "@context" in value:
            return {**value, "@context": self._written(value["@context"])}
        return value

    def _of(self, address: str) -> dict[str, Any]:
        found = built_in(address)
        if found is None:
            known = ", ".join(sorted({name.split("/docs")[0] for name in BUILT_IN}))
            raise BadFile(
                f"{self.file}: the context {address!r} is not built in, and nothing is fetched; write its content in "
                'place of the address or, if all its terms lie in one namespace, {"@vocab": "https://.../"} '
                f"(built in: {known})"
            )
        return found

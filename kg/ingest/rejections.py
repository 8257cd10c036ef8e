"""Handles statements that cannot be read: stop, count, or write them to a quarantine file."""

from __future__ import annotations

from collections import Counter
from typing import IO

from clew.kg.errors import BadFile, BadLine
from clew.kg.ingest.options import OnError
from clew.kg.limits import MAX_EXCERPT, MAX_FIRST_REJECTED, MAX_REJECTED_SHARE, MIN_LINES_TO_JUDGE


class Rejections:
    """Counts what was rejected, by kind, and decides whether reading goes on.

    Reading stops with the bad line itself where ``on_error`` is ``fail``, and with ``BadFile`` where so much is
    rejected that the file is probably of another format than it was read as.
    """

    def __init__(self, on_error: OnError = "fail", quarantine: IO[bytes] | None = None) -> None:
        self.on_error, self.quarantine = on_error, quarantine
        self.counts: Counter[str] = Counter()
        self.kept: Counter[str] = Counter()
        self.first: list[BadLine] = []
        self.accepted = 0
        self.noted = 0

    def note(self, kind: str, error: BadLine, count: int = 1) -> None:
        """Count something that is not as it should be, where reading goes on in any case: nothing around it is lost."""
        self.counts[kind] += count
        self.noted += count
        if len(self.first) < MAX_FIRST_REJECTED:
            self.first.append(error)

    def reject(self, kind: str, error: BadLine, raw: bytes = b"") -> None:
        """Note one bad statement of a ``kind`` (such as ``syntax``); ``raw`` is what to write to the quarantine."""
        if self.on_error == "fail":
            raise error
        self.counts[kind] += 1
        if len(self.first) < MAX_FIRST_REJECTED:
            self.first.append(error)
        if self.quarantine is not None and raw:
            self.quarantine.write(raw.rstrip(b"\r\n") + b"\n")
        rejected = self.counts.total() - self.noted
        if rejected >= MIN_LINES_TO_JUDGE and rejected > MAX_REJECTED_SHARE * (rejected + self.accepted):
            kinds = ", ".join(f"{kind} {count:,}" for kind, count in self.counts.most_common(3))
            raise BadFile(
                f"{error.file}: {rejected:,} of {rejected + self.accepted:,} statements rejected ({kinds}); "
                f"the file may have another format. First error: {self.first[0]}"
            )

    def keep(self, kind: str) -> None:
        """Note a statement kept although a term of this ``kind`` in it is not valid."""
        self.kept[kind] += 1


def excerpt(raw: bytes | str) -> str:
    """The start of a bad line, fit to be shown."""
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    text = text.strip()
    return text if len(text) <= MAX_EXCERPT else text[: MAX_EXCERPT - 1] + "…"

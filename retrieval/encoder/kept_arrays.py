"""Arrays that an encoder made of some texts, kept in a folder: of the same texts they are not made again."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from clew.kg.errors import StaleIndex
from clew.retrieval.encoder.embedder import Embedder
from clew.tries.storage import read_array, read_index, write_index

Arrays = dict[str, NDArray[Any]]
FORMAT = 2


@dataclass(frozen=True, slots=True)
class KeptArrays:
    """``kind``: what the arrays are; ``texts``: names the texts and the encoder (``fingerprint_of``); ``rebuild``: the
    command that makes them anew."""

    kind: str
    texts: str
    rebuild: str

    def open(
        self, places: Sequence[Path], names: Sequence[str], fits: Callable[[Arrays], bool], make: Callable[[], Arrays]
    ) -> Arrays:
        """Return the arrays of the first place that holds them for these texts, else make them; store them in the first
        place if they were not there. ``fits``: whether loaded arrays can be what they should."""
        for at, place in enumerate(places):
            try:
                found = self._load(place, names, fits)
            except StaleIndex as error:
                if at == 0 and place.exists():
                    logging.getLogger(__name__).warning("rebuilding: %s", error)
                continue
            if at:
                self._store(places[0], found)
            return found
        found = make()
        if places:
            self._store(places[0], found)
        return found

    def _load(self, place: Path, names: Sequence[str], fits: Callable[[Arrays], bool]) -> Arrays:
        read_index(place, self._manifest, self.rebuild)
        found = {name: read_array(place, name, self.rebuild) for name in names}
        if not fits(found):
            raise StaleIndex(f"the index at {place} is damaged; rebuild it with: {self.rebuild}")
        return found

    def _store(self, place: Path, arrays: Arrays) -> None:
        try:
            write_index(place, self._manifest, arrays)
        except OSError as error:  # a home that cannot be written to: they are made anew next time
            logging.getLogger(__name__).warning("%s is not kept: %s", place, error)

    @property
    def _manifest(self) -> dict[str, object]:
        return {"format": FORMAT, "kind": self.kind, "texts": self.texts}


def fingerprint_of(texts: Sequence[str], encoder: Embedder) -> str:
    """Return what names some texts and the encoder that reads them."""
    digest = hashlib.sha256(encoder.fingerprint.encode())
    for text in texts:
        raw = text.encode("utf-8", "surrogatepass")
        digest.update(b"%d:%s" % (len(raw), raw))
    return digest.hexdigest()

"""What a training run takes from a file of real questions: rows to train on, and rows and relations kept apart."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from clew.kg.errors import BadFile
from clew.training.questions.examples import RowSampler, RowSplit, split
from clew.training.questions.pool import Encode, RelationPool
from clew.training.questions.rows import read_rows


@dataclass(frozen=True, slots=True)
class QuestionMaterial:
    """Rows, and the relations that their schemas are drawn from. ``pool`` holds those trained on alone: the names of
    the others are not seen in training either. ``fingerprint``: of the file and of what was left out."""

    rows: RowSplit
    pool: RelationPool
    whole_pool: RelationPool
    fingerprint: str

    def trained(self, seed: int, unanswerable: float) -> RowSampler:
        """Return a sampler of examples to train on."""
        return RowSampler(self.rows.trained, self.pool, seed, unanswerable)

    def held_out(self, seed: int, unanswerable: float) -> RowSampler:
        """Return a sampler of examples of relations or sources that are not trained on."""
        return RowSampler(self.rows.held_out, self.whole_pool, seed, unanswerable)


def read_material(file: Path, encode: Encode, left_out: Path | None = None) -> QuestionMaterial:
    """Read a file of rows (``rows.read_rows``), and the names of relations to leave out, one a line.

    Raises ``BadFile`` if a file cannot be read, or nothing is left to train on or to hold out.
    """
    names = _names(left_out) if left_out is not None else ()
    rows = split(read_rows(file), names)
    if not rows.trained or not rows.held_out:
        raise BadFile(f"{file}: no questions are left to train on, or none to hold out")
    told = sha256(file.read_bytes() + "\n".join(names).encode()).hexdigest()[:16]
    return QuestionMaterial(
        rows, RelationPool(rows.trained, encode), RelationPool((*rows.trained, *rows.held_out), encode), told
    )


def _names(file: Path) -> tuple[str, ...]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{file}: not a readable text file: {error}") from error
    return tuple(line.strip() for line in lines if line.strip())

"""The full check of a snapshot: every kind of damage is found, though the checksums of the files were made to fit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from clew.kg.errors import CorruptSnapshot
from clew.kg.graph.builder import GraphBuilder
from clew.kg.store.integrity import verify_snapshot
from clew.kg.store.snapshot import write_snapshot
from clew.kg.terms.literal import Literal
from tests.kg.manifests import change_manifest, make_checksums_fit

Damage = Callable[[np.ndarray], None]


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    builder = GraphBuilder()
    for head, relation, tail in (("a", "r", "b"), ("a", "s", "b"), ("b", "r", "c"), ("c", "r", "a")):
        builder.edge(head, relation, tail, attributes={"w": Literal("1")})
    builder.edge("a", "r", Literal("x"))
    builder.label("a", "A")
    builder.label("r", "R")
    write_snapshot(builder.build(), tmp_path / "s")
    return tmp_path / "s"


def test_a_sound_one(snapshot: Path) -> None:
    found = verify_snapshot(snapshot, "g")
    assert (found.statements, found.files) == (7, len(list(snapshot.glob("*.npy"))))
    assert found.bytes == sum(path.stat().st_size for path in snapshot.glob("*.npy"))


def swap(array: np.ndarray) -> None:
    array[[0, 1]] = array[[1, 0]]


def first(value: int) -> Damage:
    def change(array: np.ndarray) -> None:
        array[0] = value

    return change


@pytest.mark.parametrize(
    ("name", "damage", "reason"),
    [
        ("node_blob", swap, "entities are not in order"),
        ("relation_blob", swap, "relations are not in order"),
        ("out_ptr", first(1), "out_ptr"),
        ("out_node", first(99), "do not exist|does not exist"),
        ("out_node", swap, "not in order|different edges"),
        ("inc_relation", first(1), "not in order|different edges"),
        ("inc_edge", first(3), "not a permutation"),
        ("inc_edge", swap, "different edges"),
        ("label_subject", first(99), "do not exist|does not exist"),
        ("label_blob", swap, "content hash"),
        ("attribute_blob", first(50), "content hash"),
        ("attribute_edge", first(99), "attributes are not in order"),
        ("relation_count", swap, "relation_count"),
        ("edge_digest", swap, "chunks of edges"),
    ],
)
def test_what_does_not_hang_together(snapshot: Path, name: str, damage: Damage, reason: str) -> None:
    path = snapshot / f"{name}.npy"
    array = np.load(path)
    damage(array)
    np.save(path, array)
    make_checksums_fit(path)
    with pytest.raises(CorruptSnapshot, match=reason):
        verify_snapshot(snapshot, "g")


@pytest.mark.parametrize("count", ["nodes", "relations", "edges", "statements"])
def test_wrong_counts(snapshot: Path, count: str) -> None:
    change_manifest(snapshot, lambda manifest: manifest["counts"].update({count: manifest["counts"][count] + 1}))
    with pytest.raises(CorruptSnapshot, match="counts"):
        verify_snapshot(snapshot, "g")

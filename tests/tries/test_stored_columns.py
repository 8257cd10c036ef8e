"""Stored columns are those that are computed, in whatever process and after whatever updates."""

from __future__ import annotations

import logging
import os
import random
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from clew.kg.errors import StaleIndex
from clew.kg.graph.interop import from_triples
from clew.kg.ingest.ingest import ingest
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.update import update
from clew.kg.store.catalogue import Catalogue
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import XSD
from clew.tries.columns.arrays import ColumnArrays
from clew.tries.columns.columns import ValueColumns
from clew.tries.columns.stored import columns_of, keep_columns_in, load, save
from clew.tries.storage import verify_indices

Triple = tuple[str, str, str | Literal]


def facts() -> list[Triple]:
    rng = random.Random(5)
    kinds = ("integer", "decimal", "date", "gYear")
    forms = (
        lambda: str(rng.randrange(99)),
        lambda: f"{rng.random():.3f}",
        lambda: f"19{rng.randrange(10, 99)}-0{rng.randrange(1, 9)}-11",
        lambda: str(rng.randrange(1000, 2020)),
    )
    typed_facts = [
        (f"e{i}", kind, Literal(form(), XSD + kind)) for i in range(50) for kind, form in zip(kinds, forms, strict=True)
    ]
    return [
        *typed_facts,
        *((f"e{i}", "height", Literal(f"{rng.randrange(99)} m")) for i in range(20)),
        *((f"e{i}", "made", Literal(str(1900 + i) if i % 2 else f"19{i + 10}-05")) for i in range(20)),
        ("e1", "name", Literal("one")),
    ]


FACTS = facts()


def same(one: ValueColumns, other: ValueColumns) -> bool:
    return one.groups == other.groups and all(
        np.array_equal(getattr(one.arrays, field.name), getattr(other.arrays, field.name))
        for field in fields(ColumnArrays)
    )


@pytest.mark.parametrize("triples", [FACTS, FACTS[:1], [("a", "b", "c")], []], ids=["many", "one", "none", "empty"])
def test_stored_is_computed_anew(triples: list[Triple], tmp_path: Path) -> None:
    graph = from_triples(triples)
    save(ValueColumns.of(graph), tmp_path / "columns")
    assert same(load(tmp_path / "columns", graph), ValueColumns.of(graph))
    with pytest.raises(StaleIndex, match="graph"):
        load(tmp_path / "columns", from_triples([*triples, ("x", "y", "z")]))


def test_columns_are_opened_at_their_first_use_and_stored(tmp_path: Path) -> None:
    graph, folder = from_triples(FACTS), tmp_path / "columns"
    keep_columns_in(graph, folder)
    assert not folder.exists()
    found = columns_of(graph)
    assert columns_of(graph).arrays is found.arrays
    before = {file.name: file.stat().st_mtime_ns for file in folder.iterdir()}
    again = from_triples(FACTS)
    keep_columns_in(again, folder)
    assert same(columns_of(again), found)
    assert {file.name: file.stat().st_mtime_ns for file in folder.iterdir()} == before


NAMES = sorted(field.name for field in fields(ColumnArrays))
ANY = {"start", "edges", "text", "way", "excluded", "ptr"}
"""Of these the bounds are checked by the edges' count, or any number is possible."""


@pytest.mark.parametrize(
    ("field", "damage"),
    [
        *((name, damage) for name in NAMES for damage in ("missing", "flipped", "another type")),
        *((name, "out of range") for name in NAMES if name not in ANY),
    ],
)
def test_damaged_columns_are_made_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, field: str, damage: str
) -> None:
    graph, folder = from_triples(FACTS), tmp_path / "columns"
    right = ValueColumns.of(graph)
    save(right, folder)
    file, array = folder / f"{field}.npy", np.array(getattr(right.arrays, field))
    if damage == "missing":
        file.unlink()
    elif damage == "flipped":
        file.write_bytes(file.read_bytes()[:-1] + bytes([file.read_bytes()[-1] ^ 1]))
    else:
        changed = array.astype(np.float64) if damage == "another type" else np.full_like(array, 2**30)
        save_with(folder, right, field, changed)
    keep_columns_in(graph, folder)
    with caplog.at_level(logging.WARNING):
        found = columns_of(graph)
    assert same(found, right)
    assert "rebuilding" in caplog.text
    assert same(load(folder, graph), right)


def save_with(folder: Path, columns: ValueColumns, field: str, array: np.ndarray) -> None:
    """Store columns of which one array is another one, with checksums that fit."""
    save(ValueColumns(columns.graph, columns.groups, replace(columns.arrays, **{field: array})), folder)


def test_columns_that_cannot_be_stored_are_used_all_the_same(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("no folder")
    graph = from_triples(FACTS)
    keep_columns_in(graph, tmp_path / "file" / "columns")
    assert same(columns_of(graph), ValueColumns.of(graph))
    assert "are not kept" in caplog.text


def test_other_processes_and_updates_make_the_same_columns(tmp_path: Path) -> None:
    (tmp_path / "all.nt").write_text("".join(lines(FACTS)))
    (tmp_path / "half.nt").write_text("".join(lines(FACTS[::2])))
    (tmp_path / "rest.nt").write_text("".join(lines(FACTS[1::2])))
    catalogue, here = Catalogue(tmp_path / "home"), IngestOptions(isolated=False)
    ingest(catalogue, [tmp_path / "all.nt"], "whole", here)
    ingest(catalogue, [tmp_path / "half.nt"], "updated", here)
    update(catalogue, "updated", [tmp_path / "rest.nt"], options=here)
    whole, updated = (ValueColumns.of(catalogue.open(name)) for name in ("whole", "updated"))
    assert same(whole, updated)
    save(whole, tmp_path / "here")
    program = (
        "import sys; from pathlib import Path; from clew.kg.store.catalogue import Catalogue; "
        "from clew.tries.columns.columns import ValueColumns; from clew.tries.columns.stored import save; "
        "save(ValueColumns.of(Catalogue(Path(sys.argv[1])).open('whole')), Path(sys.argv[2]))"
    )
    arguments = [sys.executable, "-c", program, str(tmp_path / "home"), str(tmp_path / "there")]
    subprocess.run(arguments, check=True, env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(Path.cwd())})
    for file in (tmp_path / "here").iterdir():
        assert file.read_bytes() == (tmp_path / "there" / file.name).read_bytes(), file.name


def lines(triples: list[Triple]) -> list[str]:
    def term(value: str | Literal) -> str:
        return value.key if isinstance(value, Literal) else f"<urn:{value}>"

    return [f"{term(head)} {term(relation)} {term(tail)} .\n" for head, relation, tail in triples]


def test_a_flip_in_any_file_is_found(tmp_path: Path) -> None:
    save(ValueColumns.of(from_triples(FACTS)), tmp_path / "columns")
    assert verify_indices(tmp_path)[0] == len(NAMES)
    for file in (tmp_path / "columns").iterdir():
        data = file.read_bytes()
        file.write_bytes(data[:-3] + bytes([data[-3] ^ 4]) + data[-2:])
        with pytest.raises(StaleIndex):
            verify_indices(tmp_path)
        file.write_bytes(data)
    assert verify_indices(tmp_path)[0] == len(NAMES)

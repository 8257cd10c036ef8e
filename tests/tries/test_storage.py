"""Index folders: replaced whole or not at all, refused when they do not belong."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from clew.kg.errors import StaleIndex
from clew.tries.storage import read_array, read_index, write_index


def test_a_write_that_fails_leaves_the_old_index(tmp_path: Path) -> None:
    def fail(path: str) -> None:
        raise OSError("disk full")

    write_index(tmp_path / "index", {"format": 1}, {"a": np.arange(3)})
    with pytest.raises(OSError, match="disk full"):
        write_index(tmp_path / "index", {"format": 2}, {"a": np.arange(9)}, {"trie": fail})
    assert read_index(tmp_path / "index", {"format": 1}, "rebuild") == {"format": 1}
    assert read_array(tmp_path / "index", "a", "clew x").tolist() == [0, 1, 2]
    assert [path.name for path in tmp_path.iterdir()] == ["index"]


def test_an_index_is_replaced_whole(tmp_path: Path) -> None:
    write_index(tmp_path / "deep" / "index", {"format": 1}, {"a": np.arange(3), "b": np.arange(2)})
    write_index(tmp_path / "deep" / "index", {"format": 1}, {"a": np.empty(0)})
    assert sorted(path.name for path in (tmp_path / "deep" / "index").iterdir()) == ["a.npy", "manifest.json"]
    assert len(read_array(tmp_path / "deep" / "index", "a", "clew x")) == 0


def test_what_does_not_belong_is_refused_with_the_command(tmp_path: Path) -> None:
    write_index(tmp_path / "index", {"format": 1}, {"a": np.arange(3)})
    with pytest.raises(StaleIndex, match=r"format 1 instead of 2; rebuild it with: clew x"):
        read_index(tmp_path / "index", {"format": 2}, "clew x")
    with pytest.raises(StaleIndex, match=r"build it with: clew x"):
        read_index(tmp_path / "none", {}, "clew x")
    with pytest.raises(StaleIndex, match=r"b\.npy .*; rebuild it with: clew x"):
        read_array(tmp_path / "index", "b", "clew x")
    (tmp_path / "index" / "a.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(StaleIndex, match=r"a\.npy .*; rebuild it with: clew x"):
        read_array(tmp_path / "index", "a", "clew x")


def test_arrays_with_objects_are_not_read(tmp_path: Path) -> None:
    write_index(tmp_path / "index", {}, {"a": np.arange(1)})
    np.save(tmp_path / "index" / "a.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(StaleIndex):
        read_array(tmp_path / "index", "a", "clew x")


def test_what_a_dead_process_left_is_deleted_after_a_while(tmp_path):
    write_index(tmp_path / "index", {}, {"a": np.arange(1)})
    for name in ("index.1.new", "index.2.old", "other.1.new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.npy").touch()
    write_index(tmp_path / "index", {}, {"a": np.arange(2)})
    assert len(list(tmp_path.iterdir())) == 4, "they may be in use"
    for folder in tmp_path.iterdir():
        os.utime(folder, (0, 0))
    write_index(tmp_path / "index", {}, {"a": np.arange(3)})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index", "other.1.new"]

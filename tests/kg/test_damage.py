"""Damaged files: whatever byte of whatever file is another one, a graph is refused or says what it said before."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.kg.errors import CorruptSnapshot
from clew.kg.graph.graph import Graph
from clew.kg.ingest.ingest import ingest
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.update import update
from clew.kg.proof.checker import verify
from clew.kg.proof.proof import Derivation, Operator, Proof, ProofEdge
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.mapped_file import BLOCK, Checksums, Summing, Watched, checked_file, checking_once, watching
from clew.kg.store.snapshot import open_snapshot, verify_files

HERE = IngestOptions(isolated=False)
DATA = """
@prefix : <http://x.org/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:likes rdfs:label "likes" . :ann rdfs:label "Ann"@en, "Anne"@fr ; :likes :bob, :cid ; :born "1990"^^:year ; a :Person .
:bob rdfs:label "Bob" ; :likes :ann ; a :Person . :cid :likes :cid . :Person rdfs:label "person" .
"""


def everything(graph: Graph) -> list[object]:
    """All that a graph says, by every way of asking it."""
    said: list[object] = [graph.content_hash, graph.num_nodes, graph.num_edges, graph.num_entities, graph.languages]
    for node in range(graph.num_nodes):
        said += [graph.key(node), graph.label(node), graph.labels(node), graph.types(node).tolist()]
        said += [(r, graph.neighbours(node, r).tolist()) for r in range(2 * graph.num_relations)]
    said += [(graph.relation_key(r), graph.relation_label(r)) for r in range(2 * graph.num_relations)]
    said += [(graph.edge_triple(edge), graph.edge_source(edge)) for edge in range(graph.num_edges)]
    return said


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A graph, and a version of it that is kept as a change."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "g.ttl").write_text(DATA)
    (folder / "more.nt").write_text("<http://x.org/bob> <http://x.org/likes> <http://x.org/dan> .\n")
    catalogue = Catalogue(folder)
    ingest(catalogue, [folder / "g.ttl"], "g", HERE)
    update(catalogue, "g", [folder / "more.nt"], options=HERE)
    return folder


@pytest.fixture
def copy(home: Path, tmp_path: Path) -> Catalogue:
    return Catalogue(Path(shutil.copytree(home, tmp_path / "copy")))


def damages(size: int, rng: random.Random) -> Iterator[tuple[str, Callable[[bytes], bytes]]]:
    """Ways to damage a file of so many bytes: flips where a header lies, where the data lies and anywhere."""
    places = {
        0,
        6,
        8,
        10,
        30,
        60,
        127,
        128,
        129,
        size // 2,
        size - 8,
        size - 1,
        *(rng.randrange(size) for _ in range(9)),
    }
    for place in sorted(place for place in places if 0 <= place < size):
        bit = 1 << rng.randrange(8)
        yield f"byte {place}", lambda data, at=place, bit=bit: data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]
    yield "a byte less", lambda data: data[:-1]
    yield "half", lambda data: data[: len(data) // 2]
    yield "nothing", lambda data: b""
    yield "a byte more", lambda data: data + b"\0"
    yield "zeros", lambda data: bytes(len(data))


def said_or_refused(catalogue: Catalogue, version: str) -> list[object] | None:
    try:
        return everything(catalogue.open("g", version))
    except CorruptSnapshot:
        return None


def test_no_damage_to_any_file_changes_what_a_graph_says(copy: Catalogue) -> None:
    rng, refused, files = random.Random(5), 0, 0
    for version in copy.versions("g"):
        before = everything(copy.open("g", version))
        for file in sorted(path for path in copy.folder("g", version).rglob("*") if path.is_file()):
            data, files = file.read_bytes(), files + 1
            for name, damage in damages(len(data), rng):
                damaged = damage(data)
                if damaged == data:
                    continue
                file.write_bytes(damaged)
                said = said_or_refused(copy, version)
                assert said in (before, None), (file, name)
                refused += said is None
                with pytest.raises(CorruptSnapshot):
                    verify_files(file.parent if file.parent.name != "base" else file.parent.parent)
                file.write_bytes(data)
        assert everything(copy.open("g", version)) == before
    assert files > 60
    assert refused > 15 * files


def test_a_missing_file_is_refused(copy: Catalogue) -> None:
    for file in sorted(path for path in copy.folder("g").iterdir() if path.is_file()):
        hidden = file.rename(file.with_suffix(".hidden"))
        with pytest.raises(CorruptSnapshot):
            copy.open("g")
        hidden.rename(file)


def test_what_is_published_says_which_version_it_is(copy: Catalogue) -> None:
    current = copy.home / "graphs" / "g" / "current"
    data = current.read_bytes()
    for place, bit in itertools.product(range(len(data)), range(8)):
        current.write_bytes(data[:place] + bytes([data[place] ^ (1 << bit)]) + data[place + 1 :])
        with pytest.raises(CorruptSnapshot):
            copy.open("g")


# --- while it is served
@pytest.fixture
def opened(copy: Catalogue) -> tuple[Watched, Graph, Path]:
    version = copy.versions("g")[0]
    with watching() as files:
        graph = copy.open("g", version)
    return files, graph, copy.folder("g", version)


@pytest.mark.parametrize("name", ["out_node", "node_blob", "chosen_label", "inc_ptr"])
@pytest.mark.parametrize("cut", [True, False])
def test_damage_after_opening_is_noticed(opened: tuple[Watched, Graph, Path], name: str, cut: bool) -> None:
    files, _, folder = opened
    files.check_unchanged()
    file = folder / f"{name}.npy"
    if cut:
        os.truncate(file, 64)
    else:
        with file.open("r+b") as stream:
            stream.seek(-1, os.SEEK_END)
            stream.write(b"\xff")
    with pytest.raises(CorruptSnapshot, match=name):
        files.check_unchanged()


def test_a_touched_file_is_checked_and_found_right(opened: tuple[Watched, Graph, Path]) -> None:
    files, _, folder = opened
    for file in folder.glob("*.npy"):
        os.utime(file)
    files.check_unchanged()


def test_a_version_that_is_deleted_while_it_is_open_stays_as_it_was(
    copy: Catalogue, opened: tuple[Watched, Graph, Path]
) -> None:
    files, graph, _ = opened
    before = everything(copy.open("g", graph.version))
    copy.remove("g")
    files.check_unchanged()
    assert everything(graph) == before


def test_only_the_files_of_the_version_in_use_are_watched(copy: Catalogue, opened: tuple[Watched, Graph, Path]) -> None:
    files, _, _ = opened
    with watching() as others:
        copy.open("g")
    os.truncate(copy.folder("g") / "out_node.npy", 64)
    files.check_unchanged()
    with pytest.raises(CorruptSnapshot, match="out_node"):
        others.check_unchanged()


# --- files of another version or graph
def test_files_of_another_version_are_refused(copy: Catalogue) -> None:
    first, second = copy.versions("g")
    copy.open("g", second)
    whole, other = copy.folder("g", second), copy.folder("g", first)
    for target in (whole, other):
        held = target.rename(target.with_name("held"))
        shutil.copytree(other if target is whole else copy.version_folder("g", second) / "whole", target)
        version = second if target is whole else first
        with pytest.raises(CorruptSnapshot, match="another version"):
            copy.open("g", version)
        with pytest.raises(CorruptSnapshot):
            copy.verify("g", version)
        shutil.rmtree(target)
        held.rename(target)
        copy.verify("g", version)


@pytest.mark.parametrize("damage", ["flip", "older"])
def test_a_damaged_whole_is_built_again_of_its_base_and_the_change(copy: Catalogue, damage: str) -> None:
    before = everything(copy.open("g"))
    whole = copy.folder("g")
    assert whole.name == "whole"
    inode = (whole / "out_node.npy").stat().st_ino
    assert not copy.compact("g"), "it is sound"
    assert (whole / "out_node.npy").stat().st_ino == inode
    if damage == "flip":
        (whole / "out_node.npy").write_bytes(bytes((whole / "out_node.npy").stat().st_size))
    else:
        shutil.rmtree(whole)
        shutil.copytree(copy.folder("g", copy.versions("g")[0]), whole)
    with pytest.raises(CorruptSnapshot):
        everything(copy.open("g"))
    assert copy.compact("g")
    assert everything(copy.open("g")) == before
    copy.verify("g")


def test_a_proof_is_checked_against_the_files_as_they_are(opened: tuple[Watched, Graph, Path]) -> None:
    _, graph, folder = opened
    ann, bob, likes = "http://x.org/ann", "http://x.org/bob", "http://x.org/likes"
    edge = ProofEdge(ann, likes, bob, False)
    proof = Proof(graph.version, bob, (Derivation((edge,), Operator.CHAIN),))
    assert verify(graph, proof).alternatives[0][0].edge == edge
    for name in ("out_ptr", "out_relation", "out_node", "node_offsets", "node_blob", "relation_blob"):
        file = folder / f"{name}.npy"
        data = file.read_bytes()
        with file.open("r+b") as stream:  # in a place that the proof does not need: the header's padding
            stream.seek(100)
            stream.write(b"\t")
        with pytest.raises(CorruptSnapshot, match=name):
            verify(graph, proof)
        file.write_bytes(data)
    verify(graph, proof)


_SHORTENED = """
import os, sys, threading
from pathlib import Path
from clew.kg.errors import CorruptSnapshot
from clew.kg.store.mapped_file import Checksums, checked_file, watching
import numpy as np
path = Path(sys.argv[1])
path.write_bytes(os.urandom(1_000_000))
with watching() as files:
    data = np.frombuffer(checked_file(path, Checksums.of_file(path)).data, np.uint8)
before = data[:1000].copy()
os.truncate(path, 1000)
def read():
    assert (data[:1000] == before).all() and not data[8192:].any()
readers = [threading.Thread(target=read) for _ in range(4)]
[reader.start() for reader in readers], [reader.join() for reader in readers], read()
try:
    files.check_unchanged()
except CorruptSnapshot as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the signal is handled on Linux only")
def test_a_read_beyond_the_end_of_a_shortened_file_does_not_end_the_process(tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", _SHORTENED, str(tmp_path / "file")], capture_output=True, text=True, env=env, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "cannot be read any more" in done.stdout


# --- checksums
@given(st.integers(0, 3 * BLOCK), st.lists(st.integers(1, BLOCK), max_size=6), st.integers(0))
def test_checksums_do_not_depend_on_the_pieces_and_tell_the_block(size: int, pieces: list[int], seed: int) -> None:
    data = np.random.default_rng(seed % 2**32).bytes(size)
    whole, summing, at = Checksums.of(data), Summing(), 0
    for piece in [*pieces, size]:
        summing.add(data[at : at + piece])
        at += piece
    assert summing.finish() == whole == Checksums.from_json(whole.to_json())
    assert whole.first_damaged(data, 0) is None
    if size:
        place = seed % size
        damaged = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        assert whole.first_damaged(damaged, 0) == place // BLOCK


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert bytes(checked_file(tmp_path / "empty", Checksums.of(b"")).data) == b""
    with pytest.raises(CorruptSnapshot, match="0 bytes instead of 1"):
        checked_file(tmp_path / "empty", Checksums.of(b"x"))


def test_arrays_are_checked_when_first_used(opened: tuple[Watched, Graph, Path]) -> None:
    """``edge_line`` is read for ``inspect`` alone: a graph with a damaged one answers, and ``inspect`` refuses."""
    _, _, folder = opened
    file = folder / "edge_line.npy"
    file.write_bytes(file.read_bytes()[:-1] + b"\x77")
    graph = open_snapshot(folder, "g")
    assert graph.num_edges
    with pytest.raises(CorruptSnapshot, match="edge_line"):
        graph.edge_source(0)


def test_a_file_is_checked_once_within_a_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under whatever name, unless it changes or other checksums are asked for."""
    data, file = bytes(range(256)) * 400, tmp_path / "file"
    file.write_bytes(data)
    (tmp_path / "link").hardlink_to(file)
    sums, read = Checksums.of(data), []
    first_damaged = Checksums.first_damaged
    monkeypatch.setattr(
        Checksums, "first_damaged", lambda self, view, block: read.append(len(view)) or first_damaged(self, view, block)
    )
    with checking_once():
        for name in ("file", "file", "link"):
            assert checked_file(tmp_path / name, sums).data == data
        assert sum(read) == len(data)
        with pytest.raises(CorruptSnapshot):
            checked_file(file, Checksums.of(data[:-1] + b"x"))
        file.write_bytes(data[:-1] + b"x")
        os.utime(file, ns=(1, 1))
        with pytest.raises(CorruptSnapshot):
            checked_file(tmp_path / "link", sums)
        file.write_bytes(data)
        os.utime(file, ns=(2, 2))
        checked_file(file, sums)
    read.clear()
    for _ in range(2):
        checked_file(file, sums)
    assert sum(read) == 2 * len(data)

"""A change kept beside its graph: its hash and counts are those of the changed graph from scratch."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.kg.errors import CorruptSnapshot, StorageFailed, UnknownGraph, UnknownVersion
from clew.kg.graph import arrays as graph_arrays
from clew.kg.graph import fingerprint
from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.fingerprint import SECTIONS, chunks_of
from clew.kg.graph.graph import Graph
from clew.kg.ingest.ingest import ingest
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.update import update
from clew.kg.store import pieces
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.delta import Counts, Delta
from clew.kg.store.delta_files import is_delta
from clew.kg.store.integrity import verify_snapshot
from clew.kg.store.patch import spliced
from clew.kg.store.snapshot import MANIFEST, read_manifest, verify_files, write_snapshot
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import RDFS_LABEL
from tests.kg.manifests import change_manifest
from tests.kg.oracle import keys, literals, relations

HERE = IngestOptions(isolated=False)
Row = tuple[str, str, "str | Literal", "tuple[tuple[str, str], ...]"]
attributes = st.lists(st.tuples(st.sampled_from("vw"), st.sampled_from("12")), max_size=2).map(tuple)
rows = st.lists(
    st.one_of(
        st.tuples(st.one_of(keys, relations), relations, st.one_of(keys, literals, relations), attributes),
        st.tuples(
            st.one_of(keys, relations), st.just(RDFS_LABEL), st.builds(Literal, st.sampled_from("xyz")), st.just(())
        ),
    ),
    max_size=20,
)


@pytest.fixture(autouse=True, params=[2, 128], scope="module")
def chunk(request: pytest.FixtureRequest) -> Iterator[None]:
    """Few rows a chunk and a piece, so that small graphs have many; and as many as there are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fingerprint, "CHUNK", request.param)
        patch.setattr(pieces, "PIECE", request.param)
        patch.setattr(graph_arrays, "LABELS_AT_A_TIME", request.param)
        yield


def build(statements: Sequence[Row]) -> Graph:
    builder = GraphBuilder()
    for subject, predicate, value, extra in statements:
        if predicate == RDFS_LABEL:
            builder.statement(subject, predicate, value)
        else:
            builder.edge(subject, predicate, value, attributes={})
            for name, text in extra:
                builder.edge(subject, predicate, value, attributes={name: Literal(text)})
    return builder.build()


def counts(graph: Graph) -> Counts:
    return Counts(graph.num_nodes, graph.num_entities, graph.num_relations, graph.num_edges, graph.num_statements)


@given(old=rows, steps=st.lists(st.tuples(rows, rows), min_size=1, max_size=3))
def test_any_chain_of_changes_is_the_result_from_scratch(
    chunk: None, old: list[Row], steps: list[tuple[list[Row], list[Row]]]
) -> None:
    now, delta = old, Delta.of(build(old))
    for add, delete in steps:
        gone = {row[:3] for row in delete}
        now = [row for row in now if row[:3] not in gone] + add
        delta = delta.then(build(add), build(delete))
        expected = build(now)
        assert delta.content_hash == expected.content_hash
        assert delta.counts == counts(expected)
        assert delta.whole().content_hash == expected.content_hash
        assert_same_arrays(patched(delta), delta.whole())


def patched(delta: Delta) -> Graph:
    found = spliced(delta)
    return delta.whole() if found is None else found.graph()


def assert_same_arrays(graph: Graph, expected: Graph) -> None:
    assert graph.meta == expected.meta
    assert graph.arrays.keys() == expected.arrays.keys()
    for name, array in expected.arrays.items():
        assert graph.arrays[name].dtype == array.dtype, name
        assert graph.arrays[name].tolist() == array.tolist(), name


@given(old=rows, add=rows, delete=st.lists(st.integers(0, 40), max_size=3))
def test_a_change_that_keeps_relations_and_languages_is_spliced_in(
    chunk: None, old: list[Row], add: list[Row], delete: list[int]
) -> None:
    """Such a change is not built from scratch, and gives the same arrays."""
    old = [("p", "r", "q", (("v", "1"), ("w", "2"))), ("p", RDFS_LABEL, Literal("x"), ()), *old]
    kept = {row[1] for row in old}
    gone = [old[i] for i in delete if 2 <= i < len(old)]
    delta = Delta.of(build(old)).then(build([row for row in add if row[1] in kept]), build(gone))
    with pytest.MonkeyPatch.context() as patch:
        if delta.nodes is not None:
            patch.setattr("clew.kg.store.delta.apply", lambda *_: pytest.fail("built from scratch"))
        found = patched(delta)
    assert_same_arrays(found, delta.whole())


@given(old=rows, new=rows)
def test_undone_is_as_before_and_nothing_is_left(chunk: None, old: list[Row], new: list[Row]) -> None:
    held = {row[:3] for row in old}
    new = [row for row in new if row[:3] not in held]
    base = build(old)
    delta = Delta.of(base).then(build(new), None).then(None, build(new))
    assert (delta.content_hash, delta.size) == (base.content_hash, 0)


def test_only_the_chunks_of_the_change_are_hashed_anew(chunk: None) -> None:
    statements = [(f"n{i:05}", "r", f"n{i * 7 % 5000:05}", ()) for i in range(5000)]
    base, changed = build(statements), build([*statements, ("n02500", "r", "new", ())])
    before, after = ({bytes(digest) for digest in chunks_of(graph.arrays, "edge").digests} for graph in (base, changed))
    assert len(before - after) <= 2
    assert len(after - before) <= 2


def test_chunks_are_those_of_their_sections(chunk: None) -> None:
    graph = build([("a", "r", "b", (("v", "1"),)), ("a", RDFS_LABEL, Literal("x"), ())])
    for section in SECTIONS:
        stored = fingerprint.stored_chunks(graph.arrays, section)
        again = chunks_of(graph.arrays, section)
        assert stored.starts.tolist() == again.starts.tolist()
        assert stored.digests.tolist() == again.digests.tolist()


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    found = Catalogue(tmp_path / "home")
    (tmp_path / "g.txt").write_text("".join(f"a{i}|p|b{i}\n" for i in range(300)))
    (tmp_path / "more.txt").write_text("a7|q|new\n")
    (tmp_path / "less.txt").write_text("a9|p|b9\n")
    (tmp_path / "again.txt").write_text("a7|p|fresh\nb0|p|a0\nnew|p|newer\n")
    ingest(found, [tmp_path / "g.txt"], "g", HERE)
    return found


def test_an_update_publishes_the_change_and_the_first_to_open_it_builds_it(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    base = catalogue.folder("g")
    update(catalogue, "g", [tmp_path / "more.txt"], options=HERE)
    report = update(catalogue, "g", delete=[tmp_path / "less.txt"], options=HERE)
    folder = catalogue.folder("g")
    assert is_delta(folder)
    assert (folder / "base" / "node_blob.npy").samefile(base / "node_blob.npy")
    verify_files(folder)
    assert verify_snapshot(folder, "g").version == report.version
    graph = catalogue.open("g")
    assert (graph.content_hash, graph.num_edges, graph.num_entities) == (report.content_hash, 300, report.entities)
    assert graph.edge_source(graph.num_edges - 1).file.endswith("g.txt")
    assert catalogue.folder("g") == folder / "whole"
    verify_files(folder / "whole")
    again = update(catalogue, "g", [tmp_path / "less.txt"], [tmp_path / "more.txt"], HERE)
    assert (catalogue.folder("g") / "base" / "out_ptr.npy").samefile(folder / "whole" / "out_ptr.npy")
    assert again.content_hash == catalogue.open("g", catalogue.versions("g")[-1]).content_hash
    assert len(catalogue.versions("g")) == 3, "the first version and the last are one"


def test_a_version_is_written_as_if_from_scratch(catalogue: Catalogue, tmp_path: Path) -> None:
    """Piece by piece or at once: the same files, byte by byte."""
    update(catalogue, "g", [tmp_path / "again.txt"], [tmp_path / "less.txt"], HERE)
    delta = catalogue.delta("g")[1]
    assert spliced(delta) is not None
    catalogue.compact("g")
    write_snapshot(delta.whole(), tmp_path / "scratch")
    whole, scratch = catalogue.folder("g"), tmp_path / "scratch"
    names = sorted(file.name for file in scratch.iterdir())
    assert len(names) > 40
    assert sorted(file.name for file in whole.iterdir()) == names
    for name in set(names) - {MANIFEST}:
        assert (whole / name).read_bytes() == (scratch / name).read_bytes(), name
    assert read_manifest(whole) == read_manifest(scratch)


def test_nothing_new_is_no_new_version(catalogue: Catalogue, tmp_path: Path) -> None:
    before = catalogue.folder("g")
    report = update(catalogue, "g", [tmp_path / "g.txt"], options=HERE)
    assert (catalogue.folder("g"), catalogue.versions("g")) == (before, [report.version])


def test_a_large_change_is_built_at_once(catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clew.kg.ingest.update.MIN_DELTA", 0)
    (tmp_path / "more.txt").write_text("".join(f"c{i}|p|b{i}\n" for i in range(100)))
    update(catalogue, "g", [tmp_path / "more.txt"], options=HERE)
    assert catalogue.folder("g").name == "whole"


def test_versions_outlive_the_one_they_are_based_on(catalogue: Catalogue, tmp_path: Path) -> None:
    report = update(catalogue, "g", [tmp_path / "more.txt"], options=HERE)
    assert len(catalogue.collect("g", keep=1)) == 1
    assert catalogue.open("g").content_hash == report.content_hash


def test_a_home_that_cannot_be_written_to(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = update(catalogue, "g", [tmp_path / "more.txt"], options=HERE)

    def refuse(*arguments: object) -> None:
        raise StorageFailed("read-only")

    monkeypatch.setattr("clew.kg.store.catalogue.write_built", refuse)
    assert catalogue.open("g").content_hash == report.content_hash
    assert is_delta(catalogue.folder("g"))


@pytest.mark.parametrize("file", ["added.npz", "removed.npz", "base/out_node.npy", f"base/{MANIFEST}"])
def test_a_damaged_change_is_refused(catalogue: Catalogue, tmp_path: Path, file: str) -> None:
    update(catalogue, "g", [tmp_path / "more.txt"], options=HERE)
    path = catalogue.folder("g") / file
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data[:-40])
    with pytest.raises(CorruptSnapshot):
        catalogue.open("g")
    with pytest.raises(CorruptSnapshot):
        verify_snapshot(catalogue.folder("g"), "g")


def test_a_change_of_another_base_is_refused(catalogue: Catalogue, tmp_path: Path) -> None:
    update(catalogue, "g", [tmp_path / "more.txt"], options=HERE)
    change_manifest(catalogue.folder("g"), lambda manifest: manifest.update(content_hash="0" * 64))
    with pytest.raises(CorruptSnapshot, match="does not result in the graph"):
        catalogue.open("g")


@pytest.mark.parametrize("opened", [False, True])
def test_damage_in_any_part_of_an_updated_version_is_found(catalogue: Catalogue, tmp_path: Path, opened: bool) -> None:
    update(catalogue, "g", [tmp_path / "more.txt"], [tmp_path / "less.txt"], HERE)
    if opened:
        catalogue.compact("g")
    folder = catalogue.version_folder("g")
    assert verify_snapshot(folder, "g").statements == 300
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    parts = {file.relative_to(folder).parts[0] for file in files}
    assert parts == {MANIFEST, "added.npz", "removed.npz", "base"} | ({"whole"} if opened else set())
    for file in files:
        data = file.read_bytes()
        for damaged in (None, data[:-1], *([] if file.name == MANIFEST else [data[:-1] + bytes([data[-1] ^ 1])])):
            file.unlink()
            if damaged is not None:
                file.write_bytes(damaged)
            with pytest.raises(CorruptSnapshot):
                verify_snapshot(folder, "g")
            file.write_bytes(data)
    assert verify_snapshot(folder, "g").statements == 300


def test_a_snapshot_of_another_graph_in_a_version_is_found(catalogue: Catalogue, tmp_path: Path) -> None:
    first = catalogue.folder("g")
    update(catalogue, "g", [tmp_path / "more.txt"], options=HERE)
    shutil.copytree(first, catalogue.version_folder("g") / "whole")
    with pytest.raises(CorruptSnapshot, match="content_hash is not that of the change"):
        verify_snapshot(catalogue.version_folder("g"), "g")


def test_a_version_has_one_name_however_it_is_stored(catalogue: Catalogue, tmp_path: Path) -> None:
    first = catalogue.current("g")
    second = update(catalogue, "g", [tmp_path / "more.txt"], options=HERE).version
    for _ in range(2):
        assert catalogue.resolve("g") == catalogue.resolve("g", second) == catalogue.resolve("g", second[:6]) == second
        assert catalogue.resolve("g", first) == first
        catalogue.open("g")
    assert catalogue.folder("g").name == "whole"
    for unknown in ("", "zzz"):
        with pytest.raises(UnknownVersion):
            catalogue.resolve("g", unknown)
    with pytest.raises(UnknownGraph):
        catalogue.resolve("other")

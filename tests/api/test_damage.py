"""Damage to files of a graph and of its indices: whatever is asked gets the right answer or is refused."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clew.api.schema.models import AskRequest
from clew.api.service.components import DefaultParts
from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.decoding.reasoner import Reasoner
from clew.kg.errors import CorruptSnapshot
from clew.kg.ingest.ingest import ingest
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.update import update
from clew.kg.store.catalogue import Catalogue

FLIPS = int(os.environ.get("CLEW_FUZZ", "120")) // 2
"""Random flips tried; ``make fuzz`` tries 10,000."""
FILMS = "".join(
    f"film{i}\t{relation}\t{value}\n"
    for i in range(12)
    for relation, value in (
        ("directed by", f"Director {i % 5}"),
        ("starred actor", f"Actor {i % 7}"),
        ("starred actor", f"Actor {(3 * i + 1) % 7}"),
        ("release year", str(1980 + i)),
    )
)
QUESTIONS = ("Who directed film3?", "Which films did Actor 2 star in?", "who directd film7", "When was film5 released?")


class OneModel(DefaultParts):
    """The default parts, with one model for every service, since loading it takes longer than all questions."""

    model: Reasoner | None = None

    def reasoner(self) -> Reasoner:
        if OneModel.model is None:
            OneModel.model = super().reasoner()
        return OneModel.model


def service(home: Path) -> Service:
    settings = Settings(home=home)
    return Service(settings, OneModel(Catalogue(home), settings))


def answers(asked: Service) -> list[object]:
    """What is said to every question: status, answers and the paths that prove them."""
    found = []
    for question in QUESTIONS:
        result = asked.ask("g", AskRequest(question=question), record=False)
        paths = [(path.text, [node.key for node in path.nodes], path.verified) for path in result.paths]
        found.append((result.status, sorted(answer.key for answer in result.answers), paths))
    return found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    (folder / "films.tsv").write_text(FILMS)
    ingest(Catalogue(folder), [folder / "films.tsv"], "g", IngestOptions(isolated=False))
    assert len([said for said in answers(service(folder)) if said[0] == "answered"]) == len(QUESTIONS)
    return folder


@pytest.fixture
def copy(home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(home, tmp_path / "copy"))


def files_of(home: Path) -> list[Path]:
    """All that belongs to the graph: its snapshot, and what was derived from it."""
    return sorted(
        path
        for part in ("graphs", "derived")
        for path in (home / part).rglob("*")
        if path.is_file() and path.stat().st_size
    )


def flipped(data: bytes, place: int, bit: int) -> bytes:
    return data[:place] + bytes([data[place] ^ (1 << bit)]) + data[place + 1 :]


def damages(data: bytes, rng: random.Random) -> Iterator[bytes]:
    """A flip in the header, one in what follows, and a file that is cut or grown."""
    yield flipped(data, min(9, len(data) - 1), rng.randrange(8))
    yield flipped(data, rng.randrange(len(data)), rng.randrange(8))
    yield rng.choice((data[: len(data) // 2], data[:-1], data + b"\0"))


def said_or_refused(home: Path) -> list[object] | None:
    try:
        return answers(service(home))
    except CorruptSnapshot:
        return None


def test_no_damage_to_any_file_changes_an_answer(copy: Path) -> None:
    """The files of a graph refuse it; those of an index are made anew."""
    before, rng = answers(service(copy)), random.Random(3)
    refused: dict[bool, int] = {True: 0, False: 0}
    files = files_of(copy)
    assert len([path for path in files if "derived" in path.parts]) > 15
    for file in files:
        data, derived = file.read_bytes(), "derived" in file.parts
        for damaged in damages(data, rng):
            file.write_bytes(damaged)
            said = said_or_refused(copy)
            assert said in (before, None), file
            refused[derived] += said is None
            if file.exists():
                file.write_bytes(data)
    assert refused[True] == 0
    assert refused[False] > 60
    assert answers(service(copy)) == before


@pytest.mark.timeout(7200 if FLIPS > 1000 else 300)
def test_random_flips_change_no_answer(copy: Path) -> None:
    before, rng = answers(service(copy)), random.Random(FLIPS)
    files = files_of(copy)
    refused = 0
    for _ in range(FLIPS):
        file = rng.choice(files)
        data = file.read_bytes()
        file.write_bytes(flipped(data, rng.randrange(len(data)), rng.randrange(8)))
        said = said_or_refused(copy)
        assert said in (before, None), file
        refused += said is None
        file.write_bytes(data)
    assert refused > FLIPS // 10


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def emptied(path: Path) -> None:
    os.truncate(path, 0)


def changed(path: Path) -> None:
    with path.open("r+b") as stream:
        stream.seek(-1, os.SEEK_END)
        last = stream.read(1)
        stream.seek(-1, os.SEEK_END)
        stream.write(bytes([last[0] ^ 1]))


@pytest.mark.parametrize("damage", [cut, emptied, changed])
def test_damage_while_served(copy: Path, damage: Callable[[Path], None]) -> None:
    served = service(copy)
    before = answers(served)
    for file in files_of(copy):
        if file.name in ("current", "manifest.json"):
            continue  # read when a graph is opened
        data = file.read_bytes()
        damage(file)
        try:
            assert answers(served) == before, file
        except CorruptSnapshot:
            assert "graphs" in file.parts, "a damaged index is made anew"
        file.write_bytes(data)
    assert answers(served) == before


def test_damage_that_loading_does_not_see_ends_no_question(copy: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The graph is loaded anew once, not for ever."""
    served = service(copy)
    before = answers(served)
    for name in ("edge_digest", "label_chunk", "attribute_blob", "edge_line"):
        (file,) = (copy / "graphs").rglob(f"{name}.npy")
        changed(file)
        caplog.clear()
        for _ in range(3):
            if name == "edge_line":  # where an edge was read is a part of its proof
                with pytest.raises(CorruptSnapshot, match=name):
                    answers(served)
            else:
                assert answers(served) == before
        assert len([record for record in caplog.records if "loaded anew" in record.message]) == 1


def test_damage_to_another_version_is_nothing_to_the_current_one(copy: Path) -> None:
    catalogue, served = Catalogue(copy), service(copy)
    before, old = answers(served), catalogue.current("g")
    (copy / "more.nt").write_text("<x:a> <x:p> <x:b> .\n")
    update(catalogue, "g", [copy / "more.nt"])
    assert answers(served) == before
    served.ask("g", AskRequest(question=QUESTIONS[0], version=old), record=False)
    changed(catalogue.version_folder("g", old) / "out_node.npy")
    assert answers(served) == before
    with pytest.raises(CorruptSnapshot, match="out_node"):
        served.ask("g", AskRequest(question=QUESTIONS[0], version=old), record=False)
    changed(catalogue.folder("g") / "out_ptr.npy")
    with pytest.raises(CorruptSnapshot, match="out_ptr"):
        answers(served)
    changed(catalogue.version_folder("g", old) / "out_node.npy")  # undone: it is right again
    catalogue.use("g", old)
    assert answers(served) == before


def test_what_was_damaged_while_a_question_was_answered_is_not_shown(copy: Path) -> None:
    """The damage comes after the first check, and the answer itself is right: it is refused all the same."""
    served = service(copy)
    before = answers(served)
    pipeline = served.pipeline("g")
    (file,) = (copy / "graphs").rglob("out_node.npy")
    data, answer = file.read_bytes(), pipeline.answer

    def damaging(query: object) -> object:
        found = answer(query)
        changed(file)
        return found

    pipeline.answer = damaging  # type: ignore[method-assign, assignment]
    with pytest.raises(CorruptSnapshot, match="out_node"):
        served.ask("g", AskRequest(question=QUESTIONS[0]), record=False)
    file.write_bytes(data)
    del pipeline.answer
    assert answers(served) == before

from __future__ import annotations

from pathlib import Path

import pytest

from clew.kg.errors import BadFile
from clew.training.synthetic import lexicon
from clew.training.synthetic.lexicon import LEXICON, read_domain, read_lexicon, texts, without_groups

GOOD = """
domain = "film"
held_out_group = "screen"
later_key = 1
[types.movie]
nouns = ["movie"]
[types.person]
[[relations]]
head = "movie"
tail = "person"
labels = ["directed_by", "film.film.directedBy"]
forward_questions = ["who directed {x}"]
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "film.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_good_file_reads(tmp_path: Path) -> None:
    domain = read_domain(write(tmp_path, GOOD))
    assert (domain.name, domain.group, len(domain.relations)) == ("film", "screen", 1)
    assert domain.types["person"].nouns == ("person",)
    assert texts([domain]) == ["directed by", "film directed by", "movie", "person"]
    assert without_groups([domain], ["screen"]) == ()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (('domain = "film"', ""), "`domain` is missing"),
        (('tail = "person"', 'tail = "animal"'), "tail 'animal' is not one of"),
        (('labels = ["directed_by", "film.film.directedBy"]', ""), "no labels"),
        (("directed {x}", "directed it"), "must hold {x} exactly once"),
        (("directed {x}", "directed {x} and {x}"), "must hold {x} exactly once"),
        (("directed {x}", "directed {x} {np}"), "no other brace"),
        (('forward_questions = ["who directed {x}"]', ""), "questions and phrases are missing"),
        (('["who directed {x}"]', '"who directed {x}"'), "list of non-empty strings"),
        (("domain =", "domain"), "not a readable TOML file"),
    ],
)
def test_a_broken_file_is_named_with_the_reason(tmp_path: Path, change: tuple[str, str], reason: str) -> None:
    file = write(tmp_path, GOOD.replace(*change))
    with pytest.raises(BadFile) as caught:
        read_domain(file)
    assert str(file) in str(caught.value)
    assert reason in str(caught.value)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no lexicon files"):
        read_lexicon(tmp_path)


@pytest.mark.parametrize("file", sorted(LEXICON.glob("*.toml")), ids=lambda file: file.stem)
def test_every_file_of_the_lexicon_is_sound(file: Path) -> None:
    domain = read_domain(file)
    assert len(domain.relations) >= 3
    for relation in domain.relations:
        assert len(relation.labels) >= 3, relation.labels[0]
        assert relation.forward_questions, relation.labels[0]
        assert relation.forward_phrases, relation.labels[0]


def test_the_lexicon_is_broad() -> None:
    domains = read_lexicon()
    assert len(domains) >= 40
    assert len({domain.name for domain in domains}) == len(domains)
    assert len({domain.group for domain in domains}) >= 10
    assert lexicon.texts(domains) == sorted(set(lexicon.texts(domains)))

"""The mapping as YAML: what is written is read back, and what is wrong is told with file, line and field."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from clew.kg.errors import BadFile, BadInput, BadLine
from clew.kg.ingest.mapping.mapping_file import read_mapping
from clew.kg.ingest.mapping.mapping_writer import render
from clew.kg.ingest.mapping.plan import DatabasePlan
from clew.kg.ingest.mapping.proposer import propose
from clew.kg.ingest.mapping.sqlite import SqliteDatabase
from tests.kg.mapping.databases import database, facts, loaded

ZOO = """
    CREATE TABLE keepers (id INTEGER PRIMARY KEY, name TEXT, boss INTEGER REFERENCES keepers);
    CREATE TABLE pens (wing TEXT, nr INTEGER, area REAL, PRIMARY KEY (wing, nr));
    CREATE TABLE animals (id INTEGER PRIMARY KEY, name TEXT, wing TEXT, nr INTEGER, species TEXT, born INTEGER,
                          FOREIGN KEY (wing, nr) REFERENCES pens);
    CREATE TABLE care (keeper_id INTEGER REFERENCES keepers, animal_id INTEGER REFERENCES animals);
    INSERT INTO keepers VALUES (1, 'Nils', NULL), (2, 'Yara', 1);
    INSERT INTO pens VALUES ('north', 1, 20.5), ('south', 1, 9);
    INSERT INTO animals VALUES (1, 'Kofi', 'north', 1, 'lion', 2019), (2, 'Mila', 'south', 1, 'otter', 2021);
    INSERT INTO care VALUES (1, 1), (2, 2);
"""


@pytest.fixture
def zoo(tmp_path: Path) -> str:
    return database(tmp_path / "zoo.db", ZOO)


def plan_of(file: str) -> DatabasePlan:
    opened = SqliteDatabase(file)
    with closing(opened):
        return propose(opened)


def mapped(zoo: str, text: str) -> set[tuple[str, str, str]]:
    file = Path(zoo).with_name("zoo.yaml")
    file.write_text(text)
    return facts(loaded(zoo, mapping=str(file)).graph)


def test_what_is_written_is_read_back(zoo: str, tmp_path: Path) -> None:
    plan = plan_of(zoo)
    (tmp_path / "m.yaml").write_text(render(plan, "zoo.db"))
    again = read_mapping(str(tmp_path / "m.yaml"), plan)
    for name, table in plan.tables.items():
        assert set(again.tables[name].references) == set(table.references), name
        assert again.tables[name].columns == table.columns
        assert (again.tables[name].link, again.tables[name].key) == (table.link, table.key)
    assert plan.tables["care"].form == "relation"
    assert any(len(reference.columns) == 2 for reference in plan.tables["animals"].references)


def test_what_a_mapping_changes(zoo: str) -> None:
    found = mapped(
        zoo,
        """
tables:
  ANIMALS:
    class: beast
    label: [name, species]
    columns: {born: text, species: {as: text, relation: Kind}, id: leave out}
  care: {as: nodes}
  pens: leave out
""",
    )
    assert {("animals/1", "type", "class:beast"), ("animals/1", "label", '"Kofi lion"')} <= found
    assert {("animals/1", "Kind", "value:lion"), ("animals/1", "born", "value:2019")} <= found
    assert not [fact for fact in found if fact[1] in ("pen", "id") and fact[0].startswith("animals/")]
    assert ("animals/1", "wing", "value:north") in found
    assert any(fact[0].startswith("care/") for fact in found)


def test_edges_of_a_table_by_a_mapping(zoo: str) -> None:
    text = "tables:\n  care: {as: relation, from: animal_id, to: keeper_id, relation: fed by}\n"
    found = mapped(zoo, text)
    assert ("animals/1", "fed by", "keepers/1") in found
    assert not [fact for fact in found if fact[0] == "keepers/1" and fact[2] == "animals/1"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("tabels: {}\n", 1, "tabels: unknown field; fields: tables"),
        ("tables:\n  lions: leave out\n", 2, "tables.lions: no such table; tables: animals, care"),
        ("tables:\n  pens:\n    keys: wing\n", 3, "tables.pens.keys: unknown field"),
        ("tables:\n  pens:\n    key: [wing, no]\n", 3, "tables.pens.key: no column no in pens"),
        ("tables:\n  pens:\n    columns:\n      area: nummer\n", 4, "'nummer' is none of: number, date"),
        ("tables:\n  pens:\n    columns:\n      area: {as: reference}\n", 4, "columns.area.to: is missing"),
        ("tables:\n  animals:\n    columns:\n      born: {to: pens}\n", 4, "1 of the columns of pens needed, not 2"),
        ("tables:\n  animals:\n    columns:\n      born: {to: care, by: keeper_id}\n", 4, "refers to care, whose rows"),
        ("tables:\n  pens:\n    columns:\n      area: {relation: nr}\n", 1, "two relations are called 'nr'"),
        ("tables:\n  pens: leave out\n  pens: nodes\n", 3, "tables.pens: is given twice"),
        ("tables:\n  pens:\n    from: wing\n", 3, "only a table with as: relation has it"),
        ("tables:\n  keepers: {as: relation}\n", 2, "tables.keepers.from: is missing"),
        ("tables:\n  - pens\n", 2, "tables: must be fields with values"),
        ("tables:\n  pens: {key: {}}\n", 2, "tables.pens.key: must be a text"),
        ("tables: [\n", 2, "not YAML"),
        ("tables: !!python/object/apply:os.system ['true']\n", 1, "tables: must be fields with values"),
    ],
)
def test_what_is_wrong_is_told(zoo: str, text: str, line: int, words: str) -> None:
    file = Path(zoo).with_name("bad.yaml")
    file.write_text(text)
    with pytest.raises(BadLine) as caught:
        read_mapping(str(file), plan_of(zoo))
    assert caught.value.line == line
    assert words in caught.value.reason
    assert str(caught.value).startswith(f"{file}:{line}: ")


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "empty"), (b"a: " + b"[" * 5000, "nested"), (None, "No such file")]
)
def test_files_that_are_no_mapping(zoo: str, content: bytes | None, words: str) -> None:
    file = Path(zoo).with_name("bad.yaml")
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BadFile, match=words):
        read_mapping(str(file), plan_of(zoo))


def test_a_mapping_is_of_one_database(zoo: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="one database"):
        loaded(zoo, database(tmp_path / "two.db", "CREATE TABLE u (a);"), mapping="m.yaml")

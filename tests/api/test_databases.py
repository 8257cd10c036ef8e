"""``clew ingest DATABASE``: five databases, each loaded by one call, and questions across joins with rows as proof."""

import json
import sqlite3
from dataclasses import replace

import pytest

from clew.kg.ingest.ingest import ingest
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.update import update
from clew.kg.store.catalogue import Catalogue

HERE = IngestOptions(isolated=False)
DATABASES = {
    "library": """
        CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT, born INTEGER);
        CREATE TABLE books (isbn TEXT PRIMARY KEY, title TEXT NOT NULL, author_id INTEGER REFERENCES authors(id));
        CREATE TABLE copies (isbn TEXT REFERENCES books, nr INTEGER, shelf TEXT, PRIMARY KEY (isbn, nr)) WITHOUT ROWID;
        CREATE TABLE readers (id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT);
        CREATE TABLE loans (id INTEGER PRIMARY KEY, isbn TEXT, nr INTEGER, reader_id INTEGER REFERENCES readers,
                            due TEXT, FOREIGN KEY (isbn, nr) REFERENCES copies (isbn, nr));
        INSERT INTO authors VALUES (7, 'Marta Quill', 1961), (8, 'Jon Ferry', 1970);
        INSERT INTO books VALUES ('111', 'The Slow Tide', 7), ('222', 'Glass Orchard', 8), ('333', 'Unsigned', NULL);
        INSERT INTO copies VALUES ('111', 1, 'B4'), ('111', 2, 'B4'), ('222', 1, 'C1');
        INSERT INTO readers VALUES (1, 'Ida', 'Bloom'), (2, 'Per', 'Vang');
        INSERT INTO loans VALUES (5, '111', 2, 1, '2024-03-01'), (6, '222', 1, 2, '2024-03-09');
    """,
    "school": """
        CREATE TABLE Teachers (TeacherID INTEGER PRIMARY KEY, TeacherName TEXT, MentorID INTEGER
                               REFERENCES teachers(teacherid));
        CREATE TABLE Courses (Code TEXT PRIMARY KEY, Title TEXT, TeacherID INTEGER REFERENCES Teachers);
        CREATE TABLE Students (ID INTEGER PRIMARY KEY, Name TEXT, HomeTown TEXT);
        CREATE TABLE student_course (student_id INTEGER REFERENCES Students, course_code TEXT REFERENCES Courses,
                                     PRIMARY KEY (student_id, course_code));
        INSERT INTO Teachers VALUES (1, 'Ole Krag', NULL), (2, 'Ruth Amsel', 1);
        INSERT INTO Courses VALUES ('BIO', 'Biology', 2), ('ART', 'Painting', 1);
        INSERT INTO Students VALUES (10, 'Finn Maier', 'Ulm'), (11, 'Noor Sayed', 'Graz');
        INSERT INTO student_course VALUES (10, 'BIO'), (11, 'ART');
    """,
    "firm": """
        CREATE TABLE cities (id INTEGER PRIMARY KEY, name TEXT, country TEXT);
        CREATE TABLE departments (id INTEGER PRIMARY KEY, name TEXT UNIQUE, city_id INTEGER NOT NULL REFERENCES cities);
        CREATE TABLE employees (id INTEGER PRIMARY KEY, name TEXT, department_id INTEGER REFERENCES departments,
                                manager_id INTEGER REFERENCES employees, salary REAL) STRICT;
        INSERT INTO cities VALUES (1, 'Porto', 'Portugal'), (2, 'Turku', 'Finland');
        INSERT INTO departments VALUES (1, 'Optics', 2), (2, 'Payroll', 1);
        INSERT INTO employees VALUES (1, 'Sana Holm', 1, NULL, 5100.5), (2, 'Igor Lund', 2, 1, 3900.0);
    """,
    "rail": """
        CREATE TABLE "line" ("group" TEXT, "no" INTEGER, operator TEXT, PRIMARY KEY ("group", "no"));
        CREATE TABLE station (name TEXT PRIMARY KEY, region TEXT);
        CREATE TABLE stop ("line group" TEXT, "line no" INTEGER, station_name TEXT REFERENCES station (name),
                           platform INTEGER, FOREIGN KEY ("line group", "line no") REFERENCES "line" ("group", "no"));
        INSERT INTO "line" VALUES ('S', 1, 'Nordbahn'), ('S', 2, 'Westbahn');
        INSERT INTO station VALUES ('Altmark', 'Elbtal'), ('Birkenau', 'Odenwald');
        INSERT INTO stop VALUES ('S', 1, 'Altmark', 3), ('S', 2, 'Birkenau', 1);
    """,
    "clinic": """
        CREATE TABLE wards (id INTEGER PRIMARY KEY, label TEXT);
        CREATE TABLE doctors (id INTEGER PRIMARY KEY, name TEXT, ward_id INTEGER REFERENCES wards, photo BLOB);
        CREATE TABLE patients (id INTEGER PRIMARY KEY, name TEXT, doctor_id INTEGER REFERENCES doctors, note TEXT);
        CREATE TABLE bills (amount NUMERIC);
        INSERT INTO wards VALUES (1, 'Cardiology'), (2, 'Surgery');
        INSERT INTO doctors VALUES (1, 'Dr Osei', 2, x'00ff'), (2, 'Dr Klein', 1, NULL);
        INSERT INTO patients VALUES (1, 'Lea Brandt', 1, NULL), (2, 'Tom Arvo', NULL, 'waits'), (3, 'Kim Oh', 99, NULL);
        INSERT INTO bills VALUES (12), ('waived'), (NULL), (3.5);
    """,
}
QUESTIONS = {
    "library": ("copy isbn of loan 5", ["The Slow Tide"]),
    "school": ("course teacher of Finn Maier", ["Ruth Amsel"]),
    "firm": ("department city of Sana Holm", ["Turku"]),
    "rail": ("line operator of stop 1", ["Nordbahn"]),
    "clinic": ("doctor ward of Lea Brandt", ["Surgery"]),
}
PROOFS = {
    "library": [("loans", 5), ("copies", 2)],
    "school": [("student_course", 1), ("Courses", 1)],
    "firm": [("employees", 1), ("departments", 1)],
    "rail": [("stop", 1), ("line", 1)],
    "clinic": [("patients", 1), ("doctors", 1)],
}


@pytest.fixture
def make(tmp_path):
    def make(name, script=None):
        file = tmp_path / f"{name}.db"
        connection = sqlite3.connect(file)
        connection.executescript(script or DATABASES[name])
        connection.close()
        return file

    return make


@pytest.mark.parametrize("name", sorted(PROOFS))
def test_a_question_across_two_joins(clew, home, make, name):
    file = make(name)
    ingest(Catalogue(home), [file], name, HERE)
    question, answers = QUESTIONS[name]
    found = json.loads(clew("ask", "-g", name, question, "--json").stdout)
    assert [answer["label"] for answer in found["answers"]] == answers
    triples = json.loads(clew("inspect", found["paths"][0]["id"], "--json").stdout)["triples"]
    assert len(triples) == 2
    rows = [(triple["source"]["file"], triple["source"]["line"]) for triple in triples]
    assert rows == [(f"{name}.db:{table}", line) for table, line in PROOFS[name]]
    table, line = PROOFS[name][0]
    assert f"({name}.db:{table} row {line})" in clew("inspect", found["paths"][0]["id"]).stdout


def test_what_is_not_as_it_should_be_is_told(clew, make):
    file = make("clinic")
    told = json.loads(clew("ingest", file, "--graph", "clinic", "--no-index", "--json").stdout)
    assert told["rejected"] == {"blob": 1, "dangling": 1, "type": 1}
    first = " ".join(told["first_rejected"])
    assert "clinic.db:patients row 3: doctor_id: there is no row 99 in doctors" in first
    assert "clinic.db:bills row 2: amount: no number, taken as text: 'waived'" in first


def test_a_mapping_is_shown_corrected_and_given_back(clew, home, make, tmp_path):
    file, mapping = make("clinic"), tmp_path / "clinic.yaml"
    shown = clew("mapping", file).stdout
    clew("mapping", file, "--output", mapping)
    assert mapping.read_text() == shown
    assert json.loads(clew("mapping", file, "--json").stdout) == {"mapping": shown.rstrip("\n") + "\n", "file": None}
    same = replace(HERE, mapping=str(mapping))
    assert ingest(Catalogue(home), [file], "one", HERE).version == ingest(Catalogue(home), [file], "two", same).version
    mapping.write_text(
        "tables:\n  doctors:\n    columns:\n      ward_id: {as: reference, to: wards, relation: works on}\n"
    )
    ingest(Catalogue(home), [file], "two", same)
    found = json.loads(clew("ask", "-g", "two", "doctor works of Lea Brandt", "--json").stdout)
    assert [answer["label"] for answer in found["answers"]] == ["Surgery"]
    mapping.write_text("tables:\n  doctors:\n    columns:\n      ward_ids: number\n")
    error = clew("ingest", file, "--graph", "two", "--mapping", mapping, exit_code=2).stderr
    assert f"{mapping}:4: tables.doctors.columns.ward_ids: no such column; columns: id, name, ward_id, photo" in error


def test_an_update_takes_the_difference_of_two_states(clew, home, make):
    catalogue, old = Catalogue(home), make("firm")
    new = make("firm-now", DATABASES["firm"].replace("'Igor Lund', 2", "'Igor Lund', 1"))
    ingest(catalogue, [old], "firm", HERE)
    report = update(catalogue, "firm", [new], [old], HERE)
    assert report.version == ingest(catalogue, [new], "now", HERE).version
    changed = clew("diff", "firm").stdout
    assert "1 added, 1 removed" in changed


def test_tables_with_rows(clew, tmp_path):
    (tmp_path / "customers.csv").write_text("id,name,city_id\n1,Ida Moe,20\n2,Bo Day,10\n3,Sol Fox,\n")
    (tmp_path / "cities.csv").write_text("id;name;country\n10;Lyon;France\n20;Bonn;Germany\n")
    clew("ingest", tmp_path / "customers.csv", tmp_path / "cities.csv", "--rows", "--graph", "shop", "--no-index")
    found = json.loads(clew("ask", "-g", "shop", "city country of Ida Moe", "--json").stdout)
    assert [answer["label"] for answer in found["answers"]] == ["Germany"]
    triples = json.loads(clew("inspect", found["paths"][0]["id"], "--json").stdout)["triples"]
    rows = [(triple["source"]["file"], triple["source"]["line"]) for triple in triples]
    assert rows == [("customers.csv", 2), ("cities.csv", 3)]

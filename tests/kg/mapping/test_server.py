"""Databases behind URLs: SQLAlchemy on SQLite where it is installed, a real PostgreSQL where there is one."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from clew.kg.errors import BadFile, BadInput
from clew.kg.graph.builder import GraphBuilder
from clew.kg.ingest import worker
from clew.kg.ingest.ingest import ingest
from clew.kg.ingest.loading import load
from clew.kg.ingest.mapping import urls
from clew.kg.ingest.mapping.describing import describe
from clew.kg.ingest.mapping.emitter import TableEmitter
from clew.kg.ingest.mapping.proposer import propose
from clew.kg.ingest.mapping.server import ServerDatabase
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.rejections import Rejections
from clew.kg.store.catalogue import Catalogue
from tests.kg.mapping.databases import database, facts, loaded, reading

HERE = IngestOptions(isolated=False)
HARBOUR = """
    CREATE TABLE ports (code VARCHAR(5) PRIMARY KEY, name VARCHAR(40) NOT NULL, deep BOOLEAN, opened DATE);
    CREATE TABLE ships (id INTEGER PRIMARY KEY, ship_name VARCHAR(40), home_port_code VARCHAR(5) REFERENCES ports,
                        tonnage NUMERIC, built TIMESTAMP);
    CREATE TABLE calls (ship_id INTEGER REFERENCES ships, port_code VARCHAR(5) REFERENCES ports,
                        PRIMARY KEY (ship_id, port_code));
    CREATE TABLE "Log %s: odd" ("group" INTEGER, "a.b" TEXT);
    CREATE VIEW heavy AS SELECT * FROM ships;
    INSERT INTO ports VALUES ('OSL', 'Oslo', true, '1850-05-01'), ('BGO', 'Bergen', false, NULL);
    INSERT INTO ships VALUES (1, 'Marit', 'OSL', 1200.5, '1999-01-02 03:04:05'), (2, 'Unni', NULL, 7.5, NULL);
    INSERT INTO calls VALUES (1, 'BGO'), (2, 'BGO'), (2, 'OSL');
    INSERT INTO "Log %s: odd" VALUES (3, 'calm'), (1, 'storm');
"""


def read(server: ServerDatabase) -> set[tuple[str, str, str]]:
    """The graph of all tables."""
    builder, rejections = GraphBuilder(), Rejections()
    with closing(server):
        plan = propose(server)
        for name in plan.tables:
            TableEmitter(reading(plan.schemas[name].place, builder, rejections), server, plan, name).emit()
    return facts(builder.build())


def test_a_server_gives_the_graph_of_its_sqlite_twin(tmp_path: Path) -> None:
    pytest.importorskip("sqlalchemy")
    file = database(tmp_path / "harbour.db", HARBOUR)
    found = read(ServerDatabase(f"sqlite:///{file}"))
    assert ("ships/1", "home port", "ports/OSL") in found
    assert found == {fact for fact in facts(loaded(file).graph) if "built" not in fact}  | {
        fact for fact in found if "built" in fact}  # fmt: skip


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "sqlalchemy", None)
    with pytest.raises(BadInput, match=r"clew\[databases\]"):
        ServerDatabase("postgresql://h/db")


@pytest.mark.parametrize(
    ("url", "name", "secret"),
    [
        ("postgresql://orla:s3cret@db:5433/fleet?sslpassword=s3", "postgresql://orla@db:5433/fleet", "s3cret"),
        ("mysql+pymysql://orla:s3%40cret@db/fleet", "mysql+pymysql://orla@db/fleet", "s3@cret"),
        ("postgresql:///fleet?user=orla&password=s3cret", "postgresql:///fleet", "s3cret"),
    ],
)
def test_passwords_are_not_shown(url: str, name: str, secret: str) -> None:
    names, secrets = urls.hide([url, "kb.txt"])
    assert names == [name, "kb.txt"]
    assert secrets == {name: url}
    told = urls.scrub(f"cannot reach {url}:\n password {secret}, {url}", url)
    assert secret not in told
    assert told.startswith("cannot reach ***")


def test_what_is_no_database_is_no_file_either() -> None:
    for source in ("https://example.org/a.nt", "file:///a.nt"):
        with pytest.raises(BadFile, match="no such file"):
            loaded(source)
    with pytest.raises(BadInput, match="not a URL"):
        urls.hide(["postgresql://h:port/db"])


def test_an_sqlite_address_is_its_file() -> None:
    assert urls.hide(["sqlite:////tmp/a%20b.db?mode=rw"]) == (["/tmp/a b.db"], {})


def test_two_addresses_that_are_shown_alike_are_refused() -> None:
    with pytest.raises(BadInput, match="given twice") as caught:
        urls.hide(["postgresql://a:one@h/db", "postgresql://a:two@h/db"])
    assert "one" not in str(caught.value)


# --- a real server


def as_user(command: Sequence[str]) -> list[str]:
    """A command that does not run as root, which the server refuses."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else [*command]


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The URL of an empty database of a server that ends with the tests."""
    pytest.importorskip("sqlalchemy")
    pytest.importorskip("psycopg")
    if shutil.which("initdb") is None or shutil.which("pg_ctl") is None:
        pytest.skip("PostgreSQL (initdb, pg_ctl) is not installed")
    folder = Path(tempfile.mkdtemp(prefix="clew-pg-"))
    try:
        word = folder / "word"
        word.write_text("s3cret-of-orla\n")
        folder.chmod(0o755)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        data = str(folder / "data")
        init = [
            "initdb",
            "-D",
            data,
            "-U",
            "orla",
            "-A",
            "scram-sha-256",
            f"--pwfile={word}",
            "--no-sync",
            "-E",
            "UTF8",
        ]
        subprocess.run(as_user(init), check=True, capture_output=True, cwd=folder)
        options = f"-p {port} -k {folder} -h 127.0.0.1 -c fsync=off"
        start = ["pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start"]
        subprocess.run(as_user(start), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
        try:
            yield f"postgresql://orla:s3cret-of-orla@127.0.0.1:{port}/postgres"
        finally:
            stop = ["pg_ctl", "-D", data, "-m", "immediate", "stop"]
            subprocess.run(as_user(stop), check=True, capture_output=True, cwd=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def harbour(postgres: str) -> str:
    """The server's database with the tables of the harbour, and some that only PostgreSQL has."""
    import psycopg

    with psycopg.connect(postgres) as connection:
        connection.execute(HARBOUR + "CREATE SEQUENCE numbers;")
        connection.execute(
            "CREATE TABLE notes (id uuid PRIMARY KEY, tags text[], extra jsonb, photo bytea, seen timestamptz, "
            "n numeric)"
        )
        connection.execute(
            "INSERT INTO notes VALUES ('00000000-0000-0000-0000-000000000001', '{calm,cold}', '{\"a\": 1}', 'x', "
            "'2020-01-01T00:00:00Z', 'NaN')"
        )
    return postgres


def test_a_postgresql_database(harbour: str, tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path / "home")
    report = ingest(catalogue, [harbour], "fleet")
    assert report.rejected == {"view": 1, "blob": 1}
    found = facts(catalogue.open("fleet"))
    twin = facts(loaded(database(tmp_path / "harbour.db", HARBOUR)).graph)
    notes = {fact for fact in found if fact[0].startswith(("notes/", "class:note", "value:c", "value:0"))}
    assert found - notes - twin == set()
    assert twin <= found
    assert ("ships/1", "built", '"1999-01-02T03:04:05"^^dateTime') in found
    assert ("ports/OSL", "deep", '"true"^^boolean') in found
    key = "notes/00000000-0000-0000-0000-000000000001"
    assert {(key, "tag", "value:calm"), (key, "n", '"NaN"^^double')} <= {
        (head, relation.removesuffix("s") if relation == "tags" else relation, tail) for head, relation, tail in notes
    }
    graph = catalogue.open("fleet")
    edge = graph.edge(graph.node("ships/1"), graph.relation("home port"), graph.node("ports/OSL"))
    assert edge is not None
    assert graph.edge_source(edge).file == f"{urls.shown(harbour)}:ships"
    stored = [file.read_bytes() for file in (tmp_path / "home").rglob("*") if file.is_file()]
    assert len(stored) > 3
    assert not [data for data in stored if b"s3cret" in data]
    assert "s3cret" not in describe([harbour], IngestOptions())


def test_a_password_from_the_environment(harbour: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = harbour.replace(":s3cret-of-orla", "")
    with pytest.raises(BadFile, match="password"):
        ingest(Catalogue(tmp_path / "home"), [bare], "fleet", HERE)
    monkeypatch.setenv(urls.PASSWORD_VARIABLE, "s3cret-of-orla")
    assert ingest(Catalogue(tmp_path / "home"), [bare], "fleet", HERE).triples > 20


def test_errors_of_a_server_hold_no_password(harbour: str, tmp_path: Path) -> None:
    nobody = re.sub(r":\d+/", ":9/", harbour)
    for url in (harbour.replace("of-orla", "x"), harbour.replace("/postgres", "/absent"), nobody):
        with pytest.raises(BadFile) as caught:
            ingest(Catalogue(tmp_path / "home"), [url], "fleet", HERE)
        assert "s3cret" not in str(caught.value)
        assert str(caught.value).startswith("postgresql://orla@127.0.0.1")
    assert Catalogue(tmp_path / "home").names() == []


def test_a_server_is_not_written_to(harbour: str) -> None:
    server = ServerDatabase(harbour)
    with closing(server), pytest.raises(BadFile, match="read-only"):
        list(server.rows("SELECT nextval('numbers')"))


def test_a_worker_reaches_no_other_host() -> None:
    allowed = worker.addresses_of(["postgresql://orla@127.0.0.1/fleet"])
    assert worker.is_allowed("socket.connect", (None, ("127.0.0.1", 5432)), allowed)
    assert not worker.is_allowed("socket.connect", (None, ("192.0.2.1", 80)), allowed)
    assert not worker.is_allowed("urllib.Request", (), allowed)
    assert not worker.is_allowed("socket.connect", (None, ("127.0.0.1", 80)), frozenset())


def test_load_in_this_process(harbour: str) -> None:
    names, secrets = urls.hide([harbour])
    assert load(names, IngestOptions(), secrets=secrets).graph.num_edges > 10

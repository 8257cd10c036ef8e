"""All that can be wrong with a file: said with its line and reason, counted, skipped or put in quarantine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from clew.kg.errors import BadFile, BadInput, BadLine, StorageFailed
from clew.kg.ingest.loading import load
from clew.kg.ingest.options import IngestOptions

Write = Callable[[str, "str | bytes"], str]

GOOD = "<a:a> <a:p> <a:b> .\n"
BAD_LINES = [
    ("g.nt", GOOD + "<a:a> <a:p> <a:c", 2, "truncated"),
    ("g.nt", GOOD + "<a:a> <a:p> .\n" + GOOD, 2, "syntax"),
    ("g.nt", GOOD + "<a:a> <a:p> <a b> .\n", 2, "IRI"),
    ("g.nt", GOOD + "<a:a> <a:p> <relative> .\n", 2, "IRI"),
    ("g.nt", GOOD + '<a:a> <a:p> "x"@e_n .\n', 2, None),
    ("g.nt", GOOD + "<a:a> <a:p> <a:b> <a:g> .\n", 2, None),
    ("g.nt", GOOD.encode() + b'<a:a> <a:p> "\xff" .\n', 2, "encoding"),
    ("g.nq", GOOD + '<a:a> <a:p> <a:b> "g" .\n', 2, None),
    ("g.ttl", "@prefix : <http://x.org/> .\n:a :p :b .\n:a foo:p :b .\n:a :q :b .\n", 3, None),
    ("g.ttl", "@prefix : <http://x.org/> .\n:a :p :b .\n:a :p 'trunc", 3, "truncated"),
    ("g.trig", "<a:g> { <a:a> <a:p> <a:b> }\n<a:g> { <a:a> } .", 2, None),
    ("kb.txt", "a|p|b\na|p\n", 2, "column count"),
    ("kb.txt", "a|p|b\na|p|b|c\n", 2, "column count"),
    ("kb.txt", "a|p|b\n\na||b\n", 3, "empty cell"),
    ("kb.txt", b"a|p|b\na|p|\xe9\n", 2, "encoding"),
    ("kb.txt", b"a|p|b\na|p|\0\n", 2, "encoding"),
    ("kb.csv", 'a,p,b\na,p,"b\n', 2, "syntax"),
]


@pytest.mark.parametrize(("file", "content", "line", "kind"), BAD_LINES)
def test_a_bad_line_fails_or_is_counted(
    write: Write, file: str, content: str | bytes, line: int, kind: str | None
) -> None:
    path = write(file, content)
    with pytest.raises(BadLine) as caught:
        load([path], IngestOptions())
    assert (caught.value.file, caught.value.line) == (path, line)
    assert caught.value.reason
    assert caught.value.excerpt.strip() in (content if isinstance(content, str) else content.decode(errors="replace"))
    assert caught.value.excerpt
    loaded = load([path], IngestOptions(on_error="skip"))
    assert loaded.rejections.counts.total() >= 1
    assert kind is None or kind in loaded.rejections.counts
    assert loaded.graph.num_edges >= 1


def test_quarantine_keeps_the_bad_lines_for_repair(write: Write, tmp_path: Path) -> None:
    path = write("kb.txt", "a|p|b\nbroken\nc|p|d\n||\n")
    bad = tmp_path / "bad.txt"
    loaded = load([path], IngestOptions(on_error="quarantine", quarantine=str(bad)))
    assert (loaded.graph.num_edges, bad.read_text()) == (2, "broken\n||\n")
    assert loaded.rejections.counts == {"column count": 1, "empty cell": 1}


BAD_FILES = [
    ("empty.nt", b"", "no statement"),
    ("empty", b"", "empty"),
    ("comments.nt", b"# nothing\n", "no statement"),
    ("header.csv", b"head,relation,tail\n", "no statement"),
    ("g.nt", bytes(range(256)) * 40, "binary"),
    ("g.nt", "<a:a>".encode("utf-16"), "UTF-16"),
    ("g.zip", b"PK\x03\x04rest", "ZIP"),
    ("g.db", b"SQLite format 3\0", "SQLite"),
    ("prose.txt", b"Once upon a time\nthere was\n", "delimiter"),
    ("wide.csv", b"a,b,c,d\ne,f,g,h\n", "columns"),
    ("g.rdf", b"<?xml version='1.0' encoding='ISO-10646-UCS-4'?><x/>", "ISO-10646-UCS-4"),
    ("g.rdf", b"<?xml version='1.0'?><!-- x --><!DOCTYPE x SYSTEM 'y'><x/>", "DOCTYPE"),
    ("g.jsonld", b'{"@context": "http://localhost/c", "a": 1}', "context"),
    ("deep.jsonld", b"[" * 100 + b"]" * 100, "nested"),
]


@pytest.mark.parametrize(("file", "content", "reason"), BAD_FILES)
def test_a_bad_file_says_why(write: Write, file: str, content: bytes, reason: str) -> None:
    with pytest.raises(BadFile, match=reason):
        load([write(file, content)], IngestOptions())


def test_a_wrong_format_stops_early(write: Write) -> None:
    path = write("g.nt", "this is no triple\n" * 100_000)
    with pytest.raises(BadFile, match="another format"):
        load([path], IngestOptions(on_error="skip"))


def test_bad_options(write: Write, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="quarantine"):
        load([write("g.csv", "a,p,b\n")], IngestOptions(on_error="quarantine"))
    with pytest.raises(StorageFailed):
        load([write("g.csv", "a,p,b\n")], IngestOptions(on_error="quarantine", quarantine=str(tmp_path / "no" / "x")))
    path = write("kb.csv", "a,p,b\n")
    with pytest.raises(BadInput, match="unknown format 'xyz'"):
        load([path], IngestOptions(format="xyz"))
    with pytest.raises(BadFile, match="no column"):
        load([path], IngestOptions(columns=("x", "y", "z")))
    with pytest.raises(BadInput, match="quoting"):
        load([path], IngestOptions(delimiter="||", quote='"', columns=("1", "1", "1")))

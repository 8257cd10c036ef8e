"""Hostile files: each refused with a clear error, in bounded memory, with no connection attempted."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import socket
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from kg.errors import BadFile, BadInput
from kg.loading import load
from kg.options import IngestOptions
from kg.readers.depth import STATE, deepest_json, deepest_turtle, deepest_xml

MB = 2**20
LINE = b"<http://x.org/a> <http://x.org/p> <http://x.org/b> .\n"
LINES = LINE * (40 * MB // len(LINE))
SMALL = LINES[: 17 * MB]  # bz2 is slow to make
DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE a ['
RDF = b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="http://x.org/">'
ENTITIES = b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9))

CORPUS: dict[str, tuple[Callable[[], bytes], str]] = {
    "laughs.rdf": (lambda: DOCTYPE + b'<!ENTITY a "ha">' + ENTITIES + b"]>" + RDF + b"<x:a>&j;</x:a>", "DOCTYPE"),
    "outside.rdf": (lambda: DOCTYPE + b'<!ENTITY x SYSTEM "file:///etc/passwd">]>' + RDF, "DOCTYPE"),
    "hidden.rdf": (lambda: RDF + b"<!DOCTYPE x><x:a/></rdf:RDF>", "declaration"),
    "laughs.graphml": (lambda: DOCTYPE + ENTITIES + b"]><graphml/>", "DOCTYPE"),
    "deep.rdf": (lambda: RDF + b"<x:a><x:p>" * 100_000, "nested"),
    "deep.graphml": (lambda: b"<graphml>" + b"<graph>" * 100_000, "nested"),
    "deep.jsonld": (lambda: b'{"http://x.org/p":' * 10_000, "nested"),
    "deep.nodelink": (lambda: b'{"nodes":' + b"[" * 100_000, "nested"),
    "deep.ttl": (lambda: b"<http://x.org/a> <http://x.org/p> " + b"(" * 500_000, "nested"),
    "deep.trig": (lambda: b"<http://x.org/a> <http://x.org/p> " + b"[ <http://x.org/p> " * 100_000, "nested"),
    "remote.jsonld": (lambda: b'{"@context": "http://127.0.0.1:9/c", "@id": "a:b", "p": 1}', "context"),
    "prefix.ttl": (lambda: b"@prefix a: <a:" + b"a" * 300_000 + b"> .\n" + b"a:x a:p a:y .\n" * 1000, "times its size"),
    "endless.ttl": (lambda: b'<http://x.org/a> <http://x.org/p> """' + b"a" * (20 * MB), "16 MiB"),
    "endless.nt": (lambda: b"<http://x.org/a> " * (2 * MB), "a line of more than"),
    "endless.csv": (lambda: b"a,b,c\n" + b"a" * (20 * MB), "a line of more than"),
    "bomb.nt.gz": (lambda: gzip.compress(LINES), "expands"),
    "bomb.nt.bz2": (lambda: bz2.compress(SMALL, 1), "expands"),
    "bomb.nt.xz": (lambda: lzma.compress(LINES, preset=0), "expands"),
    "bomb.nt.zst": (lambda: zstandard.ZstdCompressor().compress(LINES), "expands"),
    "zeros.nt.gz": (lambda: gzip.compress(bytes(40 * MB), 1), "binary"),
    "archive.zip": (lambda: b"PK\x03\x04" + bytes(100), "ZIP"),
}  # fmt: skip


@pytest.mark.parametrize("name", CORPUS)
def test_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make, reason = CORPUS[name]
    path = tmp_path / name
    path.write_bytes(make())
    opened: list[object] = []
    monkeypatch.setattr(socket, "socket", lambda *arguments, **options: opened.append(arguments))
    with pytest.raises(BadFile, match=reason):
        load([str(path)], IngestOptions(on_error="fail"))
    assert opened == []


def test_imports_are_statements_and_are_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "o.ttl"
    path.write_text("<http://x.org/o> <http://www.w3.org/2002/07/owl#imports> <http://127.0.0.1:9/other> .")
    assert load([str(path)], IngestOptions()).graph.num_edges == 1


@pytest.mark.parametrize(
    "call", ["socket.create_connection(('127.0.0.1', 9))", "socket.getaddrinfo('example.org', 80)"]
)
def test_the_parsing_process_has_no_network(call: str) -> None:
    code = f"import socket, kg.worker as w; w.confine(8192)\ntry: {call}\nexcept PermissionError as e: print(e)"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert "no network while parsing" in done.stdout


# --- how deep documents nest
def depth(kernel: Callable[[np.ndarray, np.ndarray], int], text: str, cuts: list[int] = []) -> int:  # type: ignore[type-arg]  # noqa: B006
    """The deepest nesting found when ``text`` comes in pieces cut at ``cuts``."""
    data, state = np.frombuffer(text.encode(), np.uint8), np.zeros(STATE, np.int64)
    bounds = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    found = [kernel(data[low:high], state) for low, high in pairwise(bounds)]
    return -1 if min(found) < 0 else max(found)


values = st.recursive(
    st.none() | st.integers() | st.text('a"\\[]{}'),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('a"\\[{', max_size=3), inner, max_size=3),
)
cuts = st.lists(st.integers(0, 200), max_size=4)


@given(values, cuts)
def test_depth_of_json(value: object, where: list[int]) -> None:
    def nesting(value: object) -> int:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
        return 0 if inner is None else 1 + max(map(nesting, inner), default=0)

    assert depth(deepest_json, json.dumps(value), where) == nesting(value)


parts = st.sampled_from(
    [
        "<a>",
        "</a>",
        "<a/>",
        '<a b=">" c=\'"/>\'>',
        '<a b="/" />',
        "<!-- <a> -- > -->",
        "<!---->",
        "<![CDATA[<a>]]]>",
        "<?p <a> ?>",
        "t]]",
    ]
)


@given(st.lists(parts, max_size=12), cuts)
def test_depth_of_xml(pieces: list[str], where: list[int]) -> None:
    text = "<r>" + "".join(pieces) + "</r>"
    level = deepest = 0
    try:
        for event, _ in ElementTree.iterparse(io.BytesIO(text.encode()), events=("start", "end")):
            level += 1 if event == "start" else -1
            deepest = max(deepest, level)
    except ElementTree.ParseError:
        return
    # the guard does not count an element that is empty at once
    assert depth(deepest_xml, text, where) in (deepest, deepest - 1)


def test_declarations_inside_xml() -> None:
    assert depth(deepest_xml, "<a><!DOCTYPE b></a>") == -1
    assert depth(deepest_xml, "<a><!ELEMENT b></a>", [4]) == -1


@pytest.mark.parametrize(
    ("text", "deepest"),
    [
        (":a :b ( 1 ( 2 ) [ :c () ] ) .", 3),
        (':a :b \'((((\' , "[[[" , \'\'\'((\'(\'\'\' , """"(""(\\"""" , ( ) .', 1),
        (":a :b '' , \"\" , ( ) . # ((((\n:a :b () .", 1),
        ("<http://x/(((#[> :b\\(\\( ( ) .", 1),
        (":a :b <<( :a :b << :c :d '(' >> )>> , ( ) .", 3),
        (":a :b '\\'(' , ( ) .", 1),
        ("# '\n( ( # \"\r( <> <#(> ", 3),
    ],
)
def test_depth_of_turtle(text: str, deepest: int) -> None:
    assert depth(deepest_turtle, text) == deepest
    for cut in range(len(text)):
        assert depth(deepest_turtle, text, [cut]) == deepest


def test_a_name_that_no_file_has() -> None:
    with pytest.raises(BadInput):
        load(["a\0b"], IngestOptions())

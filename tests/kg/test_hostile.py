"""Hostile files: each refused with a clear error, in bounded memory, with no connection attempted."""

from __future__ import annotations

import io
import json
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
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.hostile import CORPUS, RDF
from clew.kg.errors import BadFile, BadInput, BadLine
from clew.kg.ingest.loading import load
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.readers.depth import STATE, deepest_json, deepest_xml
from clew.kg.terms.vocabulary import OWL_IMPORTS


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


def test_imports_are_refused_or_counted(tmp_path: Path) -> None:
    path = tmp_path / "o.ttl"
    path.write_text(f"<http://x.org/o> <{OWL_IMPORTS}> <http://127.0.0.1:9/other> ; <http://x.org/p> 1 .")
    with pytest.raises(BadLine, match=r"imports <http://127.0.0.1:9/other> is not supported"):
        load([str(path)], IngestOptions())
    bad = tmp_path / "bad.nq"
    loaded = load([str(path)], IngestOptions(on_error="quarantine", quarantine=str(bad)))
    assert (loaded.graph.num_edges, loaded.rejections.counts) == (1, {"import": 1})
    assert bad.read_text() == f"<http://x.org/o> <{OWL_IMPORTS}> <http://127.0.0.1:9/other> .\n"


REMOTE = {
    "context.jsonld": '{"@context": "URL/c", "@id": "a:b", "http://x.org/p": 1}',
    "imported.jsonld": '{"@context": {"@import": "URL/c"}, "@id": "a:b", "http://x.org/p": 1}',
    "imports.ttl": f"<http://x.org/o> <{OWL_IMPORTS}> <URL/other> .",
    "imports.nt": f"<http://x.org/o> <{OWL_IMPORTS}> <URL/other> .",
    "entity.rdf": '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "URL/x">]>' + RDF.decode() + "&x;</rdf:RDF>",
    "entity.graphml": '<?xml version="1.0"?><!DOCTYPE graphml SYSTEM "URL/x"><graphml/>',
}


@pytest.mark.parametrize("name", REMOTE)
def test_no_connection_is_attempted(name: str, tmp_path: Path) -> None:
    """A server listens where the file points to, and nobody calls, the parser library (no Python) included."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        (tmp_path / name).write_text(REMOTE[name].replace("URL", url))
        with pytest.raises(BadFile):
            load([str(tmp_path / name)], IngestOptions())
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize(
    "call", ["socket.create_connection(('127.0.0.1', 9))", "socket.getaddrinfo('example.org', 80)"]
)
def test_the_parsing_process_has_no_network(call: str) -> None:
    code = "import socket, clew.kg.ingest.worker as w; w.confine(8192)\n"
    code += f"try: {call}\nexcept PermissionError as e: print(e)"
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


def test_a_name_that_no_file_has() -> None:
    with pytest.raises(BadInput):
        load(["a\0b"], IngestOptions())

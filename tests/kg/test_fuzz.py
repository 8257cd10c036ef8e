"""Whatever bytes a file holds, it loads or is refused with an error of ours."""

from __future__ import annotations

import contextlib
import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.kg.errors import BadInput
from clew.kg.ingest.formats import FORMATS
from clew.kg.ingest.loading import load
from clew.kg.ingest.options import IngestOptions
from tests.kg.test_formats import EDGES, NODES
from tests.kg.test_ingest import JSONLD, NT, TRIG, TTL, XML

SEEDS = [
    NT, TTL, TRIG, XML, JSONLD, NODES, EDGES, "a|p|b\nb|q|c\n", '{"head": "a", "relation": "p", "tail": 1}\n',
    '{"id": 1, "graph": [["a", "p", "b"]]}\n', '{"nodes": [{"id": "a"}], "links": [{"source": "a", "target": "b"}]}',
    '<graphml><graph edgedefault="directed"><node id="a"/><edge source="a" target="b"/></graph></graphml>',
]  # fmt: skip
PIECES = st.sampled_from(
    [
        b"\0",
        b"\xff",
        b"\xed\xa0\x80",
        b"\n",
        b"\r",
        b'"',
        b"'",
        b"\\",
        b"<",
        b">",
        b"{",
        b"]",
        b"|",
        b",",
        b"\t",
        b"<<(",
        b"\\u",
        b"\x1f\x8b",
        b"1e9",
    ]
)


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    """A seed with pieces put in, taken out and cut off; or any bytes."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=200))
    data = draw(st.sampled_from(SEEDS)).encode()
    for _ in range(draw(st.integers(0, 4))):
        place, length = draw(st.integers(0, len(data))), draw(st.sampled_from([0, 0, 1, 5, 50]))
        data = data[:place] + draw(PIECES) + data[place + length :]
    return gzip.compress(data) if draw(st.integers(0, 9)) == 0 else data


@given(data=contents(), syntax=st.sampled_from([*FORMATS, None]), on_error=st.sampled_from(["fail", "skip"]))
@settings(max_examples=150)
def test_any_content(data: bytes, syntax: str | None, on_error: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = Path(tmp_path_factory.getbasetemp()) / "fuzzed"
    path.write_bytes(data)
    with contextlib.suppress(BadInput):
        loaded = load([str(path)], IngestOptions(format=syntax, on_error=on_error))  # type: ignore[arg-type]
        assert loaded.graph.num_statements > 0

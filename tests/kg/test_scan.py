"""The compiled scanner against the parser library, line by line, on good lines, odd lines and mutated lines."""

from __future__ import annotations

import io

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.export import _term
from clew.kg.graph.statements import iter_statements
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.readers.lines import read_nquads, read_ntriples
from clew.kg.ingest.readers.reading import FileReading
from clew.kg.ingest.rejections import Rejections

IRIS = [
    "<http://x.org/a>",
    "<http://x.org/a#b>",
    "<urn:x:1>",
    "<a:>",
    "<http://x.org:80/>",
    "<http://u@x.org/>",
    "<http://[::1]/>",
    "<http://x.org/%41>",
    "<http://x.org/%4>",
    "<http://x.org/é日>",
    "<http://x.org/\u00a0>",
    "<http://x.org/\ue000>",
    "<x>",
    "<>",
    "<http://x.org/a b>",
    "<http://x.org/\\u0041>",
    "<http://x.org/a##b>",
    "<1a:b>",
    "<a+-.:b>",
    "<http://x.org/{}>",
    "<//x>",
    "<http://x.org/[]>",
    "<http://x.org/\U000e0001>",
    "<http://x.org/\ufdd0>",
    "<http:///a>",
    "<http://x_y.org?q=1&r#f/?>",
    "<é:a>",
]
BLANKS = ["_:a", "_:a.b", "_:a-", "_:a.", "_:1", "_:", "_:é", "_:a:b", "_:-a", "_:a_1"]
LITERALS = [
    '"x"',
    '""',
    '"a\\"b"',
    '"\\u00e9\\U0001F600"',
    '"\\uD800"',
    '"\\x"',
    '"x"@en',
    '"x"@EN-gb',
    '"x"@en-Latn-GB',
    '"x"@e',
    '"x"@en-',
    '"x"@abcdefghij',
    '"x"@en--ltr',
    '"x"^^<http://www.w3.org/2001/XMLSchema#string>',
    '"1"^^<http://www.w3.org/2001/XMLSchema#integer>',
    '"x"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#langString>',
    '"x"^^<y>',
    '"x"^^',
    '"x',
    "'x'",
    '"\\t\\b\\n\\r\\f\\\'\\\\"',
    '"a\u0000b"',
    '"\\u0000"',
    '"x"^^<http://www.w3.org/2001/XMLSchema#>',
    '"x"^^<urn:d>',
    '"é日\U0001f600"',
    '"x" @en',
    '"x"@en-1',
    '"\r"',
]
GAPS = ["", " ", "\t", "  "]
ENDS = [".", " .", ". # c", "", ". .", ".\r", " . <a:b>", "# .", ".#\rx"]

lines = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(GAPS),
        st.sampled_from(IRIS + BLANKS + LITERALS[:1]),
        st.sampled_from(GAPS),
        st.sampled_from(IRIS + BLANKS[:1]),
        st.sampled_from(GAPS),
        st.sampled_from(IRIS + BLANKS + LITERALS),
        st.sampled_from(GAPS),
        st.sampled_from(["", "", *IRIS[:3], *BLANKS[:4], LITERALS[0]]),
        st.sampled_from(ENDS),
    ),
)
good_iris, good_ends = st.sampled_from(IRIS[:5]), st.sampled_from(ENDS[:3])
nearly_good = st.builds(
    lambda s, p, o, g, end: f"{s} {p} {o} {g}{end}",
    good_iris | st.sampled_from(BLANKS[:3]),
    good_iris,
    st.sampled_from(IRIS + BLANKS + LITERALS),
    st.sampled_from(["", "<a:g> "]),
    good_ends,
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A nearly good line with a few characters changed."""
    text = list(draw(nearly_good))
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(text) - 1))
        text[place] = draw(
            st.sampled_from(['"', "\\", "<", ">", "@", "^", ".", "#", " ", "", "_", ":", "%", "é", "\x7f", "a"])
        )
    return "".join(text)


def read(data: bytes, quads: bool) -> list[ox.Quad] | None:
    """The statements of one line as Clew reads it, or None where it rejects something."""
    builder, rejections = GraphBuilder(label_predicates={}), Rejections("skip")
    stream = io.BufferedReader(io.BytesIO(data))  # type: ignore[var-annotated]
    (read_nquads if quads else read_ntriples)(FileReading("f", stream, builder, rejections, IngestOptions()))
    if rejections.counts:
        return None
    return [
        ox.Quad(
            _term(s.subject),
            ox.NamedNode(s.predicate),
            _term(s.value),
            _term(s.source.graph) if s.source.graph else None,
        )
        for s in iter_statements(builder.build())
    ]


@given(lines | nearly_good | mutated(), st.booleans())
@settings(max_examples=1500)
def test_the_scanner_reads_what_the_library_reads(line: str, quads: bool) -> None:
    data = line.encode()
    try:
        wanted = list(ox.parse(data, ox.RdfFormat.N_QUADS if quads else ox.RdfFormat.N_TRIPLES))
    except SyntaxError:
        wanted = None
    found = read(data, quads)
    if wanted is None:
        assert found is None
    else:
        assert found is not None
        assert set(map(str, found)) == set(map(str, wanted))


@pytest.mark.parametrize("quads", [False, True])
def test_plain_lines_do_not_need_the_library(quads: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise AssertionError("the library was asked")

    monkeypatch.setattr(ox, "parse", fail)
    text = '<http://x.org/a> <http://x.org/p> "é\\n\\u00e9"@en-GB .\r\n_:a <a:p> "1"^^<urn:d> . # c\n'
    assert len(read(text.encode(), quads) or []) == 2

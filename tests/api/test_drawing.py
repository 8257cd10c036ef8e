"""Paths drawn as text."""

from clew.api.schema.drawing import ASCII, UNICODE, draw, pen_for, spell
from clew.api.schema.models import Node, Path, Relation


def path(*labels, directions):
    nodes = [Node(key=label, label=label) for label in labels]
    relations = [Relation(key="r", label=f"r{i}", direction=d) for i, d in enumerate(directions)]
    return Path(id="p", text=spell(nodes, relations), nodes=nodes, relations=relations, score=1.0, verified=True)


TWO = path("A", "B", "C", directions=["forward", "inverse"])


def test_spelled():
    assert TWO.text == "A -[r0]-> B <-[r1]- C"


def test_across():
    assert draw(TWO, 80) == ["A ── r0 ──▶ B ◀── r1 ── C"]
    assert draw(TWO, 80, ASCII) == ["A -- r0 --> B <-- r1 -- C"]


def test_down_where_it_does_not_fit():
    assert draw(TWO, 10) == ["A", " │ r0", " ▼", "B", " ▲", " │ r1", "C"]


def test_labels_are_inert():
    assert draw(path("A\x1b[2J", "B", directions=["forward"]), 80) == [r"A\x1b[2J ── r0 ──▶ B"]


def test_the_pen_is_one_the_terminal_can_show():
    assert pen_for("utf-8") is UNICODE
    assert [pen_for(encoding) for encoding in ("ascii", "latin-1", None, "nonsense")] == [ASCII] * 4

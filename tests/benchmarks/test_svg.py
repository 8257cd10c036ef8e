"""The benchmarks' plots are well-formed pictures with every line and label in them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from benchmarks.svg import HEIGHT, WIDTH, line_plot


def test_a_plot_holds_every_line_within_its_frame(tmp_path: Path) -> None:
    lines = {"a < b": [(1.0, 3.0), (6.0, 4.0)], "slow": [(2.0, 40_000.0)], "fast": [(1.0, 0.2), (2.0, 0.2)]}
    line_plot(tmp_path / "p.svg", "Step & cost", "hops", "µs", lines, [1, 2, 6])
    root = ET.parse(tmp_path / "p.svg").getroot()
    tag = lambda name: root.iter(f"{{http://www.w3.org/2000/svg}}{name}")  # noqa: E731
    texts = {element.text for element in tag("text")}
    assert {*lines, "hops", "µs", "Step & cost", "0.1", "100,000", "6"} <= texts
    drawn = [element.attrib["points"].split() for element in tag("polyline")]
    assert [len(points) for points in drawn] == [2, 1, 2]
    for x, y in (map(float, point.split(",")) for points in drawn for point in points):
        assert 0 < x < WIDTH
        assert 0 < y < HEIGHT
    slow, fast = (float(drawn[i][0].split(",")[1]) for i in (1, 2))
    assert slow < fast  # up is more

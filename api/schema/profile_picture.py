"""Draws the profile of a graph as SVG: a histogram of degrees, and the schema as classes and relations."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from html import escape

from clew.api.schema.text import inert
from clew.kg.graph.profile import Profile

WIDTH, HEIGHT = 1000, 420
CLASSES, RELATIONS = 14, 40
"""Classes and links drawn: more cannot be told apart on a page; what is left out is said below the picture."""
_LEFT, _TOP, _PLOT_WIDTH, _PLOT_HEIGHT = 60, 60, 360, 290
_CENTRE, _RADIUS = (720, 215), 135
_STYLE = (
    "text{font:11px sans-serif;fill:#222}.t{font-size:14px;font-weight:bold}.b{fill:#4a7ab5}"
    ".a{stroke:#999}.e{fill:none;stroke:#4a7ab5;stroke-opacity:.55}.n{fill:#f4b942;stroke:#222}"
)

Link = tuple[str, str]


def profile_picture(profile: Profile) -> str:
    """Return the SVG. Labels are data: escaped, and with control characters spelled out. It refers to nothing else."""
    parts = "\n".join((*_degrees(profile), *_schema(profile)))
    title = _text(f"{profile.name} {profile.version}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">\n<title>{title}</title>\n'
        f'<style>{_STYLE}</style>\n<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n{parts}\n</svg>\n'
    )


def _degrees(profile: Profile) -> Iterator[str]:
    """A column for every power of two of degrees, its height the logarithm of its nodes; and the largest hub."""
    yield f'<text class="t" x="{_LEFT}" y="30">Nodes by degree</text>'
    most = max((nodes for _, nodes in profile.degrees), default=1)
    step = _PLOT_WIDTH / max(len(profile.degrees), 1)
    base = _TOP + _PLOT_HEIGHT
    for power in range(math.ceil(math.log10(most + 1)) + 1):
        y = base - _PLOT_HEIGHT * _log_share(10**power, most)
        if y >= _TOP:
            yield f'<line class="a" x1="{_LEFT - 4}" x2="{_LEFT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10**power:,}</text>'
    yield f'<path class="a" fill="none" d="M{_LEFT} {_TOP}V{base}H{_LEFT + _PLOT_WIDTH}"/>'
    for place, (least, nodes) in enumerate(profile.degrees):
        height = _PLOT_HEIGHT * _log_share(nodes, most)
        x, y = _LEFT + step * place + 2, base - height
        span = f"{least:,}" if least < 2 else f"{least:,} to {2 * least - 1:,}"
        yield (
            f'<rect class="b" x="{x:.1f}" y="{y:.1f}" width="{max(step - 4, 1):.1f}" height="{height:.1f}">'
            f"<title>{nodes:,} nodes of degree {span}</title></rect>"
        )
        yield f'<text x="{x + step / 2 - 2:.1f}" y="{base + 14}" text-anchor="middle">{_short(least)}</text>'
    if profile.hubs:
        hub = profile.hubs[0]
        yield f'<text x="{_LEFT}" y="{base + 38}">largest hub: {_label(hub.label, 36)}, {hub.count:,} edges</text>'


def _log_share(count: int, most: int) -> float:
    return math.log10(count + 1) / math.log10(most + 1)


def _short(number: int) -> str:
    return f"{number // 1024}k" if number >= 1024 else str(number)


def _schema(profile: Profile) -> Iterator[str]:
    """The commonest classes on a circle, and an arrow for the relations seen between two of them."""
    yield '<text class="t" x="500" y="30">Schema, as observed</text>'
    links = _links(profile)
    weights: dict[str, int] = defaultdict(int)
    for (head, tail), (edges, _) in links.items():
        weights[head] += edges
        weights[tail] += edges
    shown = sorted(weights, key=lambda kind: (-weights[kind], kind))[:CLASSES]
    if not shown:
        yield '<text x="500" y="60">no relation between typed entities</text>'
        return
    names = {kind.key: kind.label for one in profile.relation_profiles for kind in (*one.domain, *one.range)}
    places = {kind: _place(number, len(shown)) for number, kind in enumerate(shown)}
    within = [pair for pair in links if pair[0] in places and pair[1] in places]
    drawn = sorted(within, key=lambda pair: (-links[pair][0], pair))[:RELATIONS]
    most = max(links[pair][0] for pair in drawn)
    yield (
        '<defs><marker id="h" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="5" markerHeight="5" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#4a7ab5"/></marker></defs>'
    )
    for pair in drawn:
        yield _arrow(places[pair[0]], places[pair[1]], *links[pair], most)
    for kind in shown:
        yield _node(places[kind], names[kind])
    left_out = len(links) - len(drawn)
    yield f'<text x="500" y="{HEIGHT - 12}">{len(drawn)} links drawn, {left_out} left out</text>'


def _links(profile: Profile) -> dict[Link, tuple[int, list[str]]]:
    """Of each pair of classes, the edges of the relations whose commonest domain and range they are, and the names."""
    found: dict[Link, tuple[int, list[str]]] = {}
    for relation in profile.relation_profiles:
        if relation.domain and relation.range:
            pair = relation.domain[0].key, relation.range[0].key
            edges, names = found.get(pair, (0, []))
            found[pair] = edges + relation.edges, [*names, relation.label]
    return found


def _place(number: int, count: int) -> tuple[float, float]:
    angle = 2 * math.pi * number / count - math.pi / 2
    return _CENTRE[0] + _RADIUS * math.cos(angle), _CENTRE[1] + _RADIUS * math.sin(angle)


def _arrow(start: tuple[float, float], end: tuple[float, float], edges: int, names: list[str], most: int) -> str:
    """An arc that bends to one side, so that the two directions of a pair lie apart; a loop for a class with itself."""
    width = 1 + 3 * _log_share(edges, most)
    title = f"<title>{_text(', '.join(names))}: {edges:,} edges</title>"
    (x, y), (to_x, to_y) = start, end
    if start == end:
        out_x, out_y = x - _CENTRE[0], y - _CENTRE[1]
        far_x, far_y = x + out_x * 0.3, y + out_y * 0.3
        path = f"M{x:.1f} {y:.1f}C{far_x - out_y * 0.2:.1f} {far_y + out_x * 0.2:.1f} "
        path += f"{far_x + out_y * 0.2:.1f} {far_y - out_x * 0.2:.1f} {x:.1f} {y:.1f}"
        return f'<path class="e" stroke-width="{width:.1f}" d="{path}">{title}</path>'
    length = math.hypot(to_x - x, to_y - y)
    to_x, to_y = to_x - 9 * (to_x - x) / length, to_y - 9 * (to_y - y) / length
    bend_x, bend_y = (x + to_x) / 2 - (to_y - y) * 0.15, (y + to_y) / 2 + (to_x - x) * 0.15
    path = f"M{x:.1f} {y:.1f}Q{bend_x:.1f} {bend_y:.1f} {to_x:.1f} {to_y:.1f}"
    return f'<path class="e" stroke-width="{width:.1f}" marker-end="url(#h)" d="{path}">{title}</path>'


def _node(place: tuple[float, float], label: str) -> str:
    x, y = place
    side = "start" if x >= _CENTRE[0] else "end"
    shift = 12 if side == "start" else -12
    return (
        f'<circle class="n" cx="{x:.1f}" cy="{y:.1f}" r="7"><title>{_text(label)}</title></circle>'
        f'<text x="{x + shift:.1f}" y="{y + 4:.1f}" text-anchor="{side}">{_label(label, 18)}</text>'
    )


def _label(text: str, most: int) -> str:
    return _text(text if len(text) <= most else text[: most - 1] + "…")


def _text(text: str) -> str:
    return escape(inert(text))

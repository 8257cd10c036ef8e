// A layered drawing from left to right. Each thread passes through the name of its relation; the names have places of their
// own between the columns, so none covers another.

import { BOX, MARGIN, PAD, box, fitted, line, pressed, thread, width } from "./shapes.js";
import { bundled } from "./model.js";
import { sentence } from "./words.js";

const ROW = 46,
  NAME = 30,
  REACH = 34,
  NODE_ROOM = 230,
  NAME_ROOM = 170;
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);

// Order each column by the mean row of its left neighbours (Sugiyama et al. 1981, the barycentre step, once).
function ordered(items, edges) {
  const columns = [];
  for (const item of items) (columns[item.column] ??= []).push(item);
  const row = new Map();
  for (const column of columns) {
    const rank = new Map(
      column.map((item) => [item, mean(edges.filter((edge) => edge.to === item).map((edge) => row.get(edge.from) ?? 0))]),
    );
    column.sort((a, b) => (a.role === "around") - (b.role === "around") || rank.get(a) - rank.get(b));
    column.forEach((item, i) => row.set(item, i - (column.length - 1) / 2));
  }
  return columns;
}

// Keeps sorted places at a distance, as near to where they want to be as that allows.
function spread(names, height) {
  names.sort((a, b) => a.y - b.y);
  names.forEach((name, i) => {
    name.y = Math.max(name.y, MARGIN + NAME / 2 + i * NAME, i ? names[i - 1].y + NAME : 0);
  });
  for (let i = names.length - 1; i >= 0; i--) {
    const most = i === names.length - 1 ? height - MARGIN - NAME / 2 : names[i + 1].y - NAME;
    names[i].y = Math.min(names[i].y, most);
  }
}

// Places all; null if an edge does not join neighbouring columns.
export function layers(model) {
  const [items, edges] = [[...model.items.values()], [...model.edges.values()]];
  if (edges.some((edge) => edge.to.column !== edge.from.column + 1)) return null;
  const columns = ordered(items, edges);
  const gaps = columns.map((_, i) => bundled(edges.filter((edge) => edge.from.column === i)));
  const height =
    2 * MARGIN + Math.max(...columns.map((column) => (column.length - 1) * ROW + BOX), ...gaps.map((gap) => gap.length * NAME));
  const placed = new Map(),
    names = [];
  let x = MARGIN;
  columns.forEach((column, i) => {
    const texts = column.map((item) => fitted(item.node.label, NODE_ROOM));
    const widths = texts.map((text) => Math.max(44, width(text) + 2 * PAD)),
      widest = Math.max(...widths);
    column.forEach((item, row) =>
      placed.set(item, {
        text: texts[row],
        w: widths[row],
        x: i ? x : x + widest - widths[row],
        y: height / 2 + (row - (column.length - 1) / 2) * ROW,
      }),
    );
    x += widest;
    const here = gaps[i].map((edges) => ({ edges, text: fitted(edges[0].relation.label, NAME_ROOM, 12) }));
    const room = Math.max(0, ...here.map((name) => width(name.text, 12) + 16));
    for (const name of here) Object.assign(name, { x: x + REACH + room / 2, w: width(name.text, 12) + 16 });
    if (here.length) x += room + 2 * REACH;
    names.push(here);
  });
  for (const gap of names) {
    for (const name of gap) name.y = mean(name.edges.flatMap((edge) => [placed.get(edge.from).y, placed.get(edge.to).y]));
    spread(gap, height);
  }
  return { placed, names: names.flat(), w: x + MARGIN, h: height };
}

export function drawLayers({ placed, names }, { onnode, onedges }) {
  const threads = names.flatMap((name) => {
    const ends = (end) => [...new Set(name.edges.map((edge) => placed.get(edge[end])))];
    const forward = name.edges[0].relation.direction === "forward",
      faint = name.edges[0].role === "around";
    return [
      ...ends("from").map((one) => thread([one.x + one.w, one.y], [name.x - name.w / 2, name.y], { start: !forward, faint })),
      ...ends("to").map((one) => thread([name.x + name.w / 2, name.y], [one.x, one.y], { end: forward, faint })),
    ];
  });
  const labels = names.map((name) =>
    pressed(
      `relation ${name.edges[0].role}`,
      name.text,
      sentence(name.edges),
      () => onedges(name.edges),
      box(name.x - name.w / 2, name.y, name.w, 24, 12),
      line(name.x, name.y, name.text),
    ),
  );
  const nodes = [...placed].map(([item, { text, w, x, y }]) =>
    pressed(
      item.role,
      text,
      item.node.label,
      () => onnode(item),
      box(x, y, w, BOX, item.node.kind === "literal" ? 4 : 17),
      line(x + w / 2, y, text),
    ),
  );
  return [...threads, ...inReadingOrder(nodes, labels)];
}

// Nodes and names from left to right, those of a column from above, as the arrow keys go through them.
function inReadingOrder(nodes, labels) {
  const place = new Map(
    [...nodes, ...labels].map((part) => {
      const [x, y, w] = ["x", "y", "width"].map((name) => Number(part.children[1].getAttribute(name)));
      return [part, [Math.round(x + w / 2), y]];
    }),
  );
  return [...place.keys()].sort((a, b) => place.get(a)[0] - place.get(b)[0] || place.get(a)[1] - place.get(b)[1]);
}

// Draws proofs as a layered graph. For paths, column i contains the i-th nodes, and equal nodes are drawn once. For a
// branching chain, a node is one column to the right of the node it grew from. Arrows point in the stored direction, so
// an inverse step has a reversed arrow.

import { inert, svg } from "./dom.js";

const ROW = 48, BOX = 34, PAD = 14, MARGIN = 10, MAX_CHARS = 30, NAMED = 3, NOTE = 18, GAP = 44;
const pen = document.createElement("canvas").getContext("2d");

function width(text, size) {
  pen.font = `${size}px system-ui, "Noto Sans", "DejaVu Sans", sans-serif`;
  return pen.measureText(text).width;
}

const short = (text) => (text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS - 1)}…` : text);

function item(node, column, topic) {
  const text = short(inert(node.label));
  return { node, text, column, width: width(text, 14) + 2 * PAD, topic, answer: false };
}

function layers(paths) {
  const columns = [], edges = new Map();
  for (const path of paths) {
    path.nodes.forEach((node, i) => {
      columns[i] ??= new Map();
      if (!columns[i].has(node.key)) columns[i].set(node.key, item(node, i, i === 0));
    });
    columns[path.nodes.length - 1].get(path.nodes.at(-1).key).answer = true;
    path.relations.forEach((relation, i) => {
      const [from, to] = [columns[i].get(path.nodes[i].key), columns[i + 1].get(path.nodes[i + 1].key)];
      edges.set([i, from.node.key, relation.key, relation.direction, to.node.key].join("\n"), { from, to, relation });
    });
  }
  return { columns: columns.map((column) => [...column.values()]), edges: [...edges.values()] };
}

// The nodes and edges of a chain. The start of a triple has always been placed before.
function growth(chain) {
  const items = new Map(chain.sources.map((node) => [node.key, item(node, 0, true)]));
  const edges = chain.triples.map(({ head, relation, tail }) => {
    const [start, end] = relation.direction === "forward" ? [head, tail] : [tail, head];
    if (!items.has(start.key)) items.set(start.key, item(start, 0, false));
    const from = items.get(start.key);
    if (!items.has(end.key)) items.set(end.key, item(end, from.column + 1, false));
    return { from, to: items.get(end.key), relation };
  });
  if (edges.length) edges.at(-1).to.answer = true;
  const columns = [];
  for (const one of items.values()) (columns[one.column] ??= []).push(one);
  return { columns, edges };
}

// Order each column by the mean row of its left neighbours (Sugiyama et al. 1981, the barycentre step, once).
function arrange(columns, edges) {
  const rows = Math.max(...columns.map((column) => column.length));
  columns.forEach((column, i) => {
    if (i > 0) {
      for (const item of column) {
        const left = edges.filter((edge) => edge.to === item && edge.from.column < i).map((edge) => edge.from.y);
        item.rank = left.reduce((sum, y) => sum + y, 0) / Math.max(left.length, 1);
      }
      column.sort((a, b) => a.rank - b.rank);
    }
    column.forEach((item, row) => { item.y = MARGIN + BOX / 2 + (row + (rows - column.length) / 2) * ROW; });
  });
  let x = MARGIN;
  columns.forEach((column, i) => {
    const widest = Math.max(...column.map((item) => item.width));
    for (const item of column) item.x = x + widest / 2;
    const labels = edges.filter((edge) => edge.from.column === i).map((edge) => width(short(inert(edge.relation.label)), 12));
    x += widest + (labels.length ? Math.max(...labels) + 64 : 0);
  });
  return [x + MARGIN, 2 * MARGIN + BOX + (rows - 1) * ROW];
}

function drawCurve({ from, to, relation }) {
  const inverse = relation.direction === "inverse";
  const [x1, x2] = [from.x + from.width / 2 + (inverse ? 9 : 0), to.x - to.width / 2 - (inverse ? 0 : 9)];
  const middle = (x1 + x2) / 2;
  return svg("path", {
    class: "edge",
    d: `M${x1} ${from.y} C${middle} ${from.y} ${middle} ${to.y} ${x2} ${to.y}`,
    [inverse ? "marker-start" : "marker-end"]: "url(#arrow)",
  });
}

// Label each edge. A large fan of equal edges is labelled once, on its middle edge.
function drawNames(edges) {
  const fans = new Map();
  for (const edge of edges) {
    const fan = [edge.from.column, edge.relation.key, edge.relation.direction].join("\n");
    fans.set(fan, [...(fans.get(fan) ?? []), edge]);
  }
  const named = [...fans.values()].flatMap((fan) => (fan.length > NAMED ? [fan[Math.floor(fan.length / 2)]] : fan));
  return named.map(({ from, to, relation }) => svg("text", {
    class: "relation", x: (from.x + from.width / 2 + to.x - to.width / 2) / 2, y: (from.y + to.y) / 2,
  }, short(inert(relation.label))));
}

function drawNode(item) {
  const kind = item.answer ? "answer" : item.topic ? "topic" : "between";
  return svg("g", { class: kind },
    svg("title", {}, `${item.node.label} (${item.node.key})`),
    svg("rect", { x: item.x - item.width / 2, y: item.y - BOX / 2, width: item.width, height: BOX, rx: item.node.kind === "literal" ? 4 : 17 }),
    svg("text", { x: item.x, y: item.y }, item.text));
}

export const drawPaths = (paths) => drawn(layers(paths), paths.map((path) => path.text).join("; "));

export const drawChain = (chain) => drawn(growth(chain),
  chain.triples.map((t) => `${t.head.label} -[${t.relation.label}]-> ${t.tail.label}`).join("; "));

// A program as a tree that is read from left to right: the operands of an operator stand to its left, and the part of the
// question that it stands for below it.
export function drawProgram(steps) {
  const items = steps.map((step) => {
    const [text, part] = [short(inert(step.token)), step.text ? `“${short(inert(step.text))}”` : ""];
    return { step, text, part, width: Math.max(width(text, 14), width(part, 12)) + 2 * PAD, column: 0, y: 0 };
  });
  for (const one of items) one.column = Math.max(0, ...one.step.operands.map((at) => items[at].column + 1));
  let leaves = 0;
  for (const one of items) {
    const rows = one.step.operands.map((at) => items[at].y);
    one.y = rows.length ? rows.reduce((sum, y) => sum + y, 0) / rows.length : MARGIN + BOX / 2 + leaves++ * (ROW + NOTE);
  }
  const widths = [];
  for (const one of items) widths[one.column] = Math.max(widths[one.column] ?? 0, one.width);
  const starts = widths.map((_, i) => MARGIN + widths.slice(0, i).reduce((sum, w) => sum + w + GAP, 0));
  for (const one of items) one.x = starts[one.column] + widths[one.column] / 2;
  const edges = items.flatMap((to) => to.step.operands.map((at) => ({ from: items[at], to, relation: { direction: "forward" } })));
  const [w, h] = [starts.at(-1) + widths.at(-1) + MARGIN, 2 * MARGIN + leaves * (ROW + NOTE)];
  return picture(w, h, steps.map((step) => step.token).join(" "), [...edges.map(drawCurve), ...items.map(drawOperator)]);
}

function drawOperator({ step, text, part, width: size, x, y }, i, every) {
  return svg("g", { class: i === every.length - 1 ? "answer" : step.operands.length ? "between" : "topic" },
    svg("title", {}, step.words),
    svg("rect", { x: x - size / 2, y: y - BOX / 2, width: size, height: BOX, rx: 4 }),
    svg("text", { x, y }, text), svg("text", { class: "note", x, y: y + BOX / 2 + NOTE / 2 }, part));
}

function drawn({ columns, edges }, label) {
  const [w, h] = arrange(columns, edges);
  return picture(w, h, label, [...edges.map(drawCurve), ...drawNames(edges), ...columns.flat().map(drawNode)]);
}

function picture(w, h, label, parts) {
  const arrow = svg("marker", { id: "arrow", viewBox: "0 0 10 10", refX: 1, refY: 5, markerWidth: 9, markerHeight: 9,
    markerUnits: "userSpaceOnUse", orient: "auto-start-reverse" }, svg("path", { d: "M0 0 10 5 0 10z" }));
  return svg("svg", { viewBox: `0 0 ${w} ${h}`, width: w, height: h, role: "img", "aria-label": inert(label) },
    svg("defs", {}, arrow), ...parts);
}

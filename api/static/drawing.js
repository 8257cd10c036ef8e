// Proof paths drawn as a layered graph: column i holds the i-th nodes of all paths, equal nodes are drawn once. An arrow
// points as the triple is stored, so an inverse step is drawn with its arrow reversed.

import { inert, svg } from "./dom.js";

const ROW = 48, BOX = 34, PAD = 14, MARGIN = 10, MAX_CHARS = 30, NAMED = 3;
const pen = document.createElement("canvas").getContext("2d");

function width(text, size) {
  pen.font = `${size}px system-ui, "Noto Sans", "DejaVu Sans", sans-serif`;
  return pen.measureText(text).width;
}

const short = (text) => (text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS - 1)}…` : text);

function layers(paths) {
  const columns = [], edges = new Map();
  for (const path of paths) {
    path.nodes.forEach((node, i) => {
      columns[i] ??= new Map();
      if (!columns[i].has(node.key)) {
        const text = short(inert(node.label));
        columns[i].set(node.key, { node, text, column: i, width: width(text, 14) + 2 * PAD, topic: i === 0, answer: false });
      }
    });
    columns[path.nodes.length - 1].get(path.nodes.at(-1).key).answer = true;
    path.relations.forEach((relation, i) => {
      const [from, to] = [columns[i].get(path.nodes[i].key), columns[i + 1].get(path.nodes[i + 1].key)];
      edges.set([i, from.node.key, relation.key, relation.direction, to.node.key].join("\n"), { from, to, relation });
    });
  }
  return { columns: columns.map((column) => [...column.values()]), edges: [...edges.values()] };
}

// Order each column by the mean row of its left neighbours (Sugiyama et al. 1981, the barycentre step, once).
function arrange(columns, edges) {
  const rows = Math.max(...columns.map((column) => column.length));
  columns.forEach((column, i) => {
    if (i > 0) {
      for (const item of column) {
        const left = edges.filter((edge) => edge.to === item).map((edge) => edge.from.y);
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

// Name each edge, or a fan of many alike edges once, on the one in its middle.
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

export function drawPaths(paths) {
  const { columns, edges } = layers(paths);
  const [w, h] = arrange(columns, edges);
  const arrow = svg("marker", { id: "arrow", viewBox: "0 0 10 10", refX: 1, refY: 5, markerWidth: 9, markerHeight: 9,
    markerUnits: "userSpaceOnUse", orient: "auto-start-reverse" }, svg("path", { d: "M0 0 10 5 0 10z" }));
  return svg("svg", { viewBox: `0 0 ${w} ${h}`, width: w, height: h, role: "img", "aria-label": paths.map((p) => inert(p.text)).join("; ") },
    svg("defs", {}, arrow), ...edges.map(drawCurve), ...drawNames(edges), ...columns.flat().map(drawNode));
}

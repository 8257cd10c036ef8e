// A proof as nodes and edges, before it has places. An edge has the stored triple that it stands for.

const tripleOf = (from, relation, to) =>
  relation.direction === "forward" ? { head: from, relation, tail: to } : { head: to, relation, tail: from };

class Model {
  items = new Map();
  edges = new Map();

  node(id, node, column, role) {
    if (!this.items.has(id)) this.items.set(id, { id, node, column, role });
    return this.items.get(id);
  }

  edge(from, relation, to, role = "stated") {
    const id = [from.id, relation.key, relation.direction, to.id].join("\n");
    if (!this.edges.has(id)) this.edges.set(id, { from, to, relation, role, triple: tripleOf(from.node, relation, to.node) });
  }

  holds({ head, relation, tail }) {
    return [...this.edges.values()].some(
      ({ triple: t }) => t.head.key === head.key && t.relation.key === relation.key && t.tail.key === tail.key,
    );
  }
}

const at = (column, node) => `${column}\n${node.key}`;

// Paths: column i holds the i-th nodes, and equal nodes once.
export function pathsModel(paths) {
  const model = new Model();
  for (const path of paths) {
    const last = path.nodes.length - 1;
    path.nodes.forEach((node, i) => {
      const item = model.node(at(i, node), node, i, i === 0 ? "topic" : "between");
      if (i === last) item.role = "answer";
    });
    path.relations.forEach((relation, i) => {
      const [from, to] = [i, i + 1].map((column) => model.items.get(at(column, path.nodes[column])));
      model.edge(from, relation, to);
    });
  }
  return model;
}

// A chain that branches: a node is one column to the right of the node it grew from. The start of a triple is known before.
export function chainModel(chain) {
  const model = new Model();
  for (const node of chain.sources) model.node(node.key, node, 0, "topic");
  let end = null;
  for (const { head, relation, tail } of chain.triples) {
    const [start, stop] = relation.direction === "forward" ? [head, tail] : [tail, head];
    const from = model.node(start.key, start, 0, "between");
    end = model.node(stop.key, stop, from.column + 1, "between");
    model.edge(from, relation, end);
  }
  if (end) end.role = "answer";
  return model;
}

// Adds triples around a node that are no part of the proof. Returns how many were new.
export function addAround(model, item, triples) {
  let added = 0;
  for (const triple of triples) {
    if (model.holds(triple)) continue;
    const away = triple.head.key === item.node.key;
    const relation = { ...triple.relation, direction: away ? "forward" : "inverse" };
    const node = away ? triple.tail : triple.head;
    model.edge(item, relation, model.node(`${at(item.column + 1, node)}\naround`, node, item.column + 1, "around"), "around");
    added += 1;
  }
  return added;
}

// Edges of one relation from one node, or else to one node, are drawn as one thread that divides.
export function bundled(edges) {
  const grouped = (some, end) => {
    const groups = new Map();
    for (const edge of some) {
      const id = [edge[end].id, edge.relation.key, edge.relation.direction, edge.role].join("\n");
      groups.set(id, [...(groups.get(id) ?? []), edge]);
    }
    return [...groups.values()];
  };
  const fans = grouped(edges, "from");
  return [...fans.filter((fan) => fan.length > 1), ...grouped(fans.filter((fan) => fan.length === 1).flat(), "to")];
}

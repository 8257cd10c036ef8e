// What is pressed in a drawing, below it: of edges where their triples were read from, of a node what is around it.

import { actions } from "../actions.js";
import { getJson, graphUrl, postJson } from "../client.js";
import { button, counted, html, unseen } from "../dom.js";
import { addAround } from "./model.js";
import { stated } from "./words.js";

const AROUND = 8,
  LOOKED_UP = 20;

// A line of a file, or a row of a table in a file: the same as place() of kg/errors.py.
export function place(source) {
  const table = source.file.split("/").at(-1).includes(":");
  return source.line ? `${source.file}${table ? " row " : ":"}${source.line}` : source.file;
}

// Looks a triple up in the graph once more; the independent checker does so, too.
async function lookedUp(result, { head, relation, tail }) {
  const request = { nodes: [head.key, tail.key], relations: [{ key: relation.key }], version: result.version };
  const {
    steps: [step],
  } = await postJson(graphUrl(result.graph, "/paths:check"), request);
  return step;
}

function foundLine(triple, step) {
  const source = step.triple?.source;
  const where = !step.found
    ? `Not found: ${step.detail}`
    : source
      ? ["Stated in ", html("code", {}, place(source)), "."]
      : "Stated in the graph; its file was not recorded.";
  return html(
    "li",
    {},
    html("strong", {}, stated(triple)),
    html("br"),
    ...[where].flat(),
    step.found ? html("span", { class: "badge good" }, "✓ looked up again") : null,
  );
}

// The panel below a drawing, and what to do when parts of the drawing are pressed.
export function selection(result, model, redraw) {
  const panel = html(
    "div",
    { class: "selection", role: "status" },
    html("p", { class: "faint" }, "Press a name or a relation in the drawing to see where it comes from."),
  );
  const show = (...parts) => panel.replaceChildren(...parts);
  const guarded =
    (work) =>
    async (...given) => {
      try {
        await work(...given);
      } catch (error) {
        show(html("p", { class: "error" }, error.message));
      }
    };
  const onedges = guarded(async (edges) => {
    show(html("p", { class: "faint" }, "Looking it up …"));
    const some = edges.slice(0, LOOKED_UP);
    const steps = await Promise.all(some.map(({ triple }) => lookedUp(result, triple)));
    const aside = edges[0].role === "around" ? html("p", { class: "faint" }, "Around the proof, not part of it.") : null;
    const more = edges.length > LOOKED_UP ? html("p", { class: "faint" }, `And ${edges.length - LOOKED_UP} more.`) : null;
    show(
      ...[
        aside,
        html(
          "ul",
          {},
          some.map(({ triple }, i) => foundLine(triple, steps[i])),
        ),
        more,
      ].filter(Boolean),
    );
  });
  const expand = guarded(async (item) => {
    const found = await getJson(graphUrl(result.graph, `/entities/${encodeURIComponent(item.node.key)}?limit=${AROUND}`));
    const added = addAround(model, item, found.triples);
    redraw();
    const rest = found.edges - found.triples.length;
    show(
      html(
        "p",
        {},
        added
          ? `Drawn around ${item.node.label}: ${counted(added, "edge")} more, which are not part of the proof.`
          : "All that was found is drawn already.",
        rest > 0 ? ` It has ${counted(rest, "further edge")}.` : "",
      ),
      card(item),
    );
  });
  const card = (item) => button("Show everything about it", () => actions.open(item.node.key), { class: "small" });
  const onnode = (item) => {
    const { node } = item;
    if (node.kind === "literal")
      return show(
        html(
          "p",
          {},
          html("strong", {}, node.label),
          html("br"),
          `A value${node.language ? ` in the language ${node.language}` : ""}, which is stated in the graph.`,
        ),
      );
    return show(
      html("p", {}, html("strong", {}, node.label), html("br"), html("code", {}, node.key)),
      html(
        "div",
        { class: "row" },
        button("Draw what is around it", () => expand(item), { class: "small" }),
        card(item),
      ),
      unseen("Selected in the drawing."),
    );
  };
  return { panel, onnode, onedges };
}

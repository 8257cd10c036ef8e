// The proof of answers that paths lead to: drawn, and as text.

import { button, html } from "../dom.js";
import { modelFigure } from "./drawing.js";
import { pathLine } from "./inspection.js";
import { pathsModel } from "./model.js";
import { selection } from "./provenance.js";

const DRAWN = 8;

// Draws the paths of one answer, or the best path of each of the first answers; `more` of them in addition.
function drawn(result, answer, count) {
  const byId = new Map(result.paths.map((path) => [path.id, path]));
  const ids = answer ? answer.paths : result.answers.map((one) => one.paths[0]);
  const all = ids.map((id) => byId.get(id)).filter(Boolean);
  return { paths: all.slice(0, count), all: all.length };
}

function proofParts(result, answer, count, again) {
  const { paths, all } = drawn(result, answer, count);
  const model = pathsModel(paths);
  const pressed = selection(result, model, () => figure.redraw());
  const label = answer ? `Proof of ${answer.label}` : "Proof of the answers";
  const figure = modelFigure(model, `${label}: ${paths.map((path) => path.text).join("; ")}`, pressed);
  const rest = all - paths.length;
  const what = answer ? "paths" : "answers";
  const note =
    rest > 0
      ? html(
          "p",
          { class: "row" },
          html("span", { class: "faint" }, `Drawn: the first ${paths.length} of ${all} ${what}.`),
          button(`Draw ${Math.min(DRAWN, rest)} more`, () => again(count + DRAWN), { class: "small" }),
        )
      : null;
  const text = html(
    "details",
    { class: "in-words" },
    html("summary", {}, paths.length === 1 ? "The proof as text" : "The proofs as text"),
    paths.map(pathLine),
  );
  return [
    html("div", { class: "over" }, html("h2", {}, answer ? `Proof: ${answer.label}` : "Proof"), figure.buttons),
    figure.frame,
    note,
    pressed.panel,
    text,
  ].filter(Boolean);
}

// The section, and a function that shows the proof of one answer, or of all (null).
export function pathProof(result) {
  const section = html("section", { class: "card proof", "aria-label": "Proof" });
  const show = (answer, count = DRAWN) => section.replaceChildren(...proofParts(result, answer, count, (more) => show(answer, more)));
  show(null);
  return { section, show };
}

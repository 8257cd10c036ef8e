// Branching chains of triples, drawn together with the thoughts of the model.

import { html, percent } from "../dom.js";
import { modelFigure } from "../proof/drawing.js";
import { chainModel } from "../proof/model.js";
import { selection } from "../proof/provenance.js";

export function chainsOf(result) {
  const chains = (result.chains ?? []).filter((chain) => chain.sources.length); // earlier versions stored none
  if (!chains.length) return null;
  return html(
    "section",
    { class: "card" },
    html("h2", {}, "Verified chains of triples"),
    ...chains.map((chain, i) => chainOf(result, chain, i)),
  );
}

function chainOf(result, chain, i) {
  const thoughts = chain.thoughts.map((text, at) => [at, text]).filter(([, text]) => text);
  const before = (at) => (at < chain.triples.length ? `Before triple ${at + 1}: ` : "Before it stopped: ");
  const model = chainModel(chain),
    pressed = selection(result, model, () => figure.redraw());
  const said = chain.triples.map((t) => `${t.head.label} -[${t.relation.label}]-> ${t.tail.label}`).join("; ");
  const figure = modelFigure(model, `Chain ${i + 1}: ${said}`, pressed);
  return html(
    "div",
    { class: "chain" },
    html(
      "div",
      { class: "over" },
      html(
        "h3",
        {},
        `Chain ${i + 1} `,
        html("small", { class: "faint" }, `probability ${percent(chain.score)}${chain.complete ? "" : ", stopped at the length limit"}`),
      ),
      figure.buttons,
    ),
    figure.frame,
    pressed.panel,
    thoughts.length
      ? html(
          "details",
          {},
          html("summary", {}, "Thoughts of the model (not part of the proof)"),
          html("ul", {}, ...thoughts.map(([at, text]) => html("li", {}, before(at), html("q", {}, text)))),
        )
      : null,
  );
}

// Branching chains of triples, drawn together with the thoughts of the model.

import { drawChain } from "./drawing.js";
import { html, percent } from "./dom.js";

export function chainsOf(result) {
  const chains = (result.chains ?? []).filter((chain) => chain.sources.length);  // earlier versions stored none
  if (!chains.length) return null;
  return html("section", { class: "card" }, html("h2", {}, "Verified chains of triples"), ...chains.map(chainOf));
}

function chainOf(chain, i) {
  const thoughts = chain.thoughts.map((text, at) => [at, text]).filter(([, text]) => text);
  const before = (at) => (at < chain.triples.length ? `Before triple ${at + 1}: ` : "Before it stopped: ");
  return html("div", { class: "chain" },
    html("h3", {}, `Chain ${i + 1} `, html("small", { class: "faint" }, `probability ${percent(chain.score)}${chain.complete ? "" : ", stopped at the length limit"}`)),
    html("div", { class: "drawing" }, drawChain(chain)),
    thoughts.length ? html("details", {}, html("summary", {}, "Thoughts of the model (not part of the proof)"),
      html("ul", {}, ...thoughts.map(([at, text]) => html("li", {}, before(at), html("q", {}, text))))) : null);
}

// Chains of triples that branch: drawn, with the thoughts between them.

import { drawChain } from "./drawing.js";
import { html, percent } from "./dom.js";

export function chainsOf(result) {
  const chains = (result.chains ?? []).filter((chain) => chain.sources.length);  // earlier versions stored none
  if (!chains.length) return null;
  return html("section", { class: "card" }, html("h2", {}, "Chains of triples, each verified as one"), ...chains.map(chainOf));
}

function chainOf(chain, i) {
  const thoughts = chain.thoughts.map((text, at) => [at, text]).filter(([, text]) => text);
  const before = (at) => (at < chain.triples.length ? `Before triple ${at + 1}: ` : "Before it stopped: ");
  return html("div", { class: "chain" },
    html("h3", {}, `Chain ${i + 1} `, html("small", { class: "faint" }, `${percent(chain.score)}${chain.complete ? "" : ", cut at its longest"}`)),
    html("div", { class: "drawing" }, drawChain(chain)),
    thoughts.length ? html("details", {}, html("summary", {}, "What the model wrote between, which is no part of the proof"),
      html("ul", {}, ...thoughts.map(([at, text]) => html("li", {}, before(at), html("q", {}, text))))) : null);
}

// A result: the answers, drawn proofs, an explanation, and the alternatives.

import { chainsOf } from "./chains.js";
import { drawPaths } from "./drawing.js";
import { html, percent } from "./dom.js";
import { arrow, pathLine, table } from "./inspection.js";
import { considered, details, proofOf, valueOf } from "./program.js";

const DRAWN = 10;
const DECLINED = {
  none_in_graph: "Not in this graph", not_understood: "Not understood", no_entity: "No entity found", ambiguous: "Ambiguous name",
};

const chain = (topic, relations) => `${topic.label} ${relations.map(arrow).join(" · ")} ?`;

// The question with its linked spans marked. Spans count code points, as in Python.
function asked(result) {
  const points = [...result.question];
  const spans = result.linked.filter((l) => l.topic && l.span).map((l) => [...l.span, l]).sort((a, b) => a[0] - b[0]);
  const parts = [];
  let at = 0;
  for (const [start, end, linked] of spans) {
    if (start < at) continue;
    parts.push(points.slice(at, start).join(""), html("mark", { title: `${linked.label} (${linked.key}), ${linked.how}` }, points.slice(start, end).join("")));
    at = end;
  }
  return html("p", { class: "asked" }, "“", ...parts, points.slice(at).join(""), "”");
}

// What the question was read as, what of it was left out, and what else its names may mean.
function reading(result) {
  const lines = result.corrected.map((c) => `Read “${c.text}” as “${c.label}”.`);
  if (result.otherwise) {
    lines.push(`Without that, Clew reads: ${result.reading}. The answer would be: ${result.otherwise.map((n) => n.label).join(", ")}`);
  } else if (result.answers.length || result.program) {
    lines.push(`Read as: ${result.reading}`);
    if (result.unread.length) lines.push(`Not read: ${result.unread.map((u) => `“${u.text}”`).join(", ")}`);
  }
  const same = result.ambiguous.map((e) => html("li", {}, `${e.label}${e.classes.length ? ` (${e.classes.join(", ")})` : ""}: ${e.key}`));
  return [...lines.map((line) => html("p", { class: "faint" }, line)), ...(same.length ? [html("ul", {}, ...same)] : [])];
}

function headline(result) {
  const n = result.answers.length;
  const words = valueOf(result) ?? (n ? (n === 1 ? "One answer" : `${n} answers`) : DECLINED[result.status] ?? "No answer");
  const badges = [];
  if (n || result.program) badges.push(html("span", { class: "badge good" }, "✓ verified"));
  if (result.status === "partial") badges.push(html("span", { class: "badge" }, "partial"));
  return html("div", { class: "headline" }, html("h2", {}, words), ...badges);
}

function confidence(result) {
  const declined = result.reason?.code === "low-confidence" && result.selection !== undefined;
  const [name, value, title] = declined
    ? ["Selection score of the best candidate (below the threshold)", result.selection, "A question is declined if this score is below the threshold"]
    : ["Confidence", result.confidence, `Estimated probability that ${result.program ? "the program is what was asked" : "the best relation path answers the question"}`];
  const meter = html("progress", { max: 1, value, "aria-label": name });
  return html("div", { class: "confidence", title }, name, meter, percent(value));
}

function drawingOf(result, answer) {
  const byId = new Map(result.paths.map((path) => [path.id, path]));
  const chosen = answer ? [answer] : result.answers.slice(0, DRAWN);
  const paths = (answer ? answer.paths : chosen.map((a) => a.paths[0])).map((id) => byId.get(id)).filter(Boolean);
  const lines = (answer ? paths : paths.slice(0, 1)).map((path) => pathLine(path));
  const rest = !answer && result.answers.length > DRAWN ? [html("p", { class: "faint" }, `The drawing shows the first ${DRAWN} answers. Select an answer to see its paths.`)] : [];
  return [html("div", { class: "drawing" }, drawPaths(paths)), ...rest, ...(answer || result.answers.length === 1 ? lines : [])];
}

// The explanation. Text written by a model is marked as not part of the proof; withheld text shows the reason.
function words(result) {
  const told = result.explanation;
  if (!told) return null;
  const by = told.source === "model" ? `Explanation written by ${told.model} (not part of the proof)` : "Explanation";
  const lines = told.text === null ? [html("p", { class: "faint" }, told.reason.message)] : told.text.split("\n").map((line) => html("p", {}, line));
  return html("section", { class: "card words" }, html("h2", {}, by), ...lines);
}

function alternatives(result) {
  if (!result.alternatives.length) return null;
  const rows = result.alternatives.map((a) => html("tr", { class: a.chosen ? "chosen" : false },
    html("td", {}, chain(a.topic, a.relations)), html("td", { class: "number" }, percent(a.score))));
  return html("section", { class: "card" }, html("h2", {}, "Relation paths considered"), table(["Path", "Probability of the path"], rows, [1]));
}

function facts(result) {
  const total = result.timings.total ?? 0;
  const json = html("details", {}, html("summary", {}, "Result as JSON"), html("pre", {}, JSON.stringify(result, null, 2)));
  const sparql = result.sparql ? html("details", {}, html("summary", {}, "The question as SPARQL"), html("pre", {}, result.sparql)) : null;
  return html("section", { class: "card" },
    html("p", { class: "faint" }, `${result.graph} version ${result.version} · model ${result.model} · ${total.toFixed(0)} ms`), sparql, json);
}

export function show(section, result) {
  const drawing = html("div");
  const ranked = new Set(result.answers.map((answer) => answer.score)).size > 1;
  const buttons = result.program ? result.answers.map((answer) => html("span", { title: answer.key }, answer.label)) : result.answers.map((answer) => html("button", {
    type: "button", "aria-pressed": "false", title: answer.key,
    onclick: (event) => {
      const button = event.currentTarget, chosen = button.getAttribute("aria-pressed") !== "true";
      for (const other of buttons) other.setAttribute("aria-pressed", "false");
      button.setAttribute("aria-pressed", String(chosen));
      drawing.replaceChildren(...drawingOf(result, chosen ? answer : null));
    },
  }, answer.label, ranked ? html("small", { title: "Probability of the relation path that leads to this answer" }, percent(answer.score)) : null));
  const card = html("section", { class: "card" }, headline(result), asked(result),
    result.reason ? html("p", {}, result.reason.message) : null, ...details(result), ...reading(result), confidence(result),
    buttons.length ? html("ul", { class: "answers" }, ...buttons.map((b) => html("li", {}, b))) : null,
    ranked ? html("p", { class: "faint" }, "The percentage next to an answer is the probability of its relation path.") : null);
  const paths = result.answers.length && !result.program;
  const proof = result.program ? proofOf(result) : paths ? html("section", { class: "card" }, html("h2", {}, "Proof"), drawing) : null;
  if (paths) drawing.replaceChildren(...drawingOf(result, null));
  section.replaceChildren(...[card, proof, words(result), chainsOf(result), alternatives(result), considered(result), facts(result)].filter(Boolean));
  section.hidden = false;
}

// An answer, and on request the inspection of one of its paths.

import { drawPaths } from "./drawing.js";
import { html, percent } from "./dom.js";

const DRAWN = 10;

const arrow = (relation) => (relation.direction === "forward" ? `—${relation.label}→` : `←${relation.label}—`);
const chain = (topic, relations) => `${topic.label} ${relations.map(arrow).join(" · ")} ?`;

// The question with the spans that were linked to topics marked. A span counts code points, as Python does.
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

function headline(result) {
  const n = result.answers.length;
  const words = result.status === "no_answer" ? "No answer in this graph" : n === 1 ? "One answer" : `${n} answers`;
  const badges = [];
  if (n) badges.push(html("span", { class: "badge good" }, "✓ verified"));
  if (result.status === "partial") badges.push(html("span", { class: "badge" }, "partial"));
  return html("div", { class: "headline" }, html("h2", {}, words), ...badges);
}

function confidence(result) {
  const meter = html("progress", { max: 1, value: result.confidence, "aria-label": "Confidence" });
  return html("div", { class: "confidence" }, "Confidence", meter, percent(result.confidence));
}

function drawingOf(result, answer) {
  const byId = new Map(result.paths.map((path) => [path.id, path]));
  const chosen = answer ? [answer] : result.answers.slice(0, DRAWN);
  const paths = (answer ? answer.paths : chosen.map((a) => a.paths[0])).map((id) => byId.get(id)).filter(Boolean);
  const lines = (answer ? paths : paths.slice(0, 1)).map((path) => pathLine(path));
  const rest = !answer && result.answers.length > DRAWN ? [html("p", { class: "faint" }, `The first ${DRAWN} answers are drawn; choose one to see its own paths.`)] : [];
  return [html("div", { class: "drawing" }, drawPaths(paths)), ...rest, ...(answer || result.answers.length === 1 ? lines : [])];
}

function pathLine(path) {
  const target = html("div");
  const inspect = html("button", { type: "button", onclick: () => inspectInto(target, path.id) }, "Inspect");
  return html("div", {}, html("div", { class: "path-line" }, html("code", {}, path.text), inspect), target);
}

async function inspectInto(target, id) {
  const response = await fetch(`v1/paths/${encodeURIComponent(id)}`);
  const body = await response.json();
  target.replaceChildren(...(response.ok ? inspection(body) : [html("p", { class: "faint" }, body.detail)]));
}

function inspection(found) {
  const rows = found.triples.map((t) => html("tr", {}, html("td", {}, t.head.label), html("td", {}, t.relation.label), html("td", {}, t.tail.label),
    html("td", {}, t.source ? (t.source.line ? `${t.source.file}:${t.source.line}` : t.source.file) : "—")));
  const steps = found.steps.flatMap((step, i) => [
    html("h3", {}, `Step ${i + 1}`),
    ...[[step.taken, true], ...step.alternatives.slice(0, 5).map((o) => [o, false])].map(([option, taken]) => html("div", { class: taken ? "bar taken" : "bar" },
      html("span", {}, option.relation ? arrow(option.relation) : "the path ends here"),
      html("progress", { max: 1, value: option.probability }), html("span", {}, percent(option.probability)))),
  ]);
  return [html("h3", {}, "Triples of this path"), table(["Head", "Relation", "Tail", "Source"], rows), ...steps];
}

function table(heads, rows, numbers = []) {
  return html("table", {}, html("thead", {}, html("tr", {}, ...heads.map((h, i) => html("th", { scope: "col", class: numbers.includes(i) ? "number" : false }, h)))),
    html("tbody", {}, ...rows));
}

function alternatives(result) {
  if (!result.alternatives.length) return null;
  const rows = result.alternatives.map((a) => html("tr", { class: a.chosen ? "chosen" : false },
    html("td", {}, chain(a.topic, a.relations)), html("td", { class: "number" }, percent(a.score))));
  return html("section", { class: "card" }, html("h2", {}, "Relation paths considered"), table(["Path", "Probability"], rows, [1]));
}

function facts(result) {
  const total = result.timings.total ?? 0;
  const json = html("details", {}, html("summary", {}, "This answer as JSON"), html("pre", {}, JSON.stringify(result, null, 2)));
  return html("section", { class: "card" },
    html("p", { class: "faint" }, `${result.graph} version ${result.version} · model ${result.model} · ${total.toFixed(0)} ms`), json);
}

export function show(section, result) {
  const drawing = html("div");
  const ranked = new Set(result.answers.map((answer) => answer.score)).size > 1;
  const buttons = result.answers.map((answer) => html("button", {
    type: "button", "aria-pressed": "false", title: answer.key,
    onclick: (event) => {
      const button = event.currentTarget, chosen = button.getAttribute("aria-pressed") !== "true";
      for (const other of buttons) other.setAttribute("aria-pressed", "false");
      button.setAttribute("aria-pressed", String(chosen));
      drawing.replaceChildren(...drawingOf(result, chosen ? answer : null));
    },
  }, answer.label, ranked ? html("small", {}, percent(answer.score)) : null));
  const card = html("section", { class: "card" }, headline(result), asked(result),
    result.reason ? html("p", {}, result.reason.message) : null, confidence(result),
    buttons.length ? html("ul", { class: "answers" }, ...buttons.map((b) => html("li", {}, b))) : null);
  const proof = result.answers.length ? html("section", { class: "card" }, html("h2", {}, "The thread"), drawing) : null;
  if (proof) drawing.replaceChildren(...drawingOf(result, null));
  section.replaceChildren(...[card, proof, alternatives(result), facts(result)].filter(Boolean));
  section.hidden = false;
}

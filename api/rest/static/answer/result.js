// A result: what the question was read as, the answers, their proof, and how it was decided.

import { html, many, percent } from "../dom.js";
import { pathProof } from "../proof/paths.js";
import { arrow } from "../proof/words.js";
import { answersOf } from "./answers.js";
import { chainsOf } from "./chains.js";
import { copying } from "./copying.js";
import { next, without } from "./declined.js";
import { considered, details, proofOf, valueOf } from "./program.js";
import { asked, namesakes, reading } from "./reading.js";
import { json } from "./snippets.js";
import { table } from "./table.js";

const DECLINED = {
  none_in_graph: "Not in this graph",
  not_understood: "Not understood",
  no_entity: "No entity found",
  ambiguous: "Ambiguous name",
  partial: "Not finished",
};

const chain = (topic, relations) => `${topic.label} ${relations.map(arrow).join(" · ")} ?`;

// The answer in a few words, for its headline.
export function headlineOf(result) {
  const n = result.answers.length;
  return valueOf(result) ?? (n ? (n === 1 ? "One answer" : `${many(n)} answers`) : (DECLINED[result.status] ?? "No answer"));
}

function headline(result) {
  const badges = [];
  if (result.answers.length || result.program)
    badges.push(
      html(
        "span",
        { class: "badge good", title: "Every step was looked up in the graph again, by code that shares nothing with the search" },
        "✓ verified",
      ),
    );
  if (result.status === "partial") badges.push(html("span", { class: "badge" }, "partial"));
  const words = headlineOf(result);
  return html(
    "div",
    { class: "headline" },
    html("h2", { class: valueOf(result) !== null && result.rows === undefined ? "value-line" : false }, words),
    ...badges,
  );
}

function confidence(result) {
  const declined = result.reason?.code === "low-confidence" && result.selection !== undefined;
  const [name, value, title] = declined
    ? [
        "Selection score of the best candidate (below the threshold)",
        result.selection,
        "A question is declined if this score is below the threshold",
      ]
    : [
        "Confidence",
        result.confidence,
        `Estimated probability that ${result.program ? "the program is what was asked" : "the best relation path answers the question"}`,
      ];
  if (!result.answers.length && !result.program && !declined) return null;
  return html(
    "div",
    { class: "confidence", title },
    html("span", {}, name),
    html("progress", { max: 1, value, "aria-label": name }),
    percent(value),
  );
}

// The explanation. Text written by a model is marked as not part of the proof; withheld text shows the reason.
function words(result) {
  const told = result.explanation;
  if (!told) return null;
  const by = told.source === "model" ? `Explanation written by ${told.model} (not part of the proof)` : "Explanation";
  const lines =
    told.text === null ? [html("p", { class: "faint" }, told.reason.message)] : told.text.split("\n").map((line) => html("p", {}, line));
  return html("section", { class: "card words" }, html("h2", {}, by), ...lines);
}

function alternatives(result) {
  if (!result.alternatives.length) return null;
  const rows = result.alternatives.map((a) =>
    html(
      "tr",
      { class: a.chosen ? "chosen" : false },
      html("td", {}, chain(a.topic, a.relations)),
      html("td", { class: "number" }, percent(a.score)),
    ),
  );
  return html("details", {}, html("summary", {}, "Relation paths considered"), table(["Path", "Probability of the path"], rows, [1]));
}

const pre = (text) => html("pre", { tabindex: 0 }, text);

function facts(result) {
  const total = result.timings.total ?? 0;
  const sparql = result.sparql ? html("details", {}, html("summary", {}, "The question as SPARQL"), pre(result.sparql)) : null;
  return html(
    "section",
    { class: "card how", "aria-label": "How it was decided" },
    html("h2", {}, "How it was decided"),
    alternatives(result),
    considered(result),
    sparql,
    html("details", {}, html("summary", {}, "Result as JSON"), pre(json(result))),
    html("p", { class: "faint" }, `${result.graph} version ${result.version} · model ${result.model} · ${many(Math.round(total))} ms`),
  );
}

export function show(section, result, sent = { request: { question: result.question }, link: "" }) {
  const paths = result.answers.length && !result.program ? pathProof(result) : null;
  const notices = [
    ...(result.reason ? [html("p", { class: "reason" }, result.reason.message.replace(/^Not understood: /, ""))] : []),
    ...(result.notices ?? []).map((text) => html("p", { class: "warning" }, text)),
  ];
  const card = html(
    "section",
    { class: "card answer", "aria-label": "Answer" },
    asked(result),
    ...reading(result, sent.request),
    headline(result),
    ...notices,
    ...details(result),
    answersOf(result, paths?.show),
    without(result),
    namesakes(result, sent.request),
    next(result),
    html("div", { class: "foot" }, confidence(result), copying(result, sent)),
  );
  const proof = result.program ? proofOf(result) : paths?.section;
  section.replaceChildren(...[card, proof, words(result), chainsOf(result), facts(result)].filter(Boolean));
  section.hidden = false;
}

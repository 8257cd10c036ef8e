// One line per path and, on request, its inspection: triples, decisions with alternatives, search statistics.

import { chainsOf } from "../answer/chains.js";
import { table } from "../answer/table.js";
import { actions } from "../actions.js";
import { getJson } from "../client.js";
import { button, html, many, percent } from "../dom.js";
import { place } from "./provenance.js";
import { arrow, stated } from "./words.js";

export function pathLine(path) {
  const target = html("div");
  const classes = path.classes?.length ? html("p", { class: "faint" }, `Of these classes: ${path.classes.map(stated).join("; ")}`) : null;
  return html("div", {}, html("div", { class: "path-line" }, html("code", {}, path.text), inspectButton(target, path.id)), classes, target);
}

// Inspects a path or a program, and shows what is found in the target.
export function inspectButton(target, id) {
  const toggle = async () => {
    if (target.children.length) target.replaceChildren();
    else await inspectInto(target, id);
    inspect.setAttribute("aria-expanded", String(target.children.length > 0));
  };
  const inspect = button("Inspect", toggle, { "aria-expanded": "false" });
  return inspect;
}

async function inspectInto(target, id) {
  try {
    const found = await getJson(`v1/paths/${encodeURIComponent(id)}`);
    target.replaceChildren(...(found.path ? inspection(found) : programInspection(found)));
  } catch (error) {
    target.replaceChildren(html("p", { class: "error" }, error.message));
  }
}

const triples = (some) =>
  table(
    ["Head", "Relation", "Tail", "Source"],
    some.map((t) =>
      html(
        "tr",
        {},
        html("td", {}, t.head.label),
        html("td", {}, t.relation.label),
        html("td", {}, t.tail.label),
        html("td", {}, t.source ? place(t.source) : "—"),
      ),
    ),
  );

// Each operator of a program with triples of the first of those that it leaves.
function programInspection(found) {
  return found.steps.flatMap((step, i) => [
    html("h3", {}, `Step ${i + 1}: ${step.token} `, html("small", { class: "faint" }, step.words)),
    ...(step.members.length
      ? [html("p", { class: "faint" }, `First of ${step.count.toLocaleString("en")}: ${step.members.map((node) => node.label).join(", ")}`)]
      : []),
    ...(step.evidence.length ? [triples(step.evidence)] : []),
  ]);
}

// Shows one operator of a program in the target: what it leaves, and the triples that show why.
export async function stepEvidence(target, result, i) {
  const { token, words, count, value } = result.steps[i];
  const left = typeof value === "number" ? ` It is ${many(value)}.` : count === null ? "" : ` It leaves ${many(count)}.`;
  const said = html("p", {}, html("strong", {}, words), html("br"), html("code", {}, token), left);
  target.replaceChildren(said, html("p", { class: "faint" }, "Looking up its evidence …"));
  try {
    const step = (await getJson(`v1/paths/${encodeURIComponent(result.program_id)}`)).steps[i];
    const names = step.members.map((node) =>
      node.kind === "literal"
        ? html("span", { class: "value" }, node.label)
        : button(node.label, () => actions.open(node.key), { class: "link" }),
    );
    const members = names.length ? html("p", { class: "row" }, count > names.length ? "Among them: " : "", names) : null;
    target.replaceChildren(...[said, members, step.evidence.length ? triples(step.evidence) : null].filter(Boolean));
  } catch (error) {
    target.replaceChildren(said, html("p", { class: "error" }, error.message));
  }
}

function inspection(found) {
  const warnings = (found.warnings ?? []).map((text) => html("p", { class: "warning" }, text));
  const chains = chainsOf(found);
  return [
    html("h3", {}, "Triples of this path"),
    triples(found.triples),
    ...warnings,
    ...found.steps.flatMap(decision),
    ...search(found.search),
    ...(chains ? [chains] : []),
  ];
}

// One decision: the continuation taken, then the alternatives, most probable first.
function decision(step, i) {
  const options = step.alternatives.length + 1;
  const allowed =
    options === 1
      ? "only one continuation was allowed"
      : `${options} allowed continuations, with their probabilities relative to each other`;
  return [
    html("h3", {}, `Step ${i + 1} `, html("small", { class: "faint" }, allowed)),
    ...[[step.taken, true], ...step.alternatives.map((option) => [option, false])].map(([option, taken]) =>
      html(
        "div",
        {
          class: taken ? "bar taken" : "bar",
          title: `${taken ? "taken" : "allowed, not taken"}; log-probability ${option.log_prob.toFixed(3)}`,
        },
        html("span", {}, option.relation ? arrow(option.relation) : "end of path"),
        html("progress", { max: 1, value: option.probability }),
        html("span", {}, percent(option.probability)),
      ),
    ),
  ];
}

const CERTAIN = ["exact", "gap", "partial"];

// Search statistics, and how certain the ranking is.
function search(facts) {
  const names = Object.keys(facts ?? {});
  if (!names.length) return [];
  const verdict = facts.exact
    ? "The ranking is exact: no other path has a higher ranking score."
    : facts.partial
      ? "A limit stopped the search: a better path may exist."
      : "The ranking is an estimate: a better path may exist.";
  const gap = facts.gap > 0 && facts.gap < 1e9 ? ` An unseen path can be better by at most ${facts.gap.toFixed(2)} nats.` : "";
  const rows = names
    .filter((name) => !CERTAIN.includes(name))
    .sort()
    .map((name) =>
      html(
        "tr",
        {},
        html("td", {}, name.replaceAll("_", " ")),
        html("td", { class: "number" }, Number(facts[name].toFixed(4)).toLocaleString("en")),
      ),
    );
  return [html("h3", {}, "Search"), html("p", {}, verdict + gap), ...(rows.length ? [table(["Statistic", "Value"], rows, [1])] : [])];
}

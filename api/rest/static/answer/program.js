// What a program answers: a number, yes or no, a table, a set; and the program itself, drawn as a tree.

import { counted, html, many, percent } from "../dom.js";
import { programFigure } from "../proof/drawing.js";
import { inspectButton, stepEvidence } from "../proof/inspection.js";
import { table, tableOf } from "./table.js";

const number = (value) => value.toLocaleString("en", { maximumSignificantDigits: 15 });

// The value on one line, or null if it is a set that has nothing.
export function valueOf(result) {
  const { value, rows } = result;
  if (value === true || value === false) return value ? "Yes" : "No";
  if (value !== undefined) return result.unit ? `${number(value)} ${result.unit}` : number(value);
  return rows === undefined ? null : counted(rows.length, "row");
}

// What stands below the value: the closed world of a "no", what a number was counted over, a table.
export function details(result) {
  if (result.value === false) {
    const compared = result.steps.at(-1).token !== "ASK";
    return [html("p", {}, `${compared ? "By what this graph states" : "Not in this graph"}, version ${result.version}.`)];
  }
  if (result.rows !== undefined) return [tableOf(result)];
  return typeof result.value === "number" ? behind(result.steps) : [];
}

function behind(steps) {
  const some = steps[steps.at(-1).operands[0]];
  if (!some.members.length) return [];
  const more = some.count - some.members.length;
  return [html("p", {}, `Of: ${some.members.map((node) => node.label).join(", ")}${more > 0 ? ` and ${many(more)} more` : ""}`)];
}

export function proofOf(result) {
  const inspected = html("div"),
    panel = html(
      "div",
      { class: "selection", role: "status" },
      html("p", { class: "faint" }, "Press an operator in the drawing to see what it leaves, and why."),
    );
  const figure = programFigure(result.steps, `The program as a tree: ${result.steps.map((step) => step.token).join(" ")}`, (i) =>
    stepEvidence(panel, result, i),
  );
  const rows = result.steps.map((step) =>
    html(
      "tr",
      {},
      html("td", {}, html("code", {}, step.token)),
      html("td", {}, step.text ? `“${step.text}”` : ""),
      html("td", {}, step.words),
      html("td", { class: "number" }, left(step)),
    ),
  );
  const operators = result.steps.length === 1 ? "1 operator; it was" : `${result.steps.length} operators; each was`;
  const verified = `${operators} done again over the stored statements of ${result.graph} ${result.version}: verified`;
  return html(
    "section",
    { class: "card proof", "aria-label": "Proof" },
    html("div", { class: "over" }, html("h2", {}, "Proof"), figure.buttons),
    figure.frame,
    panel,
    html(
      "details",
      { class: "in-words" },
      html("summary", {}, "The proof as text"),
      table(["Operator", "In the question", "What it leaves", "How many"], rows, [3]),
      html("div", { class: "path-line" }, html("code", {}, result.program), inspectButton(inspected, result.program_id)),
      inspected,
    ),
    html("p", { class: "faint" }, verified),
  );
}

function left(step) {
  if (typeof step.value === "number") return number(step.value);
  if (step.count === null) return "";
  return `${many(step.count)}${step.left_out ? ` (${many(step.left_out)} without a value)` : ""}`;
}

export function considered(result) {
  if (!result.considered?.length) return null;
  const rows = result.considered.map((one) =>
    html("tr", {}, html("td", {}, html("code", {}, one.program)), html("td", { class: "number" }, percent(one.probability))),
  );
  return html("details", {}, html("summary", {}, "Programs not taken"), table(["Program", "Probability of its result"], rows, [1]));
}

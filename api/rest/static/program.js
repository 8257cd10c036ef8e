// What a program answers: a number, yes or no, a table, a set; and the program itself, drawn as a tree.

import { csv } from "./csv.js";
import { drawProgram } from "./drawing.js";
import { html, percent } from "./dom.js";
import { inspectButton, table } from "./inspection.js";

const number = (value) => value.toLocaleString("en", { maximumSignificantDigits: 15 });

// The value on one line, or null if it is a set that has nothing.
export function valueOf(result) {
  const { value, rows } = result;
  if (value === true || value === false) return value ? "Yes" : "No";
  if (value !== undefined) return result.unit ? `${number(value)} ${result.unit}` : number(value);
  if (rows !== undefined) return rows.length === 1 ? "One row" : `${rows.length} rows`;
  return null;
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
  return [html("p", {}, `Of: ${some.members.map((node) => node.label).join(", ")}${more > 0 ? ` and ${more.toLocaleString("en")} more` : ""}`)];
}

function tableOf(result) {
  const numbers = result.columns.map((_, i) => i).filter((i) => result.rows.length && result.rows.every((row) => row[i] !== "" && !Number.isNaN(Number(row[i]))));
  const rows = result.rows.map((row) => html("tr", {}, ...row.map((cell, i) => html("td", { class: numbers.includes(i) ? "number" : false }, cell))));
  const save = html("button", { type: "button", onclick: () => download(result) }, "Download CSV");
  const unit = result.unit ? html("p", { class: "faint" }, `Numbers in ${result.unit}.`) : null;
  return html("div", { class: "rows" }, html("div", { class: "scroll" }, table(result.columns, rows, numbers)), unit, save);
}

function download(result) {
  const url = URL.createObjectURL(new Blob([csv(result.columns, result.rows)], { type: "text/csv;charset=utf-8" }));
  html("a", { href: url, download: "answer.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

export function proofOf(result) {
  const target = html("div");
  const rows = result.steps.map((step) => html("tr", {}, html("td", {}, html("code", {}, step.token)), html("td", {}, step.text ? `“${step.text}”` : ""),
    html("td", {}, step.words), html("td", { class: "number" }, left(step))));
  const operators = result.steps.length === 1 ? "1 operator; it was" : `${result.steps.length} operators; each was`;
  const verified = `${operators} done again over the stored statements of ${result.graph} ${result.version}: verified`;
  return html("section", { class: "card" }, html("h2", {}, "Proof"), html("div", { class: "drawing program" }, drawProgram(result.steps)),
    table(["Operator", "In the question", "What it leaves", "How many"], rows, [3]), html("p", { class: "faint" }, verified),
    html("div", { class: "path-line" }, html("code", {}, result.program), inspectButton(target, result.program_id)), target);
}

function left(step) {
  if (typeof step.value === "number") return number(step.value);
  if (step.count === null) return "";
  const without = step.left_out ? ` (${step.left_out.toLocaleString("en")} without a value)` : "";
  return `${step.count.toLocaleString("en")}${without}`;
}

export function considered(result) {
  if (!result.considered) return null;
  const rows = result.considered.map((one) => html("tr", {}, html("td", {}, html("code", {}, one.program)), html("td", { class: "number" }, percent(one.probability))));
  return html("section", { class: "card" }, html("h2", {}, "Programs not taken"), table(["Program", "Probability of its result"], rows, [1]));
}

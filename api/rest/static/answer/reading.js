// What the question was read as, above its answer: what it is about marked, what was not understood struck out, spellings
// that were corrected.

import { actions } from "../actions.js";
import { button, html, unseen } from "../dom.js";

// The parts of the question, in order. Spans count code points, as in Python.
function parts(result) {
  const linked = result.linked.filter((one) => one.topic && one.span).map((one) => ({ start: one.span[0], end: one.span[1], linked: one }));
  const unread = result.unread.map((one) => ({ start: one.start, end: one.end, unread: one }));
  return [...unread, ...linked].filter((part) => part.end > part.start).sort((a, b) => a.start - b.start);
}

const WHY = {
  entity: "names another thing, which the answer does not depend on",
  name: "is a name that this graph does not have",
  number: "is a number that the answer does not depend on",
  superlative: "asks for an extreme",
  reason: "asks for a reason",
};

function marked(part, text) {
  if (part.unread)
    return html("s", { class: "unread", title: WHY[part.unread.why] ?? "not understood" }, text, unseen(" (not understood)"));
  return html("mark", { title: `${part.linked.label} (${part.linked.key}), ${part.linked.how}` }, text);
}

export function asked(result) {
  const points = [...result.question],
    shown = [];
  let at = 0;
  for (const part of parts(result)) {
    if (part.start < at) continue;
    shown.push(points.slice(at, part.start).join(""), marked(part, points.slice(part.start, part.end).join("")));
    at = part.end;
  }
  return html("p", { class: "asked" }, unseen("Your question: "), "“", ...shown, points.slice(at).join(""), "”");
}

const CONDITIONS = {
  relations: "only",
  forbidden: "without",
  types: "of the type",
  ends: "among",
  sources: "stated in",
  languages: "in the language",
  at: "from",
  until: "until",
};
const tail = (name) => (/^\^?https?:/.test(name) ? name.split(/[/#]/).at(-1) : name);

// The conditions that the answer was asked under, in words; empty if there are none.
function under({ conditions = {}, min_hops: least = 1, max_hops: most = 3 }) {
  const said = Object.entries(CONDITIONS)
    .filter(([name]) => conditions[name])
    .map(([name, words]) => `${words} ${[conditions[name]].flat().map(tail).join(", ")}`);
  if (conditions.throughout) said.push("during the whole period");
  if (conditions.undated === false) said.push("only statements with a time");
  if (least > 1 || most !== 3) said.push(`paths of ${least === most ? most : `${least} to ${most}`} ${most === 1 ? "hop" : "hops"}`);
  return said.join("; ");
}

const row = (name, ...what) => html("p", { class: "read" }, html("span", { class: "what" }, name), " ", html("span", {}, ...what));

export function reading(result, request) {
  const lines = result.corrected.map((one) => row("Spelling", `“${one.text}” read as “${one.label}”.`));
  if (result.reading && (result.answers.length || result.program || result.ambiguous.length)) {
    lines.push(row("Read as", result.reading));
    if (result.unread.length) lines.push(row("Not read", result.unread.map((one) => `“${one.text}”`).join(", ")));
  }
  if (under(request)) lines.push(row("Conditions", under(request)));
  return lines;
}

// The entities that a name may mean, as buttons that ask again.
export function namesakes(result, request) {
  if (!result.ambiguous.length) return null;
  const choose = (one) => actions.ask({ ...request, topics: [one.key] });
  return html(
    "div",
    { class: "next" },
    html("h3", {}, `Which ${result.ambiguous[0].label} do you mean?`),
    html(
      "ul",
      { class: "choices column" },
      result.ambiguous.map((one) =>
        html(
          "li",
          {},
          html(
            "button",
            { type: "button", class: "choice", onclick: () => choose(one) },
            html("strong", {}, one.label),
            html("small", {}, one.classes.join(", ") || one.key),
            unseen(` (${one.key})`),
          ),
          button("Look at it", () => actions.open(one.key), {
            class: "link",
            "aria-label": `Look at it: ${one.label}, ${one.classes.join(", ") || one.key}`,
          }),
        ),
      ),
    ),
  );
}

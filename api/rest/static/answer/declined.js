// A question without an answer: why, and what can be asked next.

import { actions } from "../actions.js";
import { questionFor } from "../asking/wording.js";
import { getJson, graphUrl } from "../client.js";
import { button, html } from "../dom.js";

const OFFERED = 6,
  NAMES = 3,
  PREVIEW = 5;

const again = (text, request) =>
  html("li", {}, html("button", { type: "button", class: "choice", onclick: () => actions.ask(request) }, text));

// What the question says without the words that were not understood.
export function without(result) {
  if (!result.otherwise?.length) return null;
  const some = result.otherwise
    .slice(0, PREVIEW)
    .map((node) => node.label)
    .join(", ");
  const more = result.otherwise.length > PREVIEW ? " and others" : "";
  return html(
    "div",
    { class: "aside" },
    html("p", {}, `Without the words struck out, Clew reads: ${result.reading}.`),
    html("p", { class: "faint" }, `That would give: ${some}${more}. It may not be what you asked.`),
  );
}

// Questions about the suggested relations that the entity of the question has.
async function suggested(result) {
  const topics = result.linked.filter((one) => one.topic).slice(0, 2),
    found = [];
  for (const topic of topics) {
    const { relations } = await getJson(graphUrl(result.graph, `/entities/${encodeURIComponent(topic.key)}?limit=1`));
    const has = (one) => relations.some((other) => other.key === one.key && other.direction === one.direction);
    const first = result.suggestions.filter(has);
    const rest = first.length ? [] : relations.filter((one) => one.label !== "is a");
    for (const relation of [...first, ...rest].filter((one) => one.label !== "is a"))
      found.push({ question: questionFor(topic.label, relation), topics: [topic.key] });
  }
  return { topics, questions: found.slice(0, OFFERED) };
}

// Names in the question: words with a capital, but the first word only with one after it.
const capitalised = (question) =>
  [...question.matchAll(/\p{Lu}[\p{L}\p{N}'’.-]*(?:\s+\p{Lu}[\p{L}\p{N}'’.-]*)*/gu)]
    .map(([name]) => name)
    .filter((name) => !/^(Who|What|Which|Where|When|Why|How|Is|Are|Did|Does|Do|Was|Were|List|Name|Show|In|On|The)$/.test(name));

// Entities with such a name; of a part of a name, not those that are merely spelled like it.
async function alike(result) {
  const whole = capitalised(result.question).map((name) => name.replace(/^(?:Who|What|Which|Where|When|Is|Did|Does|Was)\s+/, ""));
  const tried = new Map([...whole.flatMap((name) => name.split(/\s+/)).map((part) => [part, false]), ...whole.map((name) => [name, true])]);
  const found = new Map();
  for (const [text, typos] of [...tried].filter(([text]) => text.length > 2).slice(-NAMES)) {
    const { entities } = await getJson(graphUrl(result.graph, `/entities?q=${encodeURIComponent(text)}&limit=4`));
    for (const one of entities) if ((typos || one.how !== "typo") && !found.has(one.key)) found.set(one.key, one);
  }
  return [...found.values()].slice(0, OFFERED);
}

async function fill(place, result) {
  const { topics, questions } = await suggested(result);
  const parts = [];
  if (questions.length)
    parts.push(
      html("h3", {}, "You could ask"),
      html(
        "ul",
        { class: "choices" },
        questions.map((one) => again(one.question, one)),
      ),
    );
  const same = (one) => topics.some((other) => other !== one && other.label === one.label);
  const named = (one) => (same(one) ? `${one.label} (${one.key.split(/[/#]/).at(-1)})` : one.label);
  if (topics.length)
    parts.push(
      html(
        "p",
        { class: "row" },
        topics.map((one) => button(`Everything about ${named(one)}`, () => actions.open(one.key), { class: "small" })),
      ),
    );
  if (!questions.length) {
    const names = topics.length ? [] : await alike(result);
    if (names.length)
      parts.push(
        html("h3", {}, "Names in the graph that are alike"),
        html(
          "ul",
          { class: "choices" },
          names.map((one) =>
            html(
              "li",
              {},
              html(
                "button",
                { type: "button", class: "choice", onclick: () => actions.open(one.key) },
                one.label,
                html("small", {}, one.classes.join(", ")),
              ),
            ),
          ),
        ),
      );
    const { examples } = await getJson(graphUrl(result.graph));
    if (examples.length)
      parts.push(
        html("h3", {}, "Questions that this graph answers"),
        html(
          "ul",
          { class: "choices" },
          examples.map((text) => again(text, { question: text })),
        ),
      );
  }
  place.replaceChildren(...parts);
}

// What can be asked next; it comes a moment later than the rest of the result.
export function next(result) {
  if (result.answers.length || result.program || result.ambiguous.length) return null;
  const place = html("div", { class: "next" });
  fill(place, result).catch((error) => place.replaceChildren(html("p", { class: "faint" }, error.message)));
  return place;
}

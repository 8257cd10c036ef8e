// The answers as a list. Those that paths lead to are buttons that show their proof; each has a card.

import { actions } from "../actions.js";
import { button, counted, html, many, percent } from "../dom.js";

const SHOWN = 24;

function aboutIt(answer) {
  if (answer.kind === "literal") return null;
  return html(
    "button",
    {
      type: "button",
      class: "about",
      onclick: () => actions.open(answer.key),
      "aria-label": `About ${answer.label}`,
      title: `About ${answer.label}`,
    },
    "›",
  );
}

// `showProof` shows the proof of one answer, or of all (null); undefined: the answers are a program's, proved together.
export function answersOf(result, showProof) {
  if (!result.answers.length) return null;
  const ranked = showProof && new Set(result.answers.map((answer) => answer.score)).size > 1;
  const single = result.answers.length === 1;
  const buttons = [];
  const choose = (chosen, answer) => {
    const pressed = chosen.getAttribute("aria-pressed") !== "true";
    for (const other of buttons) other.setAttribute("aria-pressed", "false");
    chosen.setAttribute("aria-pressed", String(pressed));
    showProof(pressed ? answer : null);
  };
  const score = (answer) =>
    ranked ? html("small", { title: "Probability of the relation path that leads to this answer" }, percent(answer.score)) : null;
  const named = (answer) => {
    if (!showProof || single) return html("span", { class: "name" }, answer.label, score(answer));
    const one = html(
      "button",
      {
        type: "button",
        class: "name",
        "aria-pressed": "false",
        title: `Show the proof of ${answer.label}`,
        onclick: () => choose(one, answer),
      },
      answer.label,
      score(answer),
    );
    buttons.push(one);
    return one;
  };
  const item = (answer) => html("li", {}, named(answer), aboutIt(answer));
  const list = html("ul", { class: single ? "answers single" : "answers" }, result.answers.slice(0, SHOWN).map(item));
  const rest = result.answers.length - SHOWN;
  const all =
    rest > 0
      ? button(
          `Show all ${many(result.answers.length)}`,
          () => {
            const added = result.answers.slice(SHOWN).map(item);
            list.append(...added);
            all.remove();
            added[0].querySelector("button")?.focus();
          },
          { class: "small" },
        )
      : null;
  const note = ranked
    ? "The percentage next to an answer is the probability of its relation path."
    : showProof && !single
      ? "Press an answer to see its proof."
      : null;
  return html(
    "div",
    {},
    list,
    all
      ? html("p", { class: "row" }, html("span", { class: "faint" }, `${counted(SHOWN, "answer")} of ${many(result.answers.length)}`), all)
      : null,
    note ? html("p", { class: "faint" }, note) : null,
  );
}

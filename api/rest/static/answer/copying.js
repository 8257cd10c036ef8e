// Takes the answer elsewhere: a link, JSON, and the question for curl, Python and SPARQL.

import { actions } from "../actions.js";
import { graphUrl } from "../client.js";
import { button, html } from "../dom.js";
import { hasKey } from "../key.js";
import { curl, json, pythonCode } from "./snippets.js";

const SHOWN_MS = 1500;

async function copy(pressed, name, text) {
  try {
    await navigator.clipboard.writeText(text);
    actions.say(`Copied: ${name}.`);
    pressed.classList.add("copied");
    setTimeout(() => pressed.classList.remove("copied"), SHOWN_MS);
  } catch {
    // no permission, or a page without https
    shown(name, text);
  }
}

// The text in a dialog, to be copied by hand.
function shown(name, text) {
  const area = html("textarea", { rows: 12, readonly: true, "aria-label": name }, text);
  const dialog = html(
    "dialog",
    { class: "card sheet", "aria-label": `Copy: ${name}` },
    html("h2", {}, `Copy: ${name}`),
    area,
    html("form", { method: "dialog" }, html("button", {}, "Close")),
  );
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  area.select();
}

export function copying(result, { request, link }) {
  const url = () => new URL(graphUrl(result.graph, "/ask"), document.baseURI).href;
  const forms = [
    ["link", () => link],
    ["JSON", () => json(result)],
    ["curl", () => curl(url(), request, hasKey())],
    ["Python", () => pythonCode(url(), request, hasKey())],
  ];
  if (result.sparql) forms.push(["SPARQL", () => `${result.sparql}\n`]);
  return html(
    "div",
    { class: "copying row", role: "group", "aria-label": "Copy as" },
    html("span", { class: "faint" }, "Copy as"),
    forms.map(([name, text]) => button(name, (event) => copy(event.currentTarget, name, text()), { class: "small" })),
  );
}

// A field for several names: each that is taken becomes a chip, which can be removed.

import { html } from "../dom.js";
import { complete } from "../graph/finder.js";

export class Chips {
  constructor(input, find) {
    this.input = input;
    this.values = []; // each with `key` and `label`
    this.list = html("ul", { class: "chips", "aria-label": `${input.labels[0].textContent.trim()}: chosen` });
    input.closest("label").after(this.list);
    complete(input, find, (option) => this.add(option));
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.defaultPrevented || !input.value.trim()) return;
      event.preventDefault();
      this.take();
    });
    this.set([]);
  }

  // Takes what is typed, as it is.
  take() {
    const text = this.input.value.trim();
    if (text) this.add({ key: text, label: text });
  }

  add({ key, label }) {
    if (!this.values.some((one) => one.key === key)) this.values.push({ key, label });
    this.input.value = "";
    this.show();
  }

  remove(i) {
    this.values.splice(i, 1);
    this.show();
    this.input.focus();
  }

  set(keys) {
    this.values = keys.map((key) => ({ key, label: key }));
    this.input.value = "";
    this.show();
  }

  get keys() {
    this.take();
    return this.values.map((one) => one.key);
  }

  show() {
    this.list.hidden = !this.values.length;
    this.list.replaceChildren(
      ...this.values.map((one, i) =>
        html(
          "li",
          {},
          html("span", {}, one.label),
          html("button", { type: "button", class: "remove", "aria-label": `Remove ${one.label}`, onclick: () => this.remove(i) }, "×"),
        ),
      ),
    );
  }
}

// What is known of an answer while it is being found.

import { button, counted, html } from "../dom.js";

export class Progress {
  constructor(place, cancel) {
    this.place = place;
    this.lines = { linked: null, reading: null, answers: null };
    this.answers = [];
    this.cancel = button("Cancel", cancel);
    this.show();
  }

  take(name, data) {
    if (name === "linked") {
      const topics = data.linked.filter((one) => one.topic).map((one) => one.label);
      if (topics.length) this.lines.linked = `About: ${topics.join(", ")}`;
    } else if (name === "reading") this.lines.reading = `Read as: ${data.reading}`;
    else if (name === "answer") {
      this.answers.push(data.label);
      this.lines.answers = `${counted(this.answers.length, "answer")} so far: ${this.answers.slice(0, 5).join(", ")}`;
    }
    this.show();
  }

  show() {
    const lines = Object.values(this.lines)
      .filter(Boolean)
      .map((line) => html("li", {}, line));
    this.place.replaceChildren(
      html(
        "div",
        { class: "progress" },
        html("span", { class: "spinner", "aria-hidden": "true" }),
        html(
          "div",
          {},
          html("p", {}, this.answers.length ? "Verifying the answers …" : "Looking for an answer …"),
          lines.length ? html("ul", {}, lines) : null,
        ),
        this.cancel,
      ),
    );
  }
}

// The questions of this tab: their results for Back and Forward, and a list to ask them again.

import { actions } from "../actions.js";
import { html } from "../dom.js";

const KEPT = "clew-questions",
  MOST = 20,
  RESULTS = 30;

export class History {
  constructor(place, list) {
    Object.assign(this, { place, list, results: new Map() });
    try {
      this.asked = JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
    } catch {
      this.asked = [];
    }
    this.show("");
  }

  // Keeps a result under the address of its question.
  keep(address, graph, request, result) {
    this.results.delete(address);
    this.results.set(address, result);
    if (this.results.size > RESULTS) this.results.delete(this.results.keys().next().value);
    this.asked = [{ address, graph, request }, ...this.asked.filter((one) => one.address !== address)].slice(0, MOST);
    this.show(graph);
    try {
      sessionStorage.setItem(KEPT, JSON.stringify(this.asked));
    } catch {
      // a browser that keeps nothing: the list lasts as long as the page
    }
  }

  show(graph) {
    const here = this.asked.filter((one) => one.graph === graph);
    this.place.hidden = !here.length;
    this.list.replaceChildren(
      ...here.map(({ request }) =>
        html("li", {}, html("button", { type: "button", class: "link", onclick: () => actions.ask(request) }, request.question)),
      ),
    );
  }
}

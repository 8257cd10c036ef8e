// The card of an entity: its classes, and its relations with what they lead to. A relation can be asked for.

import { actions } from "../actions.js";
import { questionFor, relationName } from "../asking/wording.js";
import { getJson, graphUrl } from "../client.js";
import { button, counted, html, many, unseen } from "../dom.js";

const TRIPLES = 200,
  VALUES = 5;

export const findEntities = (graph) => async (text) => {
  const { entities } = await getJson(graphUrl(graph(), `/entities?q=${encodeURIComponent(text)}&limit=8`));
  return entities.map((one) => ({
    ...one,
    note: [one.classes.slice(0, 2).join(", "), counted(one.edges, "edge")].filter(Boolean).join(" · "),
  }));
};

const away = (found, triple) => triple.head.key === found.entity.key;

function values(found, relation, open) {
  const some = found.triples.filter((t) => t.relation.key === relation.key && away(found, t) === (relation.direction === "forward"));
  const others = some.slice(0, VALUES).map((t) => (relation.direction === "forward" ? t.tail : t.head));
  const shown = others.map((node) =>
    html(
      "li",
      {},
      node.kind === "literal" ? html("span", { class: "value" }, node.label) : button(node.label, () => open(node.key), { class: "link" }),
    ),
  );
  const more = relation.edges - others.length;
  return html(
    "ul",
    { class: "values" },
    shown,
    more > 0 ? html("li", { class: "faint" }, `${others.length ? "and " : ""}${many(more)} more`) : null,
  );
}

function relationRow(found, relation, close, open) {
  const question = questionFor(found.entity.label, relation);
  const name = relationName(relation);
  const ask = () => {
    close();
    actions.ask({ question, topics: [found.entity.key] });
  };
  return html(
    "li",
    {},
    html(
      "button",
      { type: "button", class: "ask-relation", title: question, onclick: ask },
      html("span", {}, name),
      relation.edges > 1 ? html("small", {}, " ", many(relation.edges)) : null,
      unseen(`: ask “${question}”`),
    ),
    values(found, relation, open),
  );
}

function parts(found, close, open) {
  return [
    found.classes.length
      ? html(
          "p",
          { class: "classes" },
          found.classes.map((name) => html("span", { class: "badge plain" }, name)),
        )
      : null,
    html("p", { class: "faint" }, html("code", {}, found.entity.key), ` · ${counted(found.edges, "edge")}`),
    html("p", { class: "faint" }, "Press a relation to ask for it."),
    html(
      "ul",
      { class: "relations" },
      found.relations.map((relation) => relationRow(found, relation, close, open)),
    ),
  ].filter(Boolean);
}

// A dialog that shows one card after the other, with a way back.
export class Cards {
  constructor(dialog, graph) {
    Object.assign(this, {
      dialog,
      graph,
      trail: [],
      title: html("h2", { id: "card-title", tabindex: -1 }),
      body: html("div", { class: "card-body" }),
    });
    this.back = button("Back", () => {
      this.trail.pop();
      this.show(this.trail.pop());
    });
    dialog.append(
      html(
        "div",
        { class: "over" },
        this.title,
        html(
          "div",
          { class: "row" },
          this.back,
          button("Close", () => dialog.close()),
        ),
      ),
      this.body,
    );
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
    dialog.addEventListener("close", () => {
      if (!dialog.open) this.trail = [];
    }); // it may be open again by then
  }

  async show(key) {
    this.trail.push(key);
    this.back.hidden = this.trail.length < 2;
    this.title.replaceChildren("…");
    this.body.replaceChildren(html("p", { class: "faint" }, "Looking it up …"));
    if (!this.dialog.open) this.dialog.showModal();
    try {
      const found = await getJson(graphUrl(this.graph(), `/entities/${encodeURIComponent(key)}?limit=${TRIPLES}`));
      if (this.trail.at(-1) !== key) return;
      this.title.replaceChildren(...html("span", {}, found.entity.label).childNodes);
      this.body.replaceChildren(
        ...parts(
          found,
          () => this.dialog.close(),
          (other) => this.show(other),
        ),
      );
    } catch (error) {
      this.title.replaceChildren("Not shown");
      this.body.replaceChildren(html("p", { class: "error" }, error.message));
    }
    this.body.scrollTop = 0;
    this.title.focus();
  }
}

// What is in a graph: how much, its relations, and questions that it answers.

import { actions } from "../actions.js";
import { getJson, graphUrl } from "../client.js";
import { button, counted, html, many } from "../dom.js";

const RELATIONS = 100;

export async function facts(graph) {
  const found = await getJson(graphUrl(graph));
  const line = `${many(found.triples)} triples · ${many(found.entities)} entities · ${counted(found.relations, "relation")} · version ${found.version}`;
  const examples = found.examples.map((text) => button(text, () => actions.ask({ question: text })));
  return { line, examples };
}

export async function relations(graph) {
  const { relations: found, next } = await getJson(graphUrl(graph, `/relations?limit=${RELATIONS}`));
  const items = found.map((one) => html("li", {}, one.label, " ", html("small", {}, many(one.triples))));
  return html("ul", { class: "chips" }, items, next ? html("li", {}, "…") : null);
}

export const relationNames = async (graph) => (await getJson(graphUrl(graph, "/relations?limit=200"))).relations;

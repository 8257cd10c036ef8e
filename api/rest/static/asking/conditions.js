// The form's further fields: where paths start, how long they may be, and what must hold of them.

import { findEntities } from "../graph/entity.js";
import { relationNames } from "../graph/contents.js";
import { Chips } from "./chips.js";

const LISTS = { relations: "relations", forbidden: "forbidden", types: "types", ends: "ends", sources: "sources", languages: "languages" };
const FIELDS = { relations: "relations-only" };
const TEXTS = ["at", "until"];

const at = (id) => document.getElementById(id);

const findRelations = (graph) => async (text) => {
  const names = await relationNames(graph());
  return names
    .filter((one) => one.label.toLowerCase().includes(text.toLowerCase()))
    .slice(0, 8)
    .map((one) => ({ ...one, note: `${one.triples} triples` }));
};
const nothing = async () => [];

export class Options {
  constructor(graph) {
    const entities = findEntities(graph),
      relations = findRelations(graph);
    const finders = {
      topics: entities,
      relations,
      forbidden: relations,
      types: entities,
      ends: entities,
      sources: nothing,
      languages: nothing,
    };
    this.chips = Object.fromEntries(Object.entries(finders).map(([name, find]) => [name, new Chips(at(FIELDS[name] ?? name), find)]));
  }

  // Another question is typed: topics that came with the one before do not stay.
  forget() {
    if (this.given) this.chips.topics.set([]);
    this.given = false;
  }

  // What the fields say, as part of a request.
  read() {
    const request = {},
      conditions = {};
    if (this.chips.topics.keys.length) request.topics = this.chips.topics.keys;
    request.max_hops = Number(at("hops").value);
    if (at("min-hops").value !== "1") request.min_hops = Math.min(Number(at("min-hops").value), request.max_hops);
    if (at("explain").checked) request.explain = true;
    for (const [name, field] of Object.entries(LISTS)) if (this.chips[name].keys.length) conditions[field] = this.chips[name].keys;
    for (const name of TEXTS) if (at(name).value.trim()) conditions[name] = at(name).value.trim();
    if (at("throughout").checked) conditions.throughout = true;
    if (at("dated").checked) conditions.undated = false;
    if (Object.keys(conditions).length) request.conditions = conditions;
    return request;
  }

  // Fills the fields in from a request, and opens them where they say anything.
  write(request) {
    const conditions = request.conditions ?? {};
    this.chips.topics.set(request.topics ?? []);
    at("hops").value = String(request.max_hops ?? 3);
    at("min-hops").value = String(request.min_hops ?? 1);
    at("explain").checked = Boolean(request.explain);
    for (const [name, field] of Object.entries(LISTS)) this.chips[name].set(conditions[field] ?? []);
    for (const name of TEXTS) at(name).value = conditions[name] ?? "";
    at("throughout").checked = Boolean(conditions.throughout);
    at("dated").checked = conditions.undated === false;
    at("more").open = at("more").open || Boolean(request.conditions);
    this.given = Boolean(request.topics);
  }
}

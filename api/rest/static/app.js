// The page: choose a graph, ask a question, show the answer. The URL contains the question, so answers can be linked.

import { html, inert } from "./dom.js";
import { send } from "./key.js";
import { show } from "./result.js";

const at = (id) => document.getElementById(id);
const [form, graph, question, topic, hops, submit, status, result, examples] =
  ["ask", "graph", "question", "topic", "hops", "submit", "status", "result", "examples"].map(at);

function say(text, error = false) {
  status.textContent = inert(text);
  status.className = error ? "error" : "faint";
}

async function getJson(url, options) {
  const response = await send(url, options);
  const body = await response.json();
  if (!response.ok) throw new Error(body.detail ?? body.title ?? response.statusText);
  return body;
}

async function describe() {
  const facts = await getJson(`v1/graphs/${encodeURIComponent(graph.value)}`);
  const many = (n) => n.toLocaleString("en");
  at("graph-facts").textContent = inert(`${many(facts.triples)} triples · ${many(facts.entities)} entities · ${many(facts.relations)} relations · version ${facts.version}`);
  examples.replaceChildren(...facts.examples.map((text) => html("button", { type: "button", onclick: () => { question.value = text; form.requestSubmit(); } }, text)));
  examples.hidden = !facts.examples.length;
}

async function ask() {
  const request = { question: question.value, max_hops: Number(hops.value) };
  if (topic.value.trim()) request.topics = [topic.value.trim()];
  if (at("explain").checked) request.explain = true;
  submit.disabled = true;
  say("Searching for an answer…");
  try {
    const found = await getJson(`v1/graphs/${encodeURIComponent(graph.value)}/ask`, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(request),
    });
    say("");
    show(result, found);
    history.replaceState(null, "", `?${new URLSearchParams({ graph: graph.value, question: question.value })}`);
  } catch (error) {
    result.hidden = true;
    say(error.message, true);
  } finally {
    submit.disabled = false;
  }
}

async function start() {
  const graphs = await getJson("v1/graphs");
  if (!graphs.length) return say("There is no graph yet. Load one with: clew ingest FILES --graph NAME", true);
  graph.replaceChildren(...graphs.map((g) => html("option", { value: g.name }, g.damaged ? `${g.name} (damaged)` : g.name)));
  graph.value = (graphs.find((g) => !g.damaged) ?? graphs[0]).name;
  const wanted = new URLSearchParams(location.search);
  if (graphs.some((g) => g.name === wanted.get("graph"))) graph.value = wanted.get("graph");
  graph.addEventListener("change", () => { result.hidden = true; say(""); describe().catch((error) => say(error.message, true)); });
  form.addEventListener("submit", (event) => { event.preventDefault(); ask(); });
  await describe();
  if (wanted.get("question")) { question.value = wanted.get("question"); await ask(); }
}

start().catch((error) => say(error.message, true));

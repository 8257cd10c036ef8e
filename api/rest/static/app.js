// The page: choose a graph, ask a question, show the answer. The address has the question, so answers can be linked.

import { actions } from "./actions.js";
import { show, headlineOf } from "./answer/result.js";
import { Options } from "./asking/conditions.js";
import { History } from "./asking/history.js";
import { Progress } from "./asking/progress.js";
import { fromAddress, toAddress } from "./asking/request.js";
import { ask } from "./asking/stream.js";
import { Trouble, getJson } from "./client.js";
import { button, html, inert } from "./dom.js";
import { facts, relations } from "./graph/contents.js";
import { Cards, findEntities } from "./graph/entity.js";
import { complete } from "./graph/finder.js";
import { askForKey, hasKey } from "./key.js";

const at = (id) => document.getElementById(id);
const graph = () => at("graph").value;
const options = new Options(graph),
  earlier = new History(at("earlier"), at("earlier-list")),
  cards = new Cards(at("card"), graph);
let running = null;

function announce(text) {
  at("status").replaceChildren(inert(text));
}

// An error in words, with what can be done about it.
function failed(error, retry) {
  const again = error.again ? button("Try again", retry) : null;
  const key =
    error.status === 401 || error.status === 403 ? button("Use another key", () => askForKey().then((given) => given && retry())) : null;
  at("progress").replaceChildren(
    html("div", { class: "error", role: "alert" }, html("p", {}, error.message), html("div", { class: "row" }, again, key)),
  );
}

function titled(question) {
  document.title = question ? inert(`${question} – Clew`) : "Clew – answers with proofs";
}

// Shows the answer to a request, and says it to screen readers. The focus stays where it is, or goes to the result.
function shown(request, address, result) {
  at("progress").replaceChildren();
  show(at("result"), result, { request, link: new URL(address, location.href).href });
  titled(request.question);
  const few = result.answers
    .slice(0, 5)
    .map((answer) => answer.label)
    .join(", ");
  announce(
    [headlineOf(result), few, result.reason?.message, result.answers.length || result.program ? "Verified" : ""].filter(Boolean).join(". "),
  );
  if (document.activeElement === document.body) at("result").focus({ preventScroll: true }); // what was pressed is gone
  const { top } = at("result").getBoundingClientRect();
  if (top > innerHeight * 0.8) at("result").scrollIntoView({ block: "start" });
}

async function run(request, address, push) {
  running?.abort();
  const mine = new AbortController(),
    name = graph();
  running = mine;
  if (push && address !== location.search) history.pushState(null, "", address);
  at("result").hidden = true;
  at("start").hidden = true;
  announce("Looking for an answer …");
  const progress = new Progress(at("progress"), () => mine.abort());
  try {
    const result = await ask(name, request, (event, data) => mine === running && progress.take(event, data), mine.signal);
    if (mine !== running) return;
    earlier.keep(address, name, request, result);
    shown(request, address, result);
  } catch (error) {
    if (mine !== running) return;
    announce("");
    if (error.name === "AbortError") at("progress").replaceChildren(html("p", { class: "faint" }, "Cancelled."));
    else failed(error, () => run(request, address, false));
  }
}

function askAgain(request) {
  at("question").value = request.question;
  options.write(request);
  run(request, toAddress(graph(), request), true);
}

async function described() {
  at("graph-facts").replaceChildren();
  at("examples").hidden = true;
  at("relations").replaceChildren();
  at("contents").open = false;
  const { line, examples } = await facts(graph());
  at("graph-facts").replaceChildren(inert(line));
  at("example-list").replaceChildren(...examples.map((one) => html("li", {}, one)));
  at("examples").hidden = !examples.length;
  earlier.show(graph());
}

// Shows what the address says: the start, or a question, asked only if its answer is not kept. What has been typed while the
// page was loading (`first`) stays.
async function visit(first = false) {
  const request = fromAddress(location.search),
    wanted = new URLSearchParams(location.search).get("graph");
  if (wanted && wanted !== graph() && [...at("graph").options].some((one) => one.value === wanted)) {
    at("graph").value = wanted;
    await described();
  }
  if (request || !first) {
    at("question").value = request?.question ?? "";
    options.write(request ?? {});
  }
  running?.abort();
  running = null;
  at("progress").replaceChildren();
  if (!request) {
    at("result").hidden = true;
    at("start").hidden = false;
    announce("");
    return titled("");
  }
  const address = toAddress(graph(), request),
    kept = earlier.results.get(address);
  at("start").hidden = true;
  return kept ? shown(request, address, kept) : run(request, address, false);
}

function listen() {
  at("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    const request = { question: at("question").value.trim(), ...options.read() };
    if (request.question) run(request, toAddress(graph(), request), true);
  });
  at("question").addEventListener("input", () => options.forget());
  at("graph").addEventListener("change", () => {
    history.pushState(null, "", `?${new URLSearchParams({ graph: graph() })}`);
    described()
      .then(() => visit())
      .catch((error) => failed(error, start));
  });
  at("contents").addEventListener("toggle", async () => {
    if (!at("contents").open || at("relations").children.length) return;
    at("relations").replaceChildren(await relations(graph()).catch((error) => html("p", { class: "error" }, error.message)));
  });
  at("home").addEventListener("click", (event) => {
    event.preventDefault();
    history.pushState(null, "", `?${new URLSearchParams({ graph: graph() })}`);
    visit();
    at("question").focus();
  });
  at("key-button").addEventListener("click", () =>
    askForKey().then(() => {
      at("key-button").hidden = !hasKey();
    }),
  );
  addEventListener("popstate", () => visit());
  complete(at("find"), findEntities(graph), (one) => {
    at("find").value = "";
    cards.show(one.key);
  });
}

async function start() {
  at("progress").replaceChildren();
  const graphs = await getJson("v1/graphs");
  at("key-button").hidden = !hasKey();
  if (!graphs.length) {
    at("progress").replaceChildren(
      html(
        "div",
        { class: "card" },
        html("h2", {}, hasKey() ? "No graph to show" : "There is no graph yet"),
        html(
          "p",
          {},
          hasKey() ? "There is none, or this key may read none. " : "",
          "Load one with ",
          html("code", {}, "clew ingest FILES --graph NAME"),
          ", or the demo graph with ",
          html("code", {}, "clew demo"),
          ".",
        ),
      ),
    );
    return;
  }
  at("graph").replaceChildren(...graphs.map((g) => html("option", { value: g.name }, g.damaged ? `${g.name} (damaged)` : g.name)));
  const wanted = new URLSearchParams(location.search).get("graph");
  at("graph").value = (graphs.find((g) => g.name === wanted) ?? graphs.find((g) => !g.damaged) ?? graphs[0]).name;
  await described();
  if (wanted && graph() !== wanted) throw new Trouble(`There is no graph “${wanted}” here, or your API key may not read it.`, 404);
  if (!running) await visit(true);
}

Object.assign(actions, { ask: askAgain, open: (key) => cards.show(key), say: announce });
listen();
start().catch((error) => failed(error, () => start().catch((again) => failed(again, start))));

// As much of a browser's document as the page's scripts touch; prints the tree that a result is shown as.
// node dom.mjs STATIC_FOLDER < {"result": .., "inspection": ..}

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

class Node {}
class Text extends Node {
  constructor(text) { super(); this.text = text; }
  tree() { return this.text; }
}
class Element extends Node {
  constructor(name) { super(); this.name = name; this.attributes = {}; this.children = []; this.listeners = {}; }
  setAttribute(name, value) { this.attributes[name] = value; }
  getAttribute(name) { return this.attributes[name]; }
  addEventListener(name, call) { this.listeners[name] = call; }
  append(...children) { this.children.push(...children.map((c) => (c instanceof Node ? c : new Text(c)))); }
  replaceChildren(...children) { this.children = []; this.append(...children); }
  getContext() { return { measureText: (text) => ({ width: 7 * text.length }) }; }
  tree() { return { name: this.name, attributes: this.attributes, children: this.children.map((c) => c.tree()) }; }
}
const walk = (node) => [node, ...(node.children ?? []).flatMap(walk)];

const { result, inspection } = JSON.parse(readFileSync(0, "utf-8"));
globalThis.Node = Node;
globalThis.document = {
  createElement: (name) => new Element(name), createElementNS: (_, name) => new Element(name), createTextNode: (text) => new Text(text),
};
globalThis.fetch = async () => ({ ok: true, json: async () => inspection });
const { show } = await import(`${pathToFileURL(process.argv[2])}/answer/result.js`);
const section = new Element("section");
show(section, result);
for (const button of walk(section).filter((n) => n.name === "button" && n.children[0]?.text === "Inspect")) await button.listeners.click({ currentTarget: button });
await new Promise((done) => setTimeout(done, 20));
console.log(JSON.stringify(section.tree()));

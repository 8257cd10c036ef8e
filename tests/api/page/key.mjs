// The page's requests to a server that requires a key, with a stand-in for its dialog; prints what happened.
// node key.mjs STATIC_FOLDER < {"right": KEY, "given": [what the user enters, one after the other; null: cancels]}

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { right, given } = JSON.parse(readFileSync(0, "utf-8"));
const kept = new Map(), sent = [], shown = [];
const field = { value: "" }, wrong = { hidden: true };
const dialog = {
  addEventListener: (_, call) => { dialog.closed = call; },
  showModal: () => setTimeout(() => {
    const text = given.shift();
    shown.push(!wrong.hidden);
    field.value = text ?? "";
    dialog.returnValue = text === null ? "cancel" : "use";
    dialog.closed();
  }),
};
globalThis.sessionStorage = { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value) };
globalThis.document = { getElementById: (id) => ({ "key-dialog": dialog, key: field, "key-wrong": wrong })[id] };
globalThis.fetch = async (url, options) => {
  sent.push(options.headers ?? {});
  return { status: options.headers?.Authorization === `Bearer ${right}` ? 200 : 401 };
};
const { send } = await import(`${pathToFileURL(process.argv[2])}/key.js`);
const two = await Promise.all([send("a", { headers: { "Content-Type": "application/json" } }), send("b")]);
console.log(JSON.stringify({ statuses: two.map((response) => response.status), sent, shown, left: given.length }));

// Creates elements from data. Text only becomes text nodes, so labels cannot inject markup.

const SVG = "http://www.w3.org/2000/svg";

// Characters that reorder, hide or break text. They are shown as their code.
const UNSAFE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]|[\u{e0000}-\u{e007f}]/gu;

export function inert(text) {
  return String(text).replace(UNSAFE, (c) => `\\u${c.codePointAt(0).toString(16).padStart(4, "0")}`);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== undefined) element.setAttribute(name, value === true ? "" : inert(value));
  }
  element.append(
    ...children
      .flat()
      .filter((c) => c !== null && c !== undefined)
      .map((c) => (c instanceof Node ? c : document.createTextNode(inert(c)))),
  );
  return element;
}

export const html = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children);
export const svg = (name, attributes = {}, ...children) => fill(document.createElementNS(SVG, name), attributes, children);
export const button = (text, onclick, attributes = {}) => html("button", { type: "button", onclick, ...attributes }, text);

// Text for screen readers alone.
export const unseen = (text) => html("span", { class: "unseen" }, text);

export const percent = (share) => `${(100 * share).toFixed(share >= 0.0995 || share === 0 ? 0 : 1)}%`;
export const many = (n) => n.toLocaleString("en");
export const counted = (n, one, more = `${one}s`) => `${many(n)} ${n === 1 ? one : more}`;

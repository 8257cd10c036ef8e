// What drawings are made of: boxes with text that fits, threads with arrows, and parts that can be pressed.

import { inert, svg } from "../dom.js";

export const BOX = 34,
  PAD = 14,
  MARGIN = 10;
const FONT = 'system-ui, "Noto Sans", "DejaVu Sans", sans-serif';
let pictures = 0;
const pen = document.createElement("canvas").getContext("2d");

export function width(text, size = 14) {
  pen.font = `${size}px ${FONT}`;
  return pen.measureText(text).width;
}

// The text, or as much of it as fits with an ellipsis.
export function fitted(text, room, size = 14) {
  const shown = inert(text);
  if (width(shown, size) <= room) return shown;
  const points = [...shown];
  let [fits, fails] = [0, points.length];
  while (fails - fits > 1) {
    const middle = (fits + fails) >> 1;
    if (width(`${points.slice(0, middle).join("")}…`, size) <= room) fits = middle;
    else fails = middle;
  }
  return `${points.slice(0, fits).join("").trimEnd()}…`;
}

// A part that can be pressed: with a pointer, Enter or the space bar. Its name begins with what it shows, if that is not in the label.
export function pressed(name, shown, says, onpress, ...children) {
  const label = says.includes(shown) ? says : `${shown}: ${says}`;
  const keydown = (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    onpress();
  };
  return svg(
    "g",
    { class: name, role: "button", tabindex: -1, "aria-label": label, onclick: onpress, onkeydown: keydown },
    svg("title", {}, label),
    ...children,
  );
}

export const box = (x, y, w, h, rx) => svg("rect", { x, y: y - h / 2, width: w, height: h, rx });
export const line = (x, y, text, name) => svg("text", { x, y, class: name ?? false, "aria-hidden": "true" }, text);

// A thread from one point to another, level at both ends.
export function thread([x1, y1], [x2, y2], { start = false, end = false, faint = false } = {}) {
  const [a, b] = [x1 + (start ? 9 : 0), x2 - (end ? 9 : 0)],
    middle = (a + b) / 2;
  return curve(`M${a} ${y1} C${middle} ${y1} ${middle} ${y2} ${b} ${y2}`, { start, end, faint });
}

export const curve = (d, { start = false, end = false, faint = false } = {}) =>
  svg("path", {
    class: faint ? "edge faint-edge" : "edge",
    d,
    "marker-start": start,
    "marker-end": end, // the picture fills in its own marker
  });

// The parts as one picture. One of them is reached by the tabulator key, the others from it by the arrow keys.
export function picture(w, h, label, parts) {
  const id = `arrow-${++pictures}`;
  const arrow = svg(
    "marker",
    {
      id,
      viewBox: "0 0 10 10",
      refX: 1,
      refY: 5,
      markerWidth: 9,
      markerHeight: 9,
      markerUnits: "userSpaceOnUse",
      orient: "auto-start-reverse",
    },
    svg("path", { d: "M0 0 10 5 0 10z" }),
  );
  for (const part of parts) {
    for (const end of ["marker-start", "marker-end"]) if ((part.getAttribute(end) ?? null) !== null) part.setAttribute(end, `url(#${id})`);
  }
  const buttons = parts.filter((part) => part.getAttribute("role") === "button");
  buttons[0]?.setAttribute("tabindex", 0);
  const moved = (event) => {
    const at = buttons.indexOf(event.target.closest('[role="button"]'));
    const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (at < 0 || to === undefined || !buttons[to]) return;
    event.preventDefault();
    buttons[at].setAttribute("tabindex", -1);
    buttons[to].setAttribute("tabindex", 0);
    buttons[to].focus();
  };
  return svg(
    "svg",
    { viewBox: `0 0 ${w} ${h}`, width: w, height: h, role: "group", "aria-label": label, onkeydown: moved },
    svg("defs", {}, arrow),
    ...parts,
  );
}

// A drawing in the page: as layers where they fit its width, else as an outline; with zoom.

import { button, html, inert } from "../dom.js";
import { drawLayers, layers } from "./layers.js";
import { outline } from "./outline.js";
import { picture } from "./shapes.js";
import { drawTree, tree, treeOutline } from "./tree.js";

const WIDE = 900,
  ZOOMS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3];

// A drawing with its buttons. `draw` returns a picture for a width; `redraw` of what is returned draws it anew.
function figure(label, draw) {
  const frame = html("div", { class: "drawing", role: "region", "aria-label": label, tabindex: 0 });
  let zoom = ZOOMS.indexOf(1),
    width = 0,
    drawn = null;
  const shown = html("output", { class: "zoom", "aria-label": "Zoom" }, "100%");
  const resize = () => {
    const scale = ZOOMS[zoom],
      [w, h] = drawn.getAttribute("viewBox").split(" ").slice(2).map(Number);
    drawn.setAttribute("width", w * scale);
    drawn.setAttribute("height", h * scale);
    shown.replaceChildren(`${Math.round(100 * scale)}%`);
    smaller.disabled = zoom === 0;
    larger.disabled = zoom === ZOOMS.length - 1;
  };
  const redraw = () => {
    const focused = [...(frame.querySelectorAll?.('[role="button"]') ?? [])].indexOf(document.activeElement);
    drawn = draw(width || WIDE);
    frame.replaceChildren(drawn);
    resize();
    if (focused >= 0) frame.querySelectorAll('[role="button"]')[focused]?.focus();
  };
  const step = (by) => {
    zoom = by === 0 ? ZOOMS.indexOf(1) : Math.min(ZOOMS.length - 1, Math.max(0, zoom + by));
    resize();
  };
  const smaller = button("−", () => step(-1), { "aria-label": "Smaller" });
  const larger = button("+", () => step(1), { "aria-label": "Larger" });
  const buttons = html(
    "div",
    { class: "tools", role: "group", "aria-label": "Size of the drawing" },
    smaller,
    shown,
    larger,
    button("Fit", () => step(0)),
  );
  redraw();
  if (globalThis.ResizeObserver) {
    new ResizeObserver(([entry]) => {
      const now = Math.floor(entry.contentRect.width);
      if (now && now !== width) {
        width = now;
        redraw();
      }
    }).observe(frame);
  }
  return { frame, buttons, redraw };
}

// `handlers`: what happens when a node (`onnode`) or edges (`onedges`) are pressed.
export function modelFigure(model, label, handlers) {
  return figure(label, (width) => {
    const placed = layers(model);
    if (placed && placed.w <= width) return picture(placed.w, placed.h, inert(label), drawLayers(placed, handlers));
    const { w, h, parts } = outline(model, width, handlers);
    return picture(w, h, inert(label), parts);
  });
}

export function programFigure(steps, label, onstep) {
  return figure(label, (width) => {
    const placed = tree(steps);
    const { w, h, parts } = placed.w <= width ? drawTree(placed, onstep) : treeOutline(steps, width, onstep);
    return picture(w, h, inert(label), parts);
  });
}

// A drawing from top to bottom that fits any width: what a node leads to stands below it, a little to the right.

import { BOX, MARGIN, PAD, box, curve, fitted, line, pressed, width } from "./shapes.js";
import { bundled } from "./model.js";
import { sentence } from "./words.js";

const STEP = 26,
  NAME = 24,
  GAP = 8,
  LEAST = 120;

class Outline {
  constructor(model, w, { onnode, onedges }) {
    Object.assign(this, { model, w, onnode, onedges, y: MARGIN, threads: [], parts: [], seen: new Set() });
    const depth = Math.max(...[...model.items.values()].map((item) => item.column));
    this.step = Math.min(STEP, Math.max(10, (w - 2 * MARGIN - LEAST) / Math.max(depth, 1)));
  }

  node(item, x) {
    const again = this.seen.has(item);
    this.seen.add(item);
    const text = fitted(again ? `${item.node.label} (above)` : item.node.label, this.w - MARGIN - x - 2 * PAD);
    const y = this.y + BOX / 2;
    this.parts.push(
      pressed(
        item.role,
        text,
        item.node.label,
        () => this.onnode(item),
        box(x, y, width(text) + 2 * PAD, BOX, item.node.kind === "literal" ? 4 : 17),
        line(x + PAD + width(text) / 2, y, text),
      ),
    );
    this.y += BOX + GAP;
    if (!again) this.below(item, x);
    return y;
  }

  below(item, x) {
    const trunk = x + this.step / 2,
      round = Math.min(8, this.step / 2),
      top = this.y - GAP;
    for (const edges of bundled([...this.model.edges.values()].filter((edge) => edge.from === item))) {
      const [{ relation, role }] = edges,
        faint = role === "around";
      const text = fitted(`${relation.direction === "forward" ? "↓" : "↑"} ${relation.label}`, this.w - MARGIN - trunk - 16, 12);
      const y = this.y + NAME / 2;
      this.y += NAME + GAP;
      const name = pressed(
        `relation ${role}`,
        text.slice(2),
        sentence(edges),
        () => this.onedges(edges),
        box(trunk - 8, y, width(text, 12) + 16, NAME, 12),
        line(trunk + width(text, 12) / 2, y, text),
      );
      this.parts.push(name);
      for (const edge of edges) {
        const side = this.node(edge.to, x + this.step);
        this.threads.push(
          curve(`M${trunk} ${top} V${side - round} Q${trunk} ${side} ${trunk + round} ${side} H${x + this.step}`, { faint }),
        );
      }
    }
  }
}

// Draws the model `w` pixels wide; returns its height and its parts.
export function outline(model, w, handlers) {
  const drawn = new Outline(model, w, handlers);
  for (const item of model.items.values()) {
    if (item.column === 0) drawn.node(item, MARGIN);
  }
  return { w, h: drawn.y - GAP + MARGIN, parts: [...drawn.threads, ...drawn.parts] };
}

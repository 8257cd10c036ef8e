// A program as a tree: read from left to right, operands to the left of their operator; where that is too wide, from top to
// bottom, operands below their operator. Each box has the operator, the part of the question that it stands for, and how many it leaves.

import { many } from "../dom.js";
import { operatorName } from "./operators.js";
import { MARGIN, PAD, box, curve, fitted, line, pressed, thread, width } from "./shapes.js";

const HIGH = 48,
  ROW = 60,
  GAP = 44,
  ROOM = 240,
  STEP = 22,
  LEAST = 140;

function leaves(step) {
  if (typeof step.value === "number") return many(step.value);
  return step.count === null ? "" : `${many(step.count)} left`;
}

function texts(step, room) {
  const note = [step.text ? `“${step.text}”` : "", step.operands.length || step.token.startsWith("CLS") ? leaves(step) : ""]
    .filter(Boolean)
    .join(" · ");
  const name = step.token.startsWith("ENT ") && step.members.length === 1 ? step.members[0].label : operatorName(step.token);
  return { name: fitted(name, room), note: fitted(note, room, 12) };
}

const breadth = ({ name, note }) => Math.max(44, width(name), width(note, 12)) + 2 * PAD;

function operator(step, i, steps, { x, y, w, name, note }, onstep) {
  const role = i === steps.length - 1 ? "answer" : step.operands.length ? "between" : "topic";
  const label = `step ${i + 1}, ${step.words}`,
    shown = note ? `${name} ${note}` : name;
  const lines = note ? [line(x + w / 2, y - 8, name), line(x + w / 2, y + 11, note, "note")] : [line(x + w / 2, y, name)];
  return pressed(role, shown, label, () => onstep(i), box(x, y, w, HIGH, 6), ...lines);
}

export function tree(steps) {
  const items = steps.map((step) => {
    const said = texts(step, ROOM);
    return { ...said, step, w: breadth(said), column: 0, y: 0 };
  });
  for (const one of items) one.column = Math.max(0, ...one.step.operands.map((at) => items[at].column + 1));
  let rows = 0;
  for (const one of items) {
    const below = one.step.operands.map((at) => items[at].y);
    one.y = below.length ? below.reduce((sum, y) => sum + y, 0) / below.length : MARGIN + HIGH / 2 + rows++ * ROW;
  }
  const widths = [];
  for (const one of items) widths[one.column] = Math.max(widths[one.column] ?? 0, one.w);
  const starts = widths.map((_, i) => MARGIN + widths.slice(0, i).reduce((sum, w) => sum + w + GAP, 0));
  for (const one of items) one.x = starts[one.column] + (widths[one.column] - one.w) / 2;
  return { items, steps, w: starts.at(-1) + widths.at(-1) + MARGIN, h: 2 * MARGIN + rows * ROW - (ROW - HIGH) };
}

export function drawTree({ items, steps, w, h }, onstep) {
  const threads = items.flatMap((to) =>
    to.step.operands.map((at) => thread([items[at].x + items[at].w, items[at].y], [to.x, to.y], { end: true })),
  );
  return { w, h, parts: [...threads, ...items.map((one, i) => operator(one.step, i, steps, one, onstep))] };
}

export function treeOutline(steps, w, onstep) {
  const depth = (i) => Math.max(0, ...steps[i].operands.map((at) => depth(at) + 1));
  const indent = Math.min(STEP, Math.max(8, (w - 2 * MARGIN - LEAST) / Math.max(depth(steps.length - 1), 1)));
  const threads = [],
    parts = [];
  let y = MARGIN;
  const place = (i, x) => {
    const said = texts(steps[i], w - MARGIN - x - 2 * PAD),
      middle = y + HIGH / 2;
    parts.push(operator(steps[i], i, steps, { ...said, x, y: middle, w: breadth(said) }, onstep));
    y += HIGH + 12;
    for (const at of steps[i].operands) {
      const side = place(at, x + indent),
        trunk = x + indent / 2;
      threads.push(curve(`M${trunk} ${middle + HIGH / 2} V${side} H${x + indent}`));
    }
    return middle;
  };
  place(steps.length - 1, MARGIN);
  return { w, h: y - 12 + MARGIN, parts: [...threads, ...parts] };
}

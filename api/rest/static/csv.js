// A table as CSV (RFC 4180). A cell that a spreadsheet would run as a formula gets an apostrophe in front.

import { inert } from "./dom.js";

const FORMULA = /^[=+\-@]/;
const NUMBER = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/;

function cell(text) {
  const shown = inert(text);
  const safe = FORMULA.test(shown) && !NUMBER.test(shown) ? `'${shown}` : shown;
  return `"${safe.replaceAll('"', '""')}"`;
}

export const csv = (columns, rows) => [columns, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");

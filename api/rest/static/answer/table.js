// Tables: plain ones, and those of answers, which have pages, can be sorted and be downloaded.

import { csv } from "../csv.js";
import { button, counted, html, many } from "../dom.js";

const PAGE = 25;

export function table(heads, rows, numbers = []) {
  return html(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": `Table: ${heads.filter((head) => typeof head === "string").join(", ")}` },
    html(
      "table",
      {},
      html(
        "thead",
        {},
        html(
          "tr",
          {},
          heads.map((head, i) => html("th", { scope: "col", class: numbers.includes(i) ? "number" : false }, head)),
        ),
      ),
      html("tbody", {}, rows),
    ),
  );
}

const isNumber = (text) => text !== "" && !Number.isNaN(Number(text));

// Numbers by size, texts by the alphabet, nothing last.
function compared(a, b) {
  if ((a === "") !== (b === "")) return a === "" ? 1 : -1;
  return isNumber(a) && isNumber(b) ? Number(a) - Number(b) : a.localeCompare(b);
}

class Rows {
  constructor(result) {
    this.result = result;
    this.sorted = null;
    this.shown = PAGE;
    this.holder = html("div", { class: "rows" });
    const filled = (i) => result.rows.filter((row) => row[i] !== "");
    this.numbers = result.columns.map((_, i) => i).filter((i) => filled(i).length && filled(i).every((row) => isNumber(row[i])));
    this.show();
  }

  order() {
    const rows = [...this.result.rows];
    if (!this.sorted) return rows;
    const { column, down } = this.sorted;
    return rows.sort((a, b) => (a[column] === "" || b[column] === "" || !down ? 1 : -1) * compared(a[column], b[column]));
  }

  sort(column) {
    this.sorted = { column, down: this.sorted?.column === column && !this.sorted.down };
    this.show();
    this.holder.querySelectorAll("th button")[column].focus();
  }

  head(text, i) {
    const here = this.sorted?.column === i;
    const mark = here ? (this.sorted.down ? " ↓" : " ↑") : null;
    return html("button", { type: "button", class: "plain", onclick: () => this.sort(i), title: "Sort" }, text || "value", mark);
  }

  show() {
    const { result, numbers } = this;
    const rows = this.order()
      .slice(0, this.shown)
      .map((row) =>
        html(
          "tr",
          {},
          row.map((cell, i) => html("td", { class: numbers.includes(i) ? "number" : false }, cell)),
        ),
      );
    const rest = result.rows.length - this.shown;
    const more =
      rest > 0
        ? [
            html("span", { class: "faint" }, `${many(this.shown)} of ${counted(result.rows.length, "row")}`),
            button(
              `Show ${many(Math.min(rest, 4 * PAGE))} more`,
              () => {
                this.shown += 4 * PAGE;
                this.show();
              },
              { class: "small" },
            ),
          ]
        : [];
    const unit = result.unit ? html("p", { class: "faint" }, `Numbers in ${result.unit}.`) : null;
    this.holder.replaceChildren(
      ...[
        table(
          result.columns.map((text, i) => this.head(text, i)),
          rows,
          numbers,
        ),
        unit,
        html(
          "div",
          { class: "row" },
          ...more,
          button("Download CSV", () => download(result.columns, result.rows), { class: "small" }),
        ),
      ].filter(Boolean),
    );
  }
}

export const tableOf = (result) => new Rows(result).holder;

function download(columns, rows) {
  const url = URL.createObjectURL(new Blob([csv(columns, rows)], { type: "text/csv;charset=utf-8" }));
  html("a", { href: url, download: "answer.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

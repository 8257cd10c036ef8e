// A field that completes what is typed: a combobox with a list of options (WAI-ARIA, "combobox with list autocomplete").

import { html } from "../dom.js";

const WAIT = 120;
let made = 0;

// `find` gives options for a text: each with `label`, `note` and anything else. `choose` gets the one that is taken.
export function complete(input, find, choose) {
  const id = `options-${++made}`;
  const list = html("ul", { role: "listbox", id, class: "options", hidden: true, "aria-label": "Suggestions" });
  const said = html("span", { class: "unseen", role: "status" });
  let options = [],
    at = -1,
    timer = null,
    latest = 0;
  for (const [name, value] of Object.entries({
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-controls": id,
    "aria-expanded": "false",
    autocomplete: "off",
  }))
    input.setAttribute(name, value);
  input.after(list, said);

  const close = () => {
    list.hidden = true;
    at = -1;
    latest += 1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const mark = (to) => {
    at = to;
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
    input.setAttribute("aria-activedescendant", `${id}-${at}`);
    list.children[at].scrollIntoView({ block: "nearest" });
  };
  const take = (i) => {
    const option = options[i];
    close();
    choose(option);
  };
  const show = (found) => {
    options = found;
    at = -1;
    list.replaceChildren(
      ...found.map((option, i) =>
        html(
          "li",
          {
            role: "option",
            id: `${id}-${i}`,
            "aria-selected": "false",
            onmousedown: (event) => event.preventDefault(),
            onclick: () => take(i),
          },
          html("span", {}, option.label),
          html("small", {}, option.note),
        ),
      ),
    );
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(found.length > 0));
    said.textContent = found.length ? `${found.length} suggestions` : "No suggestion";
  };
  const look = async () => {
    const text = input.value.trim(),
      mine = ++latest;
    if (!text) return close();
    const found = await find(text).catch(() => []);
    if (mine === latest) show(found);
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, WAIT);
  });
  input.addEventListener("blur", () => setTimeout(close, 0));
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      event.preventDefault();
      close();
    }
    const first = input.dataset.first !== undefined; // Enter takes the first option, if none is marked
    if (event.key === "Enter" && (first || at >= 0)) {
      event.preventDefault();
      if (!list.hidden) take(Math.max(at, 0));
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    if (list.hidden) look();
    else mark((at + (event.key === "ArrowDown" ? 1 : at < 0 ? 0 : -1) + options.length) % options.length);
  });
}

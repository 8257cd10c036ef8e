// What of the page is cut off, collides, or is too small to be hit.
() => {
  const rect = (one) => one.getBoundingClientRect();
  const start = (one) => one.outerHTML.slice(0, 80);
  const all = (selector) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility());
  const outside = all("main *, header *").filter((one) => !one.closest(".scroll, pre, .unseen, svg") && rect(one).right > innerWidth + 1);
  const boxes = all(".drawing rect").map(rect);
  const along = (a, b, from, to) => Math.min(a[to], b[to]) - Math.max(a[from], b[from]) > 1;
  const collide = (a, b) => along(a, b, "left", "right") && along(a, b, "top", "bottom");
  const collisions = boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) => collide(a, b))).length;
  const cut = all(".drawing text").filter((one) => {
    const [text, box, whole] = [one, one.parentNode.querySelector("rect"), one.closest("svg")].map(rect);
    return text.left < box.left || text.right > box.right || box.left < whole.left || box.right > whole.right + 1;
  });
  const small = all("button, select, input:not([type=checkbox]), summary, a, .drawing [role=button] rect")
    .filter((one) => !one.closest(".unseen") && Math.min(rect(one).width, rect(one).height) < 23.9);
  return { wide: document.documentElement.scrollWidth > innerWidth, outside: outside.map(start), collisions, cut: cut.map(start),
    small: small.map(start), boxes: boxes.length };
}

// Questions for a relation of an entity.

const PREPOSITIONS = new Set(["at", "by", "for", "from", "in", "into", "of", "on", "through", "to", "with"]);
const VERBS = new Set(["borders", "depicts", "orbits", "flows", "lies", "took"]);

export function questionFor(label, relation) {
  const words = relation.label.split(" "), whole = relation.label;
  if (relation.direction === "inverse") {
    if (PREPOSITIONS.has(words.at(-1)) || VERBS.has(words[0])) return `What ${VERBS.has(words[0]) ? "" : "is "}${whole} ${label}?`;
    return whole === "is a" ? `Which things are ${label}?` : `What has ${label} as ${whole}?`;
  }
  if (whole === "is a") return `What is the type of ${label}?`;
  return PREPOSITIONS.has(words.at(-1)) ? `What is ${label} ${whole}?` : `What is the ${whole} of ${label}?`;
}

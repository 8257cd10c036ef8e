// Questions for a relation of an entity. Labels of relations are nouns ("director"), participles ("directed by") or verbs
// ("flows into", "depicts"); a plural like "starred actors" has no preposition after it.

const PREPOSITIONS = new Set(["after", "at", "by", "for", "from", "in", "into", "of", "on", "over", "through", "to", "under", "with"]);
const VERBS = new Set(["borders", "contains", "depicts", "includes", "orbits", "owns", "precedes", "follows", "treats", "causes"]);

const PAST = { led: "lead", made: "make", took: "take", was: "be", won: "win", wrote: "write" };

const isPlural = (word) => /[^su]s$/.test(word) && !/(series|species|[^e]is)$/.test(word);
const isVerb = (words) =>
  words.length === 1 ? VERBS.has(words[0]) : isPlural(words[0]) && words.slice(1).some((word) => PREPOSITIONS.has(word));
const isNoun = (words) => words.length === 2 && words[1] === "of" && words[0] !== "part";
const base = (verb) =>
  verb
    .replace(/(..)ies$/, "$1y")
    .replace(/(ss|sh|ch|x|o)es$/, "$1")
    .replace(/([^s])s$/, "$1");

export function questionFor(label, relation) {
  const whole = relation.label,
    words = whole.split(" "),
    participle = PREPOSITIONS.has(words.at(-1));
  if (relation.direction === "inverse") {
    if (isVerb(words) || words[0] in PAST) return `What ${whole} ${label}?`;
    if (isNoun(words)) return `What is ${/^[aeiou]/.test(whole) ? "an" : "a"} ${whole} ${label}?`;
    return participle ? `What is ${whole} ${label}?` : `What has ${label} as ${whole === "is a" ? "type" : whole}?`;
  }
  if (whole === "is a") return `What kind of thing is ${label}?`;
  if (isVerb(words)) return `What does ${label} ${[base(words[0]), ...words.slice(1)].join(" ")}?`;
  if (words[0] in PAST) return `What did ${label} ${[PAST[words[0]], ...words.slice(1)].join(" ")}?`;
  if (participle) return `What is ${label} ${whole}?`;
  return `What ${isPlural(words.at(-1)) ? "are" : "is"} the ${whole} of ${label}?`;
}

// A relation as its entity has it: "author", or the other way round "is author of", "flows into it".
export function relationName({ label, direction }) {
  if (direction === "forward") return label;
  const words = label.split(" ");
  return PREPOSITIONS.has(words.at(-1)) || isVerb(words) || words[0] in PAST
    ? `${label} it`
    : label === "is a"
      ? "is the type of"
      : `is ${label} of`;
}

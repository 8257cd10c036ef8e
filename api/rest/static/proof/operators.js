// The operators of a program, short and in words. docs/explanation/programs.md describes them.

const COMPARED = { "<": "less than", "<=": "at most", "=": "equal to", ">=": "at least", ">": "more than" };
const WHOLE = { AND: "both", OR: "either", NOT: "without", COUNT: "count them", ASK: "is there any?", AT: "at that time" };

// The words of a token; names may be quoted, with backslashes.
const words = (token) =>
  [...token.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain]) => plain ?? quoted.replace(/\\(.)/g, "$1"));

const shown = (name) => (/^https?:/.test(name) ? decoded(name.split(/[/#]/).at(-1)) : name);

function decoded(name) {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

const relation = (name) => (name.startsWith("^") ? `← ${shown(name.slice(1))}` : `${shown(name)} →`);
const attribute = (name) => (name.startsWith("#") ? `number of ${shown(name.slice(1))}` : shown(name));

export function operatorName(token) {
  const [operator, ...names] = words(token);
  if (!names.length) return WHOLE[operator] ?? token;
  const [name, how] = names;
  switch (operator) {
    case "ENT":
      return shown(name);
    case "LIT":
      return name;
    case "CLS":
      return `every ${shown(name)}`;
    case "TYPE":
      return `of them, every ${shown(name)}`;
    case "HOP":
      return relation(name);
    case "CLOSE":
      return `${relation(name)} again and again`;
    case "CMP":
      return `${attribute(name)} ${COMPARED[how] ?? how}`;
    case "ASK":
      return `is ${attribute(name)} ${COMPARED[how] ?? how}?`;
    case "ARG":
      return `${{ max: "greatest", min: "least" }[how] ?? how} ${attribute(name)}`;
    case "SUM":
      return `sum of ${attribute(name)}`;
    case "AVG":
      return `average of ${attribute(name)}`;
    case "MIN":
      return `least ${attribute(name)}`;
    case "MAX":
      return `greatest ${attribute(name)}`;
    case "PROJ":
      return `column: ${attribute(name)}`;
    case "GROUP":
      return `grouped by ${attribute(name)}`;
    default:
      return token;
  }
}

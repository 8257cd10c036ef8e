// Triples in words: as names of what is drawn, and as lines.

export const arrow = (relation) => (relation.direction === "forward" ? `—${relation.label}→` : `←${relation.label}—`);

export const stated = ({ head, relation, tail }) => `${head.label} — ${relation.label} → ${tail.label}`;

const NAMED = 3;

// What an edge of a drawing says; of several edges of one relation, the first.
export function sentence(edges) {
  const rest = edges.length - NAMED;
  return (
    edges
      .slice(0, NAMED)
      .map(({ triple }) => stated(triple))
      .join("; ") + (rest > 0 ? `; and ${rest} more` : "")
  );
}

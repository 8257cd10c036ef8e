// What the parts of the page can set off. The page fills it in; apart from it, the parts do nothing by themselves.

export const actions = {
  ask: () => {}, // a request: question, topics, conditions ...
  open: () => {}, // the card of an entity, by its key
  say: () => {}, // a line for everyone, read out to screen readers
};

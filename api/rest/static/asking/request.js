// A request as the server takes it, and as the address of the page has it. The API key is in neither.

const HOPS = 3;

export function toAddress(graph, request) {
  const address = new URLSearchParams({ graph, question: request.question });
  for (const topic of request.topics ?? []) address.append("topic", topic);
  for (const name of ["min_hops", "max_hops"])
    if (request[name] && request[name] !== (name === "max_hops" ? HOPS : 1)) address.set(name, request[name]);
  if (request.explain) address.set("explain", "1");
  if (request.conditions) address.set("conditions", JSON.stringify(request.conditions));
  return `?${address}`;
}

// The request of an address; null if it has no question.
export function fromAddress(search) {
  const address = new URLSearchParams(search);
  if (!address.get("question")) return null;
  const request = { question: address.get("question") };
  const topics = address.getAll("topic").filter(Boolean);
  if (topics.length) request.topics = topics;
  for (const name of ["min_hops", "max_hops"]) if (/^[1-6]$/.test(address.get(name) ?? "")) request[name] = Number(address.get(name));
  if (address.get("explain")) request.explain = true;
  const conditions = parsed(address.get("conditions"));
  if (conditions) request.conditions = conditions;
  return request;
}

function parsed(text) {
  try {
    const found = JSON.parse(text ?? "null");
    return found && typeof found === "object" && !Array.isArray(found) ? found : null;
  } catch {
    return null;
  }
}

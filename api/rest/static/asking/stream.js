// A question to the server, whose answer comes as server-sent events.

import { Trouble, graphUrl, request as sent, trouble } from "../client.js";

// The events of a response: [name, data], one after the other.
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value.replaceAll("\r\n", "\n");
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const lines = text.slice(0, end).split("\n");
      text = text.slice(end + 2);
      const field = (name) =>
        lines
          .filter((line) => line.startsWith(`${name}:`))
          .map((line) => line.slice(name.length + 1).trimStart())
          .join("\n");
      if (field("event")) yield [field("event"), JSON.parse(field("data"))];
    }
  }
}

// Asks, and tells `progress` what is known so far: an event's name and its data. Returns the result. Throws `Trouble`, and
// `AbortError` when `signal` is given.
export async function ask(graph, request, progress, signal) {
  const response = await sent(graphUrl(graph, "/ask"), {
    method: "POST",
    body: JSON.stringify(request),
    signal,
    headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
  });
  for await (const [name, data] of events(response.body)) {
    if (name === "done") return data;
    if (name === "problem") throw await trouble(new Response(JSON.stringify(data), { status: data.status }));
    progress(name, data);
  }
  throw new Trouble("The connection was lost before there was an answer.");
}

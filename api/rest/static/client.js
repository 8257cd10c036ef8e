// Requests for JSON, and what goes wrong in words.

import { send } from "./key.js";

// What went wrong, with the code and the status of the problem; status 0: there was no response.
export class Trouble extends Error {
  constructor(message, status = 0, code = "") {
    super(message);
    this.status = status;
    this.code = code;
  }

  get again() {
    return this.status === 0 || this.status === 503 || this.status === 429 || this.status === 401;
  }
}

const WORDS = {
  unauthorized: "This server needs an API key.",
  "insufficient-scope": "Your API key does not allow this. A key for this page needs the scopes ask and read of the graph.",
  "too-many-requests": "Too many questions with this key are being answered. Try again in a moment.",
  overloaded: "The server is answering as many questions as it can. Try again in a moment.",
  "graph-loading": "The graph is still being loaded. Try again in a moment.",
  "not-ready": "The server is still starting. Try again in a moment.",
  "internal-error": "The server failed. Its log says why.",
};

export async function trouble(response) {
  const body = await response.json().catch(() => ({}));
  const words = WORDS[body.code] && body.detail ? `${WORDS[body.code]} (${body.detail})` : (WORDS[body.code] ?? body.detail);
  return new Trouble(words || body.title || `The server answered with status ${response.status}.`, response.status, body.code);
}

export async function request(url, options = {}) {
  let response;
  try {
    response = await send(url, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Trouble("The server cannot be reached. Is clew serve still running?");
  }
  if (!response.ok) throw await trouble(response);
  return response;
}

export const getJson = async (url, options) => (await request(url, options)).json();

export const postJson = (url, body, options = {}) =>
  getJson(url, {
    ...options,
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

export const graphUrl = (graph, rest = "") => `v1/graphs/${encodeURIComponent(graph)}${rest}`;

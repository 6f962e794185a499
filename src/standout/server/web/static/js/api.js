// Requests: JSON in and out, windows in binary; what fails is an `Error` with a sentence.

import { address, search } from "./dom.js";

const SENTENCE = "The server cannot be reached. It may be restarting; check that it runs.";

export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(address(path), options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0, SENTENCE);
  }
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw new Refused(response.status, problem.detail ?? `The server answers with ${response.status}.`);
}

const JSON_ONLY = { Accept: "application/json" };

export async function getJson(path, query = {}, options = {}) {
  return (await ask(path + search(query), { headers: JSON_ONLY, ...options })).json();
}

export async function sendJson(method, path, body) {
  const headers = { ...JSON_ONLY, "Content-Type": "application/json" };
  const response = await ask(path, { method, headers, body: JSON.stringify(body) });
  return response.status === 204 ? null : response.json();
}

export const remove = (path) => ask(path, { method: "DELETE", headers: JSON_ONLY });
export const streamPath = (id) => `/streams/${encodeURIComponent(id)}`;

/** Microseconds as ISO 8601 text, exactly: the server reads numbers in the stream's own unit. */
export function iso(us) {
  const whole = Math.floor(us / 1e3);
  const rest = String(Math.round(us - whole * 1e3)).padStart(3, "0");
  return new Date(whole).toISOString().replace("Z", `${rest}Z`);
}

/** A window of a stream: its header, and `columns` of Float64 that are used in place. */
export async function getWindow(id, { from, to, px, limit = 200, votes = true }, signal) {
  const query = {
    from: from === undefined ? undefined : iso(from),
    to: to === undefined ? undefined : iso(to),
    px: Math.max(1, Math.min(4096, Math.round(px))),
    limit,
    votes,
  };
  const headers = { Accept: "application/octet-stream" };
  const response = await ask(`${streamPath(id)}/window${search(query)}`, { headers, signal });
  return readWindow(await response.arrayBuffer());
}

export function readWindow(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const columns = {};
  header.columns.forEach((name, k) => {
    columns[name] = new Float64Array(buffer, 4 + length + k * header.n * 8, header.n);
  });
  return { header, columns };
}

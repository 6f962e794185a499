// A page that lost its server says so, and asks again until it answers.

import { byId, setText } from "./dom.js";

const EVERY_MS = 2_000;
let timer = null;

/** Shows what failed, or nothing; where the server cannot be reached, `retry` is called soon. */
export function complain(error, retry = null) {
  clearTimeout(timer);
  const problem = byId("problem");
  problem.hidden = !error;
  const lost = error?.status === 0 && retry !== null;
  setText(problem, error ? `${error.message}${lost ? " Asking again until it answers." : ""}` : "");
  if (lost) timer = setTimeout(retry, EVERY_MS);
}

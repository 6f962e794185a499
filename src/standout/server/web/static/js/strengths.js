// How sure each voter was of the selected anomaly at its peak, where the server can find it anew.

import { getJson, iso, streamPath } from "./api.js";
import { el } from "./dom.js";
import * as format from "./format.js";
import { ALERT } from "./severity.js";

const REST_MS = 200; // whoever steps through anomalies asks only for the one that is stopped at
const known = new Map();
let asking = null;

const keyOf = (id, one) => `${id} ${one.peak_us} ${one.score}`;

/** Fills `bars` with strengths, and says in `note` what they are, or why there are none. */
export async function showStrengths(bars, note, id, one) {
  asking?.abort();
  const key = keyOf(id, one);
  if (!known.has(key)) {
    asking = new AbortController();
    const { signal } = asking;
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    if (signal.aborted) return;
    try {
      known.set(key, await getJson(`${streamPath(id)}/strengths`, { at: iso(one.peak_us) }, { signal }));
    } catch {
      return; // the shares of votes stay
    }
  }
  const { strengths, reason } = known.get(key);
  if (!strengths) {
    note.textContent = `${note.textContent} How sure each was cannot be told. ${reason}`.trim();
    return;
  }
  const rows = Object.entries(strengths).sort((a, b) => b[1] - a[1]);
  bars.replaceChildren(...rows.map(bar));
  note.textContent = `Score of each at the peak; it votes from ${ALERT} on.`;
}

function bar([name, strength]) {
  const voter = format.detector(name);
  return el(
    "div",
    { class: strength < ALERT ? "bar off" : "bar" },
    el("span", {}, voter),
    el("span", { class: "gauge" }, el("meter", { min: 0, max: 1, value: strength, "aria-label": voter })),
    el("span", { class: "n" }, format.score(strength)),
  );
}

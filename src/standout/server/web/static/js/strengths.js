// How sure each voter was of the selected anomaly at its peak, where the server can find it anew.

import { getJson, iso, streamPath } from "./api.js";
import { el } from "./dom.js";
import * as format from "./format.js";
import { ALERT } from "./severity.js";

const REST_MS = 200; // whoever steps through anomalies asks only for the one that is stopped at
const AGAIN_MS = 5_000; // for one that goes on and has another peak
const known = new Map();
let asking = null;
let shown = {}; // the strengths that were told last, and of which anomaly

/** Fills `bars` with strengths, and says in `note` what they are, or why there are none. */
export async function showStrengths(bars, note, id, one) {
  asking?.abort();
  const isSame = shown.id === id && shown.seq === one.seq;
  if (isSame) fill(bars, note, shown.strengths);
  const key = `${id} ${one.peak_us} ${one.score}`;
  if (!known.has(key)) {
    asking = new AbortController();
    const { signal } = asking;
    await new Promise((resolve) => setTimeout(resolve, isSame ? AGAIN_MS : REST_MS));
    if (signal.aborted) return;
    try {
      known.set(key, await getJson(`${streamPath(id)}/strengths`, { at: iso(one.peak_us) }, { signal }));
    } catch {
      return; // what stands there stays
    }
  }
  const { strengths, reason } = known.get(key);
  if (strengths) {
    shown = { id, seq: one.seq, strengths };
    fill(bars, note, strengths);
  } else if (!isSame) note.textContent = `${note.textContent} How sure each was cannot be told. ${reason}`.trim();
}

function fill(bars, note, strengths) {
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

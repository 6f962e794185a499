// The sentence that answers first: what needs a look, and for how long.

import { byId, el } from "./dom.js";
import * as format from "./format.js";
import { level, word } from "./severity.js";
import { lasted } from "./shape.js";

const LONGEST_ID = 20; // letters that stay on one line

function worst(lanes) {
  return [...lanes].sort((a, b) => b.ongoing.score - a.ongoing.score || a.ongoing.from_us - b.ongoing.from_us)[0];
}

/** "pump-7 has been critical for 18 minutes." */
function loudest({ id, ongoing }) {
  const state = word(ongoing.score).toLowerCase();
  const seconds = lasted(ongoing);
  if (seconds <= 0) return `${id} is ${state} now.`;
  return `${id} has been ${state} for ${format.spoken(seconds)}.`;
}

function waits(n, span) {
  if (n === 0) return "";
  const whole = n === 1 ? "One anomaly" : format.counted(n, "anomaly", "anomalies");
  return `${whole} from the last ${format.spoken(span)} ${n === 1 ? "waits" : "wait"} for a label.`;
}

function rest(all, loud, learning) {
  const calm = all - loud - learning;
  const parts = [];
  if (calm > 0 && loud + learning > 0) parts.push(`The other ${calm === 1 ? "stream is" : `${format.count(calm)} streams are`} inside ${calm === 1 ? "its" : "their"} expected range.`);
  if (learning > 0) parts.push(`${format.counted(learning, "stream is", "streams are")} still learning what is normal.`);
  return parts.join(" ");
}

/** Writes the headline from the timeline, and how many streams still learn. */
export function drawHeadline({ timeline, all, learning }) {
  const [headline, subline] = [byId("headline"), byId("subline")];
  if (all === 0) {
    write(headline, "No streams yet.");
    subline.textContent = "Standout waits for the first observation.";
    return;
  }
  const loud = timeline.lanes.filter((lane) => lane.ongoing);
  const calm = all === 1 ? "The stream is inside its expected range." : `All ${format.count(all)} streams are inside their expected range.`;
  if (loud.length === 0) write(headline, learning === all ? "Learning what is normal." : calm);
  else {
    const one = worst(loud);
    const need = `${format.counted(loud.length, "stream needs", "streams need")} a look.`;
    write(headline, need, loudest(one), level(one.ongoing.score)?.name);
  }
  subline.textContent = [rest(all, loud.length, loud.length === 0 && learning < all ? 0 : learning), waits(timeline.to_label, timeline.span_s)].filter(Boolean).join(" ");
}

function write(headline, plain, strong = "", name = "critical") {
  const text = strong ? `${plain} ${strong}` : plain;
  if (headline.textContent === text && headline.dataset.level === name) return;
  headline.dataset.level = name;
  headline.replaceChildren(plain);
  if (!strong) return;
  const loud = document.createElement("b");
  loud.className = `sev-${name}`;
  const at = strong.indexOf(" ");
  const [id, rest] = [strong.slice(0, at), strong.slice(at)];
  if (at > 0 && id.length <= LONGEST_ID) loud.append(el("span", { class: "id" }, id), rest);
  else loud.textContent = strong;
  headline.append(" ", loud);
}

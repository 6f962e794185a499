// What stands under the cursor: beside the pointer, and spoken when keys move it.

import { byId, el } from "./dom.js";
import * as format from "./format.js";
import { told, word } from "./severity.js";

const tip = byId("tip");
const say = byId("say");
let speech = null;

export const tipRow = (label, ...content) => el("div", {}, el("span", {}, label), el("span", {}, ...content));

function when(held, at) {
  const [from, to] = [held.time_us[at], held.end_us[at]];
  return from === to ? `${format.time(from / 1e6)} UTC` : `${format.time(from / 1e6)} to ${format.time(to / 1e6).slice(11)}`;
}

function measured({ held, unit }, at) {
  const [least, most] = [held.min[at], held.max[at]];
  if (Number.isNaN(least)) return "no value";
  const text = least === most ? format.value(least) : format.between(least, most, format.brief);
  return format.withUnit(text, unit);
}

const LONG = 60;

/** What people wrote of this time. */
function notes({ held, labels }, at) {
  const inside = ({ note, from, to }) => note && Date.parse(from) * 1e3 <= held.end_us[at] && Date.parse(to) * 1e3 > held.time_us[at];
  const cut = (text) => (text.length > LONG ? `${text.slice(0, LONG)}…` : text);
  return labels.filter(inside).map(({ who, note }) => tipRow(who || "Note", cut(note)));
}

/** Shows one column, `x` pixels from the left of the lanes. */
export function showTip(page, at, x, width) {
  const { held } = page;
  const rows = held.count[at];
  const score = held.peak[at];
  tip.replaceChildren(
    el("b", {}, when(held, at)),
    tipRow("Value", measured(page, at)),
    tipRow("Expected", format.between(held.lower[at], held.upper[at], format.brief)),
    tipRow("Score", ...told(score, Number.isNaN(score) ? "" : format.score(score))),
    ...(rows > 1 ? [tipRow("Observations", format.count(rows))] : []),
    ...notes(page, at),
  );
  tip.hidden = false;
  const room = tip.offsetWidth + 16;
  const left = x + room > width ? x - room : x + 16;
  tip.style.transform = `translate(${Math.max(4, Math.min(left, width - room))}px, 0)`;
}

export function hideTip() {
  tip.hidden = true;
}

/** Says the column once the cursor rests. */
export function speak(page, at) {
  clearTimeout(speech);
  const { held } = page;
  const words = [when(held, at), `value ${measured(page, at)}`, `${word(held.peak[at])}, score ${format.score(held.peak[at])}`];
  speech = setTimeout(() => (say.textContent = words.join(", ")), 150);
}

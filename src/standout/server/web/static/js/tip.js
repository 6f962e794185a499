// What stands under the cursor: beside the pointer, and spoken when keys move it.

import * as format from "./format.js";
import { level, mark, word } from "./severity.js";
import { votesText } from "./votes.js";

const tip = document.getElementById("tip");
const say = document.getElementById("say");
let speech = null;

function row(label, ...content) {
  const line = document.createElement("div");
  const [name, value] = [document.createElement("span"), document.createElement("span")];
  name.textContent = label;
  value.append(...content);
  line.append(name, value);
  return line;
}

function severity(score) {
  const name = level(score)?.name;
  const words = ` ${word(score)}${Number.isNaN(score) ? "" : `, ${format.score(score)}`}`;
  return name ? [mark(name), words] : [words];
}

/** Shows one observation `x` pixels from the left of the lanes. */
export function showTip(series, index, x, width) {
  const title = document.createElement("b");
  title.textContent = `${format.time(series.time[index])} UTC`;
  const missing = Number.isNaN(series.value[index]);
  tip.replaceChildren(
    title,
    row("Value", missing ? "missing" : format.value(series.value[index])),
    row("Expected", format.between(series.lower[index], series.upper[index])),
    row("Score", ...severity(series.score[index])),
    ...(series.votes[index] ? [row("Votes", votesText(series.votes[index]).split(":")[0])] : []),
  );
  tip.style.display = "block";
  const room = tip.offsetWidth + 16;
  const left = x + room > width ? x - room : x + 16;
  tip.style.transform = `translate(${Math.max(4, Math.min(left, width - room))}px, 14px)`;
}

export function hideTip() {
  tip.style.display = "none";
}

/** Says the observation once the cursor rests. */
export function speak(series, index) {
  clearTimeout(speech);
  const words = [
    `${format.time(series.time[index])} UTC`,
    `value ${Number.isNaN(series.value[index]) ? "missing" : format.value(series.value[index])}`,
    `${word(series.score[index])}, score ${format.score(series.score[index])}`,
  ].join(", ");
  speech = setTimeout(() => {
    say.textContent = words;
  }, 150);
}

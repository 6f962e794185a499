// The legend: what the marks mean, and which of them are shown.

import { el } from "./dom.js";
import { recall, remember } from "./storage.js";
import { LEVELS, mark } from "./severity.js";

/**
 * Fills `box` with a button a severity. `changed(hidden)` gets the set of hidden levels; what is
 * chosen is remembered under `key`.
 */
export function drawLegend(box, { key, hidden, changed }) {
  const buttons = LEVELS.map(({ name, word }) => {
    const button = el("button", { type: "button", "aria-pressed": String(!hidden.has(name)), "aria-label": word, title: `Show or hide: ${word.toLowerCase()}`, data: { level: name } }, mark(name), el("span", {}, word));
    button.addEventListener("click", () => {
      if (hidden.has(name)) hidden.delete(name);
      else hidden.add(name);
      remember(key, [...hidden].join(" ") || "none");
      paint();
      changed(hidden);
    });
    return button;
  });
  function paint() {
    for (const button of buttons) button.setAttribute("aria-pressed", String(!hidden.has(button.dataset.level)));
  }
  box.replaceChildren(...buttons);
  return paint;
}

/** The levels that were hidden last time; null where nobody chose. */
export function recallHidden(key) {
  const text = recall(key);
  return text === null ? null : new Set(text === "none" ? [] : text.split(" "));
}

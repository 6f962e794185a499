// Short messages at the lower edge: what was done, with a way back.

import { el } from "./dom.js";

const STAYS_MS = 8_000;
let box = null;

function place() {
  if (box === null) {
    box = el("div", { class: "toasts", role: "status" });
    document.body.append(box);
  }
  return box;
}

/** Shows a message; `act` is called by its button, `action` is what stands on it. */
export function toast(text, { action, act, error = false } = {}) {
  const message = el("div", { class: error ? "toast bad" : "toast", role: error ? "alert" : null }, el("span", {}, text));
  const close = () => message.remove();
  if (action) {
    const run = () => {
      close();
      act();
    };
    message.append(el("button", { class: "btn small", type: "button", on: { click: run } }, action));
  }
  place().replaceChildren(message);
  let timer = setTimeout(close, STAYS_MS);
  // Whoever points at it or is in it is still reading.
  for (const type of ["pointerenter", "focusin"]) message.addEventListener(type, () => clearTimeout(timer));
  for (const type of ["pointerleave", "focusout"]) {
    message.addEventListener(type, () => {
      clearTimeout(timer);
      timer = setTimeout(close, STAYS_MS);
    });
  }
  return close;
}

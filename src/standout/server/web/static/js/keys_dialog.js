// The list of keys, and the switch that turns single ones off.

import { el } from "./dom.js";
import { remember } from "./storage.js";

let dialog = null;

/** Shows the keys that are `listed`; `areOn` tells whether single ones are heard. */
export function showKeys(listed, areOn) {
  dialog?.remove();
  const on = el("input", { type: "checkbox", id: "shortcuts-on" });
  on.checked = areOn;
  on.addEventListener("change", () => remember("shortcuts", on.checked ? "on" : "off"));
  const rows = listed.map(({ shown, words }) =>
    el("div", {}, el("dt", {}, ...shown.split(" ").map((key) => el("kbd", {}, key))), el("dd", {}, words)),
  );
  const close = el("button", { class: "btn", type: "button" }, "Close");
  dialog = el(
    "dialog",
    { class: "sheet", "aria-labelledby": "keys-title" },
    el("h2", { id: "keys-title" }, "Keys"),
    el("dl", { class: "keys" }, ...rows),
    el("label", { class: "check" }, on, "Single keys are on"),
    close,
  );
  close.addEventListener("click", () => dialog.close());
  document.body.append(dialog);
  dialog.showModal();
}

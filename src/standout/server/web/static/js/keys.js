// Single-key shortcuts: listed in a dialog, switched off there, silent while somebody types.

import { byId } from "./dom.js";
import { recall } from "./storage.js";

const TYPING = "input, textarea, select, [contenteditable]";
const PRESSED = "button, a, summary, [role='tab']"; // Space and Enter are their own
const shortcuts = new Map();
const listed = [];

export const areOn = () => recall("shortcuts") !== "off";

/**
 * Listens for a key of its own. `words` stand in the dialog; `shown` is what to print for the key;
 * `always` is for one with Ctrl, which no switch turns off.
 */
export function onKey(key, words, act, { shown = key.toUpperCase(), always = false } = {}) {
  shortcuts.set(key, { act, always });
  if (words) listed.push({ shown, words });
}

/** Lists keys that something else listens to, in the dialog. */
export const listKey = (shown, words) => listed.push({ shown, words });

function keyOf(event) {
  const plain = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.shiftKey && plain.startsWith("Arrow")) return `shift+${plain}`;
  return (event.ctrlKey || event.metaKey) && !event.altKey ? `ctrl+${plain}` : plain;
}

function hear(event) {
  const shortcut = shortcuts.get(keyOf(event));
  if (!shortcut || event.defaultPrevented || event.altKey || event.isComposing) return;
  if (event.target.closest(TYPING) || document.querySelector("dialog[open]")) return;
  if ([" ", "Enter"].includes(event.key) && event.target.closest(PRESSED)) return;
  if (!shortcut.always && !areOn()) return;
  event.preventDefault();
  shortcut.act(event);
}

async function showKeys() {
  if (document.querySelector("dialog[open]")) return;
  const dialog = await import("./keys_dialog.js");
  dialog.showKeys(listed, areOn());
}

document.addEventListener("keydown", hear);
byId("keys-button")?.addEventListener("click", showKeys);
onKey("?", "This list", showKeys, { shown: "?" });

// Labels: one key or one button, always undoable, kept until the server has them.

import { iso, Refused, remove, sendJson, streamPath } from "./api.js";
import { onKey } from "./keys.js";
import { recall, remember } from "./storage.js";
import { toast } from "./toast.js";

export const WORDS = { real: "Real", false_alarm: "False alarm", unsure: "Unsure" };
export const KEYS = { y: "real", n: "false_alarm", u: "unsure" };

const RETRY_MS = 2_000;
const done = []; // what can be undone, newest last
const unsent = []; // what waits for the server
const listeners = new Set();
let timer = null;

/** Who labels; what a person wrote in the field for it, or nothing. */
export const who = () => recall("who") ?? "";
export const setWho = (name) => remember("who", name.slice(0, 200));

/** Calls `act(stream)` after each label that was kept or taken back. */
export const onLabelled = (act) => listeners.add(act);
const tell = (stream) => listeners.forEach((act) => act(stream));

const path = (stream) => `${streamPath(stream)}/labels`;

/**
 * Says of [from, to) in microseconds what it was. Resolves once it is kept or waits for the server;
 * rejects where the server refuses it, after a toast that offers to try again.
 */
export async function label(stream, { from, to, word, note = "", former = null, what = "Anomaly" }) {
  const body = { from: iso(from), to: iso(to), label: word, note, who: who() };
  try {
    const kept = await sendJson("POST", path(stream), body);
    finish(stream, body, kept, former, what);
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 0) {
      fail(stream, { from, to, word, note, former, what }, error);
      throw error;
    }
    unsent.push({ stream, body, former, what });
    toast(`${WORDS[word]}: not saved yet. It is sent as soon as the server answers.`);
    schedule();
  }
}

function finish(stream, body, kept, former, what) {
  done.push({ stream, kept, former });
  toast(`${what} labelled ${WORDS[body.label].toLowerCase()}.`, { action: "Undo", act: undo });
  tell(stream);
}

function fail(stream, asked, error) {
  const again = () => label(stream, asked).catch(() => {});
  toast(`The label was not saved. ${error.message}`, { action: "Retry", act: again, error: true });
}

function schedule() {
  timer ??= setTimeout(flush, RETRY_MS);
}

async function flush() {
  timer = null;
  while (unsent.length > 0) {
    const { stream, body, former, what } = unsent[0];
    try {
      finish(stream, body, await sendJson("POST", path(stream), body), former, what);
    } catch (error) {
      if (error.status === 0) return schedule();
      toast(`A label was not saved. ${error.message}`, { error: true });
    }
    unsent.shift();
  }
  return undefined;
}

/** Takes the last label back; one that it replaced stands again. */
export async function undo() {
  const last = done.pop();
  if (!last) {
    toast("There is nothing to undo.");
    return;
  }
  const { stream, kept, former } = last;
  try {
    await remove(`${path(stream)}/${kept.id}`);
    if (former && former.from === kept.from && former.to === kept.to && former.who === kept.who) {
      const { from, to, note } = former;
      await sendJson("POST", path(stream), { from, to, note, label: former.label, who: former.who });
    }
    toast("Label taken back.");
  } catch (error) {
    if (error.status !== 404) done.push(last);
    toast(`The label could not be taken back. ${error.message}`, { error: true });
  }
  tell(stream);
}

/** Puts the keys of the three words and of undo to work. */
export function labelKeys(say) {
  for (const [key, word] of Object.entries(KEYS)) onKey(key, `Label: ${WORDS[word].toLowerCase()}`, () => say(word));
  onKey("ctrl+z", "Undo the last label", undo, { shown: "Ctrl Z", always: true });
}

/** The three buttons; `say(word)` is called by them. */
export function labelButtons(say, { wide = false } = {}) {
  const box = document.createElement("div");
  box.className = wide ? "acts wide" : "acts";
  for (const [key, word] of Object.entries(KEYS)) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = word === "real" ? "btn primary" : "btn";
    button.dataset.word = word;
    button.setAttribute("aria-keyshortcuts", key);
    const cap = document.createElement("kbd");
    cap.textContent = key.toUpperCase();
    cap.setAttribute("aria-hidden", "true");
    button.append(WORDS[word], " ", cap);
    button.addEventListener("click", () => say(word));
    box.append(button);
  }
  return box;
}

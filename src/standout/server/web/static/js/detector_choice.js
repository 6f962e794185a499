// Which detector a stream has, and how one comes to another: it is pinned with the first observation.

import { getJson, remove, sendJson, streamPath } from "./api.js";
import { el, root, streamPage } from "./dom.js";
import { detector } from "./format.js";
import { toast } from "./toast.js";

const LONGEST_ID = 200;
const AUTO = "auto";
const VOTE = "vote";

/** The settings with which a stream like this one is made. */
function settings(summary, wanted) {
  const { window, tz, time_unit: unitOfTime, unit, tags, retention, duplicates, channels } = summary;
  const all = { window, detector: wanted, tz, time_unit: unitOfTime, unit, tags, retention, duplicates, channels };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null && value !== undefined));
}

const other = (summary) => (summary.detector === VOTE ? AUTO : VOTE);
const nameOf = (name) => (name === AUTO ? "auto" : `the ${detector(name).toLowerCase()}`);

/** Fills `box` with what can be done; `told` says whether the detector may still be chosen. */
export function drawChoice(box, page, { changeable }) {
  const { summary } = page;
  box.replaceChildren(...(changeable ? offer(box, page) : pinned(summary)));
}

function offer(box, { id, summary }) {
  const wanted = other(summary);
  const button = el("button", { class: "btn", type: "button", id: "switch" }, `Use ${nameOf(wanted)}`);
  button.addEventListener("click", () => change(button, id, wanted));
  return [el("p", {}, `This stream is empty and judged by ${nameOf(summary.detector)}; that can still be changed. With its first observation it is pinned.`), button];
}

/** Makes the stream anew with another detector, only while it is empty and nobody may send. */
async function change(button, id, wanted) {
  button.disabled = true;
  try {
    const now = await getJson(streamPath(id));
    if (now.count > 0) throw new Error("It has observations by now.");
    if (now.active) throw new Error("A client is connected and may send at any moment; let it go first.");
    await remove(streamPath(id));
    await sendJson("PUT", streamPath(id), settings(now, wanted));
    root.dataset.switched = wanted;
    location.reload();
  } catch (error) {
    toast(`The detector was not changed. ${error.message}`, { error: true });
    button.disabled = false;
  }
}

function pinned(summary) {
  const wanted = other(summary);
  const fresh = `${summary.id}-${wanted}`;
  const why = el("p", {}, "The detector of a stream that has observations cannot be changed: it is pinned, so that a restart and a repetition give the same verdicts. For the other one, make a second stream and send there, too.");
  if (fresh.length > LONGEST_ID) return [why];
  const button = el("button", { class: "btn", type: "button", id: "second" }, `Make ${fresh} with ${nameOf(wanted)}`);
  button.addEventListener("click", () => second(button, summary, fresh, wanted));
  return [why, button];
}

async function second(button, summary, fresh, wanted) {
  button.disabled = true;
  try {
    await sendJson("PUT", streamPath(fresh), settings(summary, wanted));
    button.replaceWith(el("p", { id: "made" }, el("a", { href: streamPage(fresh) }, fresh), ` is made, with ${nameOf(wanted)}. Its page says how to send to it.`));
  } catch (error) {
    toast(`The stream was not made. ${error.message}`, { error: true });
    button.disabled = false;
  }
}

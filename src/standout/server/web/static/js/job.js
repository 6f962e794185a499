// Long work: its stage, how far it is, what the log says of it, and a way to end it.

import { getJson, sendJson } from "./api.js";
import { el, setText } from "./dom.js";
import * as format from "./format.js";

const ENDED = ["done", "failed", "cancelled"];
const WORDS = { queued: "Waiting for its turn", start: "Starting", read: "Reading the rows", write: "Writing the model", fit: "Fitting" };
const LINES = 6;
const TOLD = new Set(["job", "subject", "kind"]);
const path = (id) => `/jobs/${encodeURIComponent(id)}`;

/** Shows a job in `box` until it ends; gives how it stands then. `what` is its name there. */
export async function follow(first, box, what = "Training") {
  const bar = el("progress", { max: 1, "aria-label": "Progress" });
  const words = el("span", { class: "num", role: "status" });
  const cancel = el("button", { class: "btn small", type: "button" }, "Cancel");
  const row = el("div", { class: "job" }, el("b", {}, what), bar, words, cancel);
  cancel.addEventListener("click", async () => {
    cancel.disabled = true;
    await sendJson("POST", `${path(first.id)}/cancel`, {}).catch(() => null); // it may have ended meanwhile
  });
  const tail = el("ol", { class: "tail", "aria-label": "Newest lines of its log" });
  box.replaceChildren(row, tail);
  let job = first;
  let after = 0;
  for (let wait = 150; !ENDED.includes(job.state); wait = Math.min(1_000, wait * 1.3)) {
    show(job, bar, words);
    await new Promise((resolve) => setTimeout(resolve, wait));
    try {
      job = await getJson(path(first.id));
      after = await addLines(tail, first.id, after);
    } catch (error) {
      if (error.status) throw error;
      setText(words, "No connection; asking again"); // it goes on without us
    }
  }
  row.remove();
  if (job.state !== "failed") tail.remove(); // what led there stays to be read
  return job;
}

/** Adds what the log says of a job after a line; gives the number of its newest. */
async function addLines(tail, id, after) {
  const { lines, next } = await getJson("/log", { after });
  for (const { at, event, fields } of lines.filter((line) => line.fields.job === id)) {
    const more = Object.entries(fields).filter(([name, value]) => !TOLD.has(name) && value !== "");
    tail.append(el("li", {}, el("time", { datetime: at }, at.slice(11, 23)), ` ${event} ${more.map(([name, value]) => `${name}=${value}`).join(" ")}`));
  }
  while (tail.children.length > LINES) tail.firstChild.remove();
  return next;
}

function show(job, bar, words) {
  if (job.progress === null) bar.removeAttribute("value");
  else bar.value = job.progress;
  const named = WORDS[job.stage] ?? job.stage.charAt(0).toUpperCase() + job.stage.slice(1);
  const stage = job.state === "queued" ? WORDS.queued : named;
  const share = job.progress === null ? "" : `, ${Math.round(job.progress * 100)} %`;
  const since = job.started ? `, ${format.duration(Math.max(1, (Date.now() - Date.parse(job.started)) / 1e3))}` : "";
  setText(words, `${stage}${share}${since}`);
}

// Long work: its stage, how far it is, and a way to end it.

import { getJson, sendJson } from "./api.js";
import { el, setText } from "./dom.js";
import * as format from "./format.js";

const ENDED = ["done", "failed", "cancelled"];
const WORDS = { queued: "Waiting for its turn", start: "Starting", read: "Reading the rows", write: "Writing the model", fit: "Fitting" };
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
  box.replaceChildren(row);
  let job = first;
  for (let wait = 150; !ENDED.includes(job.state); wait = Math.min(1_000, wait * 1.3)) {
    show(job, bar, words);
    await new Promise((resolve) => setTimeout(resolve, wait));
    try {
      job = await getJson(path(first.id));
    } catch (error) {
      if (error.status) throw error;
      setText(words, "No connection; asking again"); // it goes on without us
    }
  }
  row.remove();
  return job;
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

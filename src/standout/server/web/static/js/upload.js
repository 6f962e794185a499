// One upload: bytes, rate and a way out. `fetch` tells nothing of what was sent, so it is the older way.

import { address, el, setText } from "./dom.js";
import * as format from "./format.js";

const LOST = "The server cannot be reached. It may be restarting; check that it runs.";

/**
 * Sends a file, and shows how far it is in `list`. Gives the server's answer, or null where it was
 * cancelled; what fails stays in the list with its reason and a way to try again.
 */
export function upload(file, list, { most, done }) {
  const words = el("span", { class: "muted num" });
  const bar = el("progress", { max: 1, value: 0, "aria-label": `Upload of ${file.name}` });
  const act = el("button", { class: "btn small", type: "button" }, "Cancel");
  const row = el("li", {}, el("b", {}, file.name), bar, words, act);
  list.append(row);
  const fail = (reason) => {
    row.classList.add("failed");
    bar.remove();
    words.setAttribute("role", "alert");
    setText(words, reason);
    setText(act, "Try again");
    act.onclick = () => {
      row.remove();
      upload(file, list, { most, done });
    };
    row.append(el("button", { class: "btn small ghost", type: "button", "aria-label": `Dismiss ${file.name}`, on: { click: () => row.remove() } }, "Dismiss"));
  };
  if (file.size > most) {
    fail(`It has ${bytes(file.size)}; at most ${bytes(most)} are taken. MAX_UPLOAD_SIZE sets that.`);
    return;
  }
  const request = new XMLHttpRequest();
  const begun = performance.now();
  act.onclick = () => request.abort();
  request.upload.onprogress = ({ loaded, total }) => {
    bar.value = loaded / total;
    const rate = loaded / Math.max(1e-3, (performance.now() - begun) / 1e3);
    setText(words, loaded < total ? `${bytes(loaded)} of ${bytes(total)}, ${bytes(rate)} a second` : "Reading it");
    if (loaded === total) bar.removeAttribute("value");
  };
  request.onabort = () => row.remove();
  request.onerror = () => fail(LOST);
  request.onload = () => {
    if (request.status === 200) {
      row.remove();
      done(request.response);
    } else fail(request.response?.detail ?? `The server answers with ${request.status}.`);
  };
  const form = new FormData();
  form.append("file", file);
  request.open("POST", address("/upload-dataset"));
  request.setRequestHeader("Accept", "application/json");
  // A retry of the browser's own makes no second dataset.
  request.setRequestHeader("Idempotency-Key", [...crypto.getRandomValues(new Uint32Array(4))].join("-"));
  request.responseType = "json";
  request.send(form);
}

/** "12 bytes", "3.4 MB". */
export function bytes(n) {
  if (n < 1_000) return `${format.count(n)} bytes`;
  const [unit, name] = [[1e9, "GB"], [1e6, "MB"], [1e3, "kB"]].find(([size]) => n >= size);
  return `${format.brief(Number((n / unit).toPrecision(3)))} ${name}`;
}

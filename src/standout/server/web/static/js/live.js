// The words in the top bar that say whether the page is live, over one socket.

import { byId, root, setText } from "./dom.js";
import { keepOpen } from "./socket.js";

const bar = byId("live");
const text = byId("live-text");
const say = byId("live-say");
const problem = byId("problem");

let since = null;
let summary = "Live";

function paint() {
  if (since === null) {
    setText(text, summary);
    return;
  }
  const seconds = Math.max(1, Math.round((Date.now() - since) / 1e3));
  setText(text, `No connection for ${seconds} s, retrying`);
}

function change(state, lostAt) {
  if (state === "lost" && since === null) {
    say.textContent = "No connection, retrying.";
    dispatchEvent(new Event("connectionlost"));
  }
  if (state === "live" && since !== null) {
    say.textContent = "Connected again.";
    dispatchEvent(new Event("connectionback"));
  }
  since = lostAt;
  bar.dataset.state = root.dataset.connection = state;
  paint();
}

function refuse({ title, detail }) {
  showProblem(detail ?? title);
  since = null;
  summary = "Not connected";
  bar.dataset.state = root.dataset.connection = "refused";
  paint();
}

/** Shows what is wrong above the page; nothing for an empty text. `retry` adds a button. */
export function showProblem(words, retry = null) {
  if (!problem) return;
  problem.hidden = !words;
  problem.replaceChildren(words);
  if (!words || !retry) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn small";
  button.textContent = "Retry";
  button.addEventListener("click", retry);
  problem.append(" ", button);
}

/** Connects to a path below the server's root; a function is asked anew at each opening. */
export function connect(path, onMessage) {
  const place = () => root.dataset.base + (typeof path === "function" ? path() : path);
  keepOpen(place, { onMessage, onState: change, onProblem: refuse });
  setInterval(() => since !== null && !document.hidden && paint(), 1000);
}

/** What the bar says while all is well. */
export function describe(words) {
  summary = words;
  if (since === null && bar.dataset.state === "live") paint();
}

// The words in the top bar that say whether the page is live.

import { keepOpen } from "./socket.js";

const root = document.documentElement;
const bar = document.getElementById("live");
const text = document.getElementById("live-text");
const say = document.getElementById("live-say");
const problem = document.getElementById("problem");

let since = null;
let summary = "Live";

function paint() {
  if (since === null) {
    text.textContent = summary;
    return;
  }
  const seconds = Math.max(1, Math.round((Date.now() - since) / 1e3));
  text.textContent = `No connection for ${seconds} s, retrying`;
}

function change(state, lostAt) {
  if (state === "lost" && since === null) {
    say.textContent = "No connection, retrying.";
    dispatchEvent(new Event("connectionlost"));
  }
  if (state === "live" && since !== null) say.textContent = "Connected again.";
  since = lostAt;
  bar.dataset.state = root.dataset.connection = state;
  paint();
}

function refuse({ title, detail }) {
  problem.textContent = detail ?? title;
  problem.hidden = false;
  since = null;
  summary = "Not connected";
  bar.dataset.state = root.dataset.connection = "refused";
  paint();
}

/** Connects a page to a path below the server's root. */
export function connect(path, onMessage) {
  keepOpen(root.dataset.base + path, { onMessage, onState: change, onProblem: refuse });
  setInterval(() => since !== null && !document.hidden && paint(), 1000);
}

/** What the bar says while all is well. */
export function describe(words) {
  summary = words;
  if (since === null && bar.dataset.state === "live") paint();
}

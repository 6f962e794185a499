// The facts above the chart of a stream.

import * as format from "./format.js";
import { level, mark, word } from "./severity.js";

const byId = (id) => document.getElementById(id);
const VOTE_WARMUP = 30;

/** "Learning: 12 of 30 observations", or nothing once there are scores. */
export function learning({ detector, window, warmup_left: left, count }) {
  if (left === 0) return "";
  const total = detector === "vote" ? Math.min(window, VOTE_WARMUP) : count + left;
  return `Learning: ${format.count(Math.max(0, total - left))} of ${format.count(total)} observations`;
}

function part(text) {
  const span = document.createElement("span");
  span.textContent = text;
  return span;
}

function scored(score) {
  const name = level(score)?.name;
  const span = document.createElement("span");
  span.className = "severity";
  if (name) span.append(mark(name));
  const small = document.createElement("small");
  small.textContent = word(score);
  span.append(format.score(score), small);
  return span;
}

/** Draws a summary, brought up to date with the newest observation. */
export function drawHeader(summary) {
  const state = byId("state");
  state.className = "state";
  state.dataset.active = summary.active;
  state.textContent = summary.active ? "Active" : "Not active";
  const seen = summary.last_timestamp ? `Last point ${format.age(summary.last_timestamp, Date.now())}` : "No points yet";
  byId("meta").replaceChildren(
    state,
    part(`Window ${format.count(summary.window)}`),
    part(`Detector: ${summary.detector}`),
    part(seen),
  );
  byId("facts").hidden = false;
  byId("fact-value").textContent = format.value(summary.last_value);
  byId("fact-score").replaceChildren(scored(summary.last_score));
  byId("fact-count").textContent = format.count(summary.count);
  byId("fact-anomalies").textContent = format.count(summary.anomalies);
  const note = learning(summary);
  byId("learning").textContent = note;
  byId("learning").hidden = note === "";
}

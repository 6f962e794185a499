// The head of a stream's page: its name, whether something is wrong now, and what it is.

import { byId, el, setText } from "./dom.js";
import * as format from "./format.js";
import { level, mark, word } from "./severity.js";
import { lasted } from "./shape.js";

/** "Learning: 12 of 30 observations", or nothing once there are scores. */
function learning({ warmup_left: left, count }) {
  if (left === 0) return "";
  return `Learning: ${format.count(count)} of ${format.count(count + left)} observations. Scores and the expected range come after that.`;
}

export function drawHeader({ summary, held, ongoing }) {
  if (!summary) return;
  drawChip(ongoing);
  const step = held.step;
  const words = [
    [summary.unit, format.rate(step && step / 1e6)].filter(Boolean).join(", "),
    `${format.detector(summary.detector)}, window ${format.count(summary.window)}`,
    `${format.count(Math.max(summary.count, held.seq))} points`,
  ].filter(Boolean);
  setText(byId("tags"), (summary.tags ?? []).join(", "));
  const meta = byId("meta");
  const state = summary.active ? "Active" : "Not active";
  const key = JSON.stringify([words, state]);
  if (meta.dataset.key !== key) {
    meta.dataset.key = key;
    meta.replaceChildren(
      el("span", { class: "state", id: "state", data: { active: summary.active } }, state),
      ...words.map((text) => el("span", {}, text)),
      el("span", { id: "age" }),
    );
  }
  drawAge(held, summary);
  const note = learning({ ...summary, count: Math.max(summary.count, held.seq) });
  setText(byId("learning"), note);
  byId("learning").hidden = note === "" || summary.count === 0;
}

export function drawAge(held, summary) {
  const age = byId("age");
  if (!age) return;
  const iso = Number.isNaN(held.newest) ? summary?.last_timestamp : new Date(held.newest / 1e3).toISOString();
  const text = format.age(iso, Date.now());
  setText(age, text === "–" ? "No points yet" : `Last point ${text}`);
}

function drawChip(one) {
  const chip = byId("chip");
  chip.hidden = !one;
  if (!one) return;
  const name = level(one.score)?.name ?? "major";
  const seconds = lasted(one);
  const text = seconds > 0 ? `${word(one.score)} for ${format.duration(seconds)}` : `${word(one.score)} now`;
  if (chip.textContent.trim() === text && chip.dataset.name === name) return;
  chip.className = `chip sev-${name}`;
  chip.dataset.name = name;
  chip.replaceChildren(mark(name), text);
}

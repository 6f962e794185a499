// The list of streams.

import { connect, describe } from "./connection.js";
import * as format from "./format.js";
import { oncePerFrame } from "./frame.js";
import { drawHeadline } from "./headline.js";
import { ALERT } from "./severity.js";
import { StreamRow } from "./stream_row.js";

const MOST_ROWS = 500;
const NOW = 10_000; // an anomaly is "now" for this long, so that the headline can be read

const root = document.documentElement;
const byId = (id) => document.getElementById(id);
const streams = new Map();
const rows = new Map();
const loud = new Map(); // id to the time until which it has an anomaly "now"
const changed = new Set();
const filter = byId("filter");
const order = new Intl.Collator("en", { numeric: true });
let listed = null; // ids in their order, null where it may have changed

function merge({ streams: told, removed }) {
  for (const stream of told) {
    const before = streams.get(stream.id);
    const more = before && stream.anomalies > before.anomalies;
    if (stream.active && (more || stream.last_score >= ALERT)) loud.set(stream.id, Date.now() + NOW);
    if (before?.active !== stream.active) listed = null;
    streams.set(stream.id, stream);
    changed.add(stream.id);
  }
  for (const id of removed) {
    listed = null;
    streams.delete(id);
    loud.delete(id);
  }
}

function anomalousNow() {
  const now = Date.now();
  for (const [id, until] of loud) if (until < now || !streams.get(id)?.active) loud.delete(id);
  return [...loud.keys()].sort(order.compare);
}

function sorted() {
  const wanted = filter.value.trim().toLowerCase();
  return [...streams.values()]
    .filter((stream) => stream.id.toLowerCase().includes(wanted))
    .sort((a, b) => b.active - a.active || order.compare(a.id, b.id))
    .map((stream) => stream.id);
}

function drawRows() {
  listed ??= sorted();
  const shown = listed.slice(0, MOST_ROWS);
  const wanted = new Set(shown);
  for (const [id, row] of rows) {
    if (wanted.has(id)) continue;
    row.element.remove();
    rows.delete(id);
  }
  let after = null;
  for (const id of shown) after = place(id, after);
  changed.clear();
  drawNotes(listed.length, shown.length);
}

function place(id, after) {
  let row = rows.get(id);
  if (!row) rows.set(id, (row = new StreamRow(id)));
  if (changed.has(id) || row.last === undefined) row.draw(streams.get(id));
  const { element } = row;
  if (element.previousElementSibling !== after || !element.parentNode) {
    if (after) after.after(element);
    else byId("rows").prepend(element);
  }
  return element;
}

function drawNotes(found, shown) {
  const cut = shown < found ? `${format.count(shown)} of ${format.count(found)}, filter to find others` : "";
  byId("shown").textContent = cut || (filter.value ? `${format.count(found)} found` : "");
  byId("none").hidden = found > 0;
  byId("none").textContent = `No stream has “${filter.value.trim()}” in its id.`;
}

function draw() {
  const all = [...streams.values()];
  const active = all.filter((stream) => stream.active);
  const sum = (key) => format.count(all.reduce((total, stream) => total + stream[key], 0));
  drawHeadline({
    active: active.length,
    all: all.length,
    anomalies: anomalousNow(),
    learning: active.filter((stream) => stream.warmup_left > 0).length,
  });
  byId("facts").hidden = byId("list").hidden = all.length === 0;
  byId("empty").hidden = all.length > 0;
  byId("fact-active").textContent = format.count(active.length);
  byId("fact-streams").textContent = format.count(all.length);
  byId("fact-count").textContent = sum("count");
  byId("fact-anomalies").textContent = sum("anomalies");
  const share = `${format.count(active.length)} of ${format.count(all.length)} streaming`;
  describe(all.length === 0 ? "Live" : `Live, ${share}`);
  drawRows();
  root.dataset.streams = all.length;
  root.dataset.active = active.length;
  root.dataset.ready = "1";
}

const redraw = oncePerFrame(draw);
let first = true;

function receive(message) {
  if (message.type !== "streams") return;
  if (first) {
    streams.clear();
    listed = null;
  }
  first = false;
  merge(message);
  redraw();
}

function tick() {
  if (document.hidden || streams.size === 0) return;
  for (const row of rows.values()) row.drawAge();
  if (loud.size > 0) redraw();
}

addEventListener("connectionlost", () => {
  first = true; // what comes after the return is the whole list again
});
filter.addEventListener("input", () => {
  listed = null;
  redraw();
});
setInterval(tick, 1000);
connect("/live/streams", receive);

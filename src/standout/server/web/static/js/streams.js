// The list of streams: how each stands, found by name or tag.

import { getWindow } from "./api.js";
import { byId, debounced, el, root, setText, streamPage } from "./dom.js";
import * as format from "./format.js";
import { oncePerFrame } from "./frame.js";
import { onKey } from "./keys.js";
import { connect, describe } from "./live.js";
import { drawMini } from "./mini.js";
import { level, mark, word } from "./severity.js";
import { StreamsFeed } from "./streams_feed.js";
import { VirtualRows } from "./virtual.js";

const ROW = 35;
const DAY = 8.64e10;
const AT_ONCE = 4;
const AGAIN_MS = 30_000;

const feed = new StreamsFeed();
const order = new Intl.Collator("en", { numeric: true });
const filter = byId("filter");
const minis = new Map(); // id to what was asked for of it
const waiting = [];
let running = 0;
let isNew = false;

const rows = new VirtualRows({
  scroller: byId("scroller"),
  body: byId("rows"),
  height: ROW,
  columns: 11,
  key: (stream) => stream.id,
  make,
  fill,
});

function make(stream) {
  const cell = (name = "") => el("td", { class: name });
  const cells = ["", "", "", "n", "n wide", "n wide", "lane wide", "n wide", "n wide", "wide", "wide"].map(cell);
  const canvas = el("canvas", { "aria-hidden": "true" });
  cells[6].append(canvas);
  cells[0].append(el("a", { href: streamPage(stream.id), title: stream.id }, stream.id));
  const state = el("span", { class: "state" }, el("span", { class: "state-word" }));
  cells[1].append(state);
  return { element: el("tr", { data: { id: stream.id } }, ...cells), cells, canvas, state };
}

function fill(row, { id }) {
  const stream = feed.streams.get(id);
  if (!stream) return;
  drawAge(row, stream);
  drawRate(row, id);
  const key = JSON.stringify(stream);
  if (row.key !== key) {
    row.key = key;
    fillFacts(row, stream);
  }
  ask(row, stream);
}

function fillFacts({ cells, state }, stream) {
  state.dataset.active = stream.active;
  setText(state.firstChild, stream.active ? "Active" : "Not active");
  const learning = stream.warmup_left > 0 && stream.last_score === null;
  cells[2].replaceChildren(learning ? el("span", { class: "muted" }, `Learning, ${format.count(stream.warmup_left)} to go`) : scored(stream.last_score));
  setText(cells[3], format.withUnit(format.brief(stream.last_value), stream.unit));
  setText(cells[7], format.count(stream.count));
  setText(cells[8], format.count(stream.anomalies));
  setText(cells[9], format.detector(stream.detector));
  cells[10].replaceChildren(...(stream.tags ?? []).flatMap((tag) => [el("span", { class: "tag" }, tag), " "]));
}

function scored(score) {
  const name = level(score)?.name;
  return el("span", { class: name ? "severity" : "severity muted" }, ...(name ? [mark(name)] : []), `${word(score)} ${format.score(score)}`);
}

function drawAge({ cells }, stream) {
  setText(cells[4], format.age(stream.last_timestamp, Date.now()));
}

/** Observations an hour, from the step of what was last asked for. */
function drawRate({ cells }, id) {
  const step = minis.get(id)?.found?.header.step_us;
  setText(cells[5], step ? perTime(1e6 / step) : "–");
}

function perTime(perSecond) {
  const [unit, name] = [[1, "s"], [60, "min"], [3_600, "h"], [86_400, "d"]].find(([one]) => perSecond * one >= 0.95) ?? [86_400, "d"];
  return `${format.brief(Number((perSecond * unit).toPrecision(2)))} / ${name}`;
}

function ask(row, stream) {
  const kept = minis.get(stream.id);
  if (kept?.found) drawDay(row.canvas, kept.found);
  const isOld = !kept || (kept.count !== stream.count && performance.now() - kept.at > AGAIN_MS);
  if (!isOld || stream.last_timestamp === null) return;
  minis.set(stream.id, { ...kept, at: performance.now(), count: stream.count });
  waiting.push(stream);
  next();
}

/** A day of a stream: its course, and a tick where something was flagged. */
const drawDay = (canvas, found) => drawMini(canvas, found, { size: 0.6, line: 1, ticks: true });

async function next() {
  if (running >= AT_ONCE || waiting.length === 0) return;
  const { id, last_timestamp: last } = waiting.shift();
  running += 1;
  try {
    const to = Date.parse(last) * 1e3 + 1_000;
    const found = await getWindow(id, { from: to - DAY, to, px: 120, limit: 0, votes: false });
    minis.set(id, { ...minis.get(id), found });
    const row = rows.rows.get(id);
    if (row) {
      drawDay(row.canvas, found);
      drawRate(row, id);
    }
  } catch {
    minis.delete(id);
  }
  running -= 1;
  next();
}

function found() {
  const wanted = filter.value.trim().toLowerCase();
  const fits = ({ id, tags }) => id.toLowerCase().includes(wanted) || (tags ?? []).some((tag) => tag.toLowerCase().includes(wanted));
  return [...feed.streams.values()].filter(fits).sort((a, b) => b.active - a.active || order.compare(a.id, b.id));
}

let listed = "";

function draw() {
  const shown = found();
  const all = feed.streams.size;
  const active = [...feed.streams.values()].filter((stream) => stream.active).length;
  setText(byId("meta"), all === 0 ? "None yet." : `${format.count(all)} kept, ${format.count(active)} with a client that is sending.`);
  byId("list").hidden = all === 0;
  byId("empty").hidden = !(isNew || (all === 0 && feed.heard));
  byId("new").hidden = all === 0;
  setText(byId("shown"), filter.value.trim() ? `${format.count(shown.length)} found` : "");
  byId("none").hidden = shown.length > 0;
  setText(byId("none"), `No stream has “${filter.value.trim()}” in its name or tags.`);
  const key = shown.map((stream) => stream.id).join("\n");
  if (key !== listed) rows.show(shown);
  else rows.refill();
  listed = key;
  root.dataset.streams = all;
  root.dataset.shown = shown.length;
  if (feed.heard) root.dataset.ready = "1";
}

const redraw = oncePerFrame(draw);

filter.addEventListener("input", debounced(redraw, 80));
byId("new").addEventListener("click", () => {
  isNew = !isNew;
  byId("new").setAttribute("aria-expanded", String(isNew));
  redraw();
});
onKey("/", "Find a stream", () => filter.focus(), { shown: "/" });
addEventListener("connectionlost", () => feed.lost());
addEventListener("themechange", redraw);
addEventListener("resize", redraw);
setInterval(() => document.hidden || redraw(), 1_000);
connect("/live/streams", (message) => {
  feed.take(message);
  describe(feed.words());
  redraw();
});

// The page of one stream.

import { AnomalyTable } from "./anomaly_table.js";
import { getJson, streamPath } from "./api.js";
import { Chart } from "./chart.js";
import { address, byId, root } from "./dom.js";
import { listen } from "./feed.js";
import { oncePerFrame } from "./frame.js";
import { Holding } from "./holding.js";
import { Inspector } from "./inspector.js";
import { listKey, onKey } from "./keys.js";
import { labelKeys, onLabelled } from "./label.js";
import { drawLegend } from "./legend.js";
import { describe, showProblem } from "./live.js";
import { home, Range } from "./range.js";
import { drawControls, drawEmpty, expose, rememberView } from "./stream_controls.js";
import { drawAge, drawHeader } from "./stream_header.js";
import { Labelling } from "./stream_labels.js";
import { Picking } from "./stream_picking.js";
import { StreamWindows } from "./stream_windows.js";

const EVERY_MS = 1_000;
const WHOLE_EVERY_MS = 15_000;
const COUNTED_MS = 2_000;

const id = root.dataset.client;
const given = new URLSearchParams(location.search);
const page = {
  id,
  held: new Holding(),
  range: new Range(),
  summary: null,
  anomalies: [], // in view, oldest first
  marks: [],
  labels: [],
  all: [], // of the whole stream, the newest 1,000
  selected: null,
  span: null,
  unit: null,
  flagged: 0,
  cut: false,
  hidden: new Set((given.get("hide") ?? "").split(",").filter(Boolean)),
  labelling: false,
};
const { held, range } = page;
page.windows = new StreamWindows(page, given);
page.picking = new Picking(page, given);
const { windows, picking } = page;
const labelling = new Labelling(page);
Object.assign(page, {
  moved,
  reset,
  redraw: oncePerFrame(draw),
  found: () => picking.found(),
  picked: (one) => picking.picked(one),
  go: (forward) => picking.go(forward),
  say: (word) => labelling.say(word),
  drop: () => labelling.drop(),
  marked: (from, to) => labelling.marked(from, to),
});
page.chart = new Chart(page);
page.inspector = new Inspector(page);
const { chart } = page;
const table = new AnomalyTable(page);
let comparison = null; // is fetched once somebody asks for it

// --- what is shown ---------------------------------------------------------------------------

function draw() {
  keepUp();
  if (windows.isOutside() || held.stale) windows.soon();
  split();
  chart.draw();
  table.draw();
  page.inspector.draw();
  drawHeader({ ...page, ongoing: ongoing() });
  drawControls(page);
  drawEmpty(page);
  comparison?.draw();
  rememberView(page);
  expose(page);
}

/** Tells the range where the stream ends, which is beyond what is held once one looks at the past. */
function keepUp() {
  const told = [held.newest, (chart.overview?.last_us ?? NaN) - 1, Date.parse(page.summary?.last_timestamp ?? "") * 1e3];
  const newest = windows.atNewest && held.n > 0 ? held.newest : Math.max(...told.filter((us) => !Number.isNaN(us)));
  range.update(chart.overview?.first_us ?? held.time_us[0], Number.isFinite(newest) ? newest : NaN, held.step);
}

/** Puts what is known of the anomalies in view in order. */
function split() {
  const { from, to } = range;
  page.anomalies = windows.anomalies.filter((one) => one.from_us < to && one.to_us > from);
  page.labels = windows.labels.filter((one) => Date.parse(one.from) * 1e3 < to && Date.parse(one.to) * 1e3 > from);
  page.marks = [...untold(from, to), ...page.anomalies];
  page.selected = page.selected && (picking.find(page.selected.seq) ?? page.selected);
}

/** Marks for flagged columns that are older than the anomalies that are told. */
function untold(from, to) {
  if (!page.cut) return [];
  const before = windows.anomalies[0]?.from_us ?? Infinity;
  const [low, high] = held.bounds(from, to);
  const found = [];
  for (let i = low; i < high && held.end_us[i] < before; i += 1) {
    if (held.anomalies[i] === 0) continue;
    const middle = (held.time_us[i] + held.end_us[i]) / 2;
    found.push({ peak_us: middle, from_us: held.time_us[i], to_us: held.end_us[i], score: held.peak[i], value: held.max[i], many: held.anomalies[i], label: null });
  }
  return found;
}

function ongoing() {
  const last = page.all.at(-1);
  return last?.ongoing && last.label?.label !== "false_alarm" ? last : null;
}

// --- what people do --------------------------------------------------------------------------

function moved() {
  keepUp();
  page.redraw();
}

function reset() {
  range.follow(home(range, held.step));
  picking.select(null);
  moved();
}

function toggleTable() {
  const panel = byId("chart-panel");
  const charted = panel.classList.toggle("charted");
  panel.hidden = !charted;
  byId("table-button").setAttribute("aria-pressed", String(!charted));
  if (!charted) byId("anomalies").focus();
  page.redraw();
}

function toggleFollow() {
  if (range.following) range.pause();
  else {
    range.follow();
    page.selected = null;
  }
  moved();
}

function zoom(factor) {
  range.scale(factor, page.selected?.peak_us);
  moved();
}

function pan(forward) {
  range.pan(forward / 4);
  moved();
}

async function compare() {
  const { Comparison } = await import("./comparison.js");
  comparison ??= new Comparison(page);
  comparison.toggle();
}

byId("compare").addEventListener("click", compare);
byId("follow").addEventListener("click", toggleFollow);
byId("missed").addEventListener("click", () => labelling.toggle());
byId("table-button").addEventListener("click", toggleTable);
onKey(" ", "Follow live, or pause", toggleFollow, { shown: "Space" });
onKey("j", "Next anomaly", () => picking.go(1));
onKey("k", "Previous anomaly", () => picking.go(-1));
labelKeys((word) => labelling.say(word));
onKey("l", "Mark a missed anomaly: drag, or arrows and Enter twice", () => labelling.toggle());
onKey("t", "Table instead of charts", toggleTable);
onKey("+", "Zoom in", () => zoom(0.5), { shown: "+" });
onKey("=", "", () => zoom(0.5));
onKey("-", "Zoom out", () => zoom(2), { shown: "−" });
onKey("0", "Back to the newest", reset, { shown: "0" });
onKey("shift+ArrowLeft", "Move back in time", () => pan(-1), { shown: "Shift ←" });
onKey("shift+ArrowRight", "Move on in time", () => pan(1), { shown: "Shift →" });
listKey("← →", "Read points in the focused chart");
drawLegend(byId("legend"), { key: "hidden.stream", hidden: page.hidden, changed: page.redraw });
onLabelled((stream) => {
  if (stream !== id) return;
  windows.whole();
  windows.view();
  comparison?.outdate();
});

// --- what comes ------------------------------------------------------------------------------

let seen = null;

function count() {
  const now = performance.now();
  if (seen !== null && now - seen.at <= COUNTED_MS) return;
  const per = seen && held.seq >= seen.seq ? ((held.seq - seen.seq) / (now - seen.at)) * 1e3 : 0;
  seen = { at: now, seq: held.seq };
  describe(per >= 0.05 ? `Live, ${per >= 10 ? Math.round(per).toLocaleString("en") : per.toFixed(1)} points/s` : "Live");
}

function receive(columns) {
  const isFirst = held.n === 0 || held.header === null;
  const flagged = held.append(columns);
  if (isFirst) windows.view();
  if (flagged || held.stale) windows.viewSoon();
  if (flagged) windows.wholeSoon();
  page.redraw();
}

function start() {
  listen(id, {
    seq: () => held.seq,
    points: receive,
    missed: () => {
      held.stale = true;
      windows.viewSoon();
      windows.wholeSoon();
    },
    status: (stream) => {
      const isNew = page.summary === null;
      learn(stream);
      if (stream.count > held.seq && held.n === 0 && !isNew) windows.view();
      page.redraw();
    },
  });
}

function learn(summary) {
  page.summary = summary;
  page.unit = summary.unit ?? null;
}

setInterval(() => {
  if (document.hidden) return;
  count();
  drawAge(held, page.summary);
  if (range.following && held.n > 0) page.redraw();
}, EVERY_MS);
setInterval(() => !document.hidden && held.n > 0 && windows.wholeSoon(), WHOLE_EVERY_MS);

async function load() {
  try {
    learn(await getJson(streamPath(id)));
  } catch (error) {
    showProblem(error.message, load);
  }
  await windows.view();
  start();
  if (given.get("view") === "table") toggleTable();
  page.redraw();
}

/** A stream that a simulation plays is called as it is. */
if (id.startsWith("simulation_")) import("./simulation.js").then(({ control }) => control(page), () => {});
byId("data-csv").href = address(`${streamPath(id)}/observations?format=csv`);
byId("labels-csv").href = address(`${streamPath(id)}/labels?format=csv`);
load();

// The page of one stream.

import { AnomalyTable } from "./anomaly_table.js";
import { getJson, getWindow, streamPath } from "./api.js";
import { Chart } from "./chart.js";
import { address, byId, debounced, root, search, setText, throttled } from "./dom.js";
import { listen } from "./feed.js";
import { oncePerFrame } from "./frame.js";
import { Holding } from "./holding.js";
import { Inspector } from "./inspector.js";
import { listKey, onKey } from "./keys.js";
import { label, labelKeys, onLabelled } from "./label.js";
import { drawLegend } from "./legend.js";
import { describe, showProblem } from "./live.js";
import { Range, offered, spanName } from "./range.js";
import { drawAge, drawHeader } from "./stream_header.js";
import { toast } from "./toast.js";

const MARGIN = 0.5; // of the view, on either side, is asked for with it
const WHOLE_MS = 4_000;

const id = root.dataset.client;
const held = new Holding();
const range = new Range();
const given = new URLSearchParams(location.search);
const page = {
  id,
  held,
  range,
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
  moved,
  reset,
  picked,
  marked,
  go,
  say,
  drop,
};
const chart = new Chart(page);
const table = new AnomalyTable(page);
const inspector = new Inspector(page);
let summary = null;
let atNewest = true; // what is held reaches to the newest observation
let wanted = given.get("anomaly") ? Number(given.get("anomaly")) : null;
let asking = null; // aborts the request that a newer one replaces
let spans = [];

// --- what is shown ---------------------------------------------------------------------------

function draw() {
  keepUp();
  if (isOutside() || held.stale) fetchSoon();
  split();
  chart.draw();
  table.draw();
  inspector.draw();
  drawHeader({ summary, held, ongoing: ongoing() });
  drawControls();
  drawEmpty();
  rememberView();
  expose();
}

/** Tells the range where the stream ends, which is beyond what is held once one looks at the past. */
function keepUp() {
  const told = [held.newest, (overview()?.last_us ?? NaN) - 1, Date.parse(summary?.last_timestamp ?? "") * 1e3];
  const newest = atNewest && held.n > 0 ? held.newest : Math.max(...told.filter((us) => !Number.isNaN(us)));
  range.update(overview()?.first_us ?? held.time_us[0], Number.isFinite(newest) ? newest : NaN, held.step);
}

const redraw = oncePerFrame(draw);
const overview = () => chart.overview;

/** Puts what is known of the anomalies in view in order. */
function split() {
  const { from, to } = range;
  page.anomalies = view.anomalies.filter((one) => one.from_us < to && one.to_us > from);
  page.labels = view.labels.filter((one) => Date.parse(one.from) * 1e3 < to && Date.parse(one.to) * 1e3 > from);
  page.marks = [...untold(from, to), ...page.anomalies];
  page.selected = page.selected && (find(page.selected.seq) ?? page.selected);
}

const view = { anomalies: [], labels: [], flagged: 0, cut: false };
const find = (seq) => view.anomalies.find((one) => one.seq === seq) ?? page.all.find((one) => one.seq === seq);

/** Marks for flagged columns that are older than the anomalies that are told. */
function untold(from, to) {
  if (!page.cut) return [];
  const before = view.anomalies[0]?.from_us ?? Infinity;
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

function drawControls() {
  const follow = byId("follow");
  follow.setAttribute("aria-pressed", String(range.following));
  setText(byId("follow-text"), range.following ? "Following live" : "Paused, jump to now");
  byId("missed").setAttribute("aria-pressed", String(page.labelling));
  byId("tracks").classList.toggle("labelling", page.labelling);
  const choices = offered(held.step);
  if (choices.join() !== spans.join()) drawSpans(choices);
  for (const button of byId("spans").children) {
    const seconds = button.dataset.span === "all" ? null : Number(button.dataset.span);
    const current = range.following ? (range.span === null ? null : range.span / 1e6) : undefined;
    button.setAttribute("aria-pressed", String(seconds === current));
  }
}

function drawSpans(choices) {
  spans = choices;
  const button = (text, span) => {
    const one = document.createElement("button");
    one.type = "button";
    one.textContent = text;
    one.dataset.span = span ?? "all";
    one.addEventListener("click", () => {
      range.follow(span);
      moved();
    });
    return one;
  };
  byId("spans").replaceChildren(...choices.map((span) => button(spanName(span), span)), button("All", null));
}

function drawEmpty() {
  const none = summary !== null && held.n === 0 && summary.count === 0;
  byId("start").hidden = !none;
  byId("cols").hidden = none;
}

/** The address holds the view, so that a copied link shows the same. */
function rememberView() {
  const query = range.following
    ? { span: range.span === null ? (home() === null ? null : "all") : range.span / 1e6 === home() ? null : range.span / 1e6 }
    : { from: Math.round(range.from), to: Math.round(range.to) };
  if (page.selected) query.anomaly = page.selected.seq;
  if (page.hidden.size > 0) query.hide = [...page.hidden].join(",");
  if (!byId("chart-panel").classList.contains("charted")) query.view = "table";
  next = search(query);
  if (next !== location.search) replaceAddress();
}

let next = location.search;
const replaceAddress = throttled(() => history.replaceState(null, "", location.pathname + next), 250);

/** The span that a stream opens with, in seconds; null is all of one that is shorter. */
function home() {
  const choices = offered(held.step);
  const span = choices[1] ?? choices[0];
  return range.newest - range.first < span * 1e6 ? null : span;
}

function expose() {
  const { dataset } = root;
  dataset.points = Math.max(held.seq, summary?.count ?? 0);
  dataset.anomalies = page.flagged;
  dataset.inView = page.anomalies.length;
  dataset.following = range.following;
  dataset.from = range.from;
  dataset.to = range.to;
  dataset.selected = page.selected?.seq ?? "";
  if (summary !== null && (overview() || held.n === 0)) dataset.ready = "1";
}

// --- what is asked for -----------------------------------------------------------------------

/** Whether the view leaves what is held, or is so much closer that finer columns are wanted. */
function isOutside() {
  if (held.header === null || held.n === 0) return false;
  const { from_us: from, to_us: to, rows, n } = held.header;
  const begins = range.from >= from || from <= (overview()?.first_us ?? -Infinity);
  const ends = range.to <= to || atNewest;
  const fine = rows === n || (to - from) / range.width < 4;
  return !(begins && ends && fine);
}

async function fetchView() {
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  const first = overview() === undefined && held.header === null;
  const asked = first ? {} : bounds();
  try {
    const found = await getWindow(id, { ...asked, px: chart.pixels * 2, limit: 500 }, signal);
    take(found, first);
  } catch (error) {
    if (error.name === "AbortError") return;
    showProblem(`The chart cannot be loaded. ${error.message}`, fetchView);
    return;
  }
  showProblem("");
  redraw();
}

/** The view with a margin, no further than the stream reaches. */
function bounds() {
  const margin = range.width * MARGIN;
  const to = range.to + margin;
  atNewest = to >= range.newest;
  return { from: Math.floor(range.from - margin), to: atNewest ? undefined : Math.ceil(to) };
}

function take(found, first) {
  const { header } = found;
  held.load(found);
  Object.assign(view, { anomalies: header.anomalies, labels: header.labels });
  page.flagged = header.flagged;
  page.cut = header.anomalies_cut;
  if (first) begin(header);
}

/** Goes to the view that the address asks for, once the stream's step is known. */
function begin(header) {
  if (header.n === 0) return;
  const span = given.get("span");
  range.update(header.from_us, held.newest, held.step);
  const seconds = span === "all" ? null : Number(span) > 0 ? Number(span) : home();
  range.span = seconds === null ? null : seconds * 1e6;
  const [from, to] = [Number(given.get("from")), Number(given.get("to"))];
  if (given.has("from") && to > from) range.zoom(from, to);
  range.update(header.from_us, held.newest, held.step);
  fetchWhole();
  fetchView();
}

const fetchSoon = debounced(fetchView, 60);

async function fetchWhole() {
  try {
    const found = await getWindow(id, { px: chart.pixels, limit: 1_000, votes: false });
    const whole = new Holding();
    whole.load(found);
    page.all = found.header.anomalies;
    chart.drawWhole({ first_us: found.header.from_us, last_us: Math.max(found.header.to_us, found.header.from_us + 1_000), held: whole, anomalies: page.all });
    setText(byId("nav-span"), spanWords(found.header));
    if (wanted !== null) choose();
  } catch (error) {
    showProblem(`The overview of the stream cannot be loaded. ${error.message}`, fetchWhole);
    return;
  }
  redraw();
}

const spanWords = ({ from_us: from, to_us: to }) => `${durationWords((to - from) / 1e6)}`;
const durationWords = (seconds) => {
  const unit = [[31_557_600, "year"], [86_400, "day"], [3_600, "hour"], [60, "minute"], [1, "second"]].find(([one]) => seconds >= one * 1.5) ?? [1, "second"];
  const n = Math.max(1, Math.round(seconds / unit[0]));
  return `${n} ${unit[1]}${n === 1 ? "" : "s"}`;
};

function choose() {
  const one = find(wanted) ?? page.all.find((other) => other.seq <= wanted && other.last_seq >= wanted);
  wanted = null;
  if (one) select(one, { show: !given.has("from") });
}

const wholeSoon = throttled(fetchWhole, WHOLE_MS);
const viewSoon = throttled(fetchView, 1_000);

// --- what people do --------------------------------------------------------------------------

function moved() {
  keepUp();
  redraw();
}

function reset() {
  range.follow(home());
  select(null);
  moved();
}

function select(one, { show = true } = {}) {
  page.selected = one;
  page.span = null;
  chart.marking = null;
  if (one && show && (one.from_us >= range.to || one.to_us <= range.from)) {
    const middle = (Math.max(one.from_us, one.peak_us - range.width / 3) + one.peak_us) / 2;
    const half = Math.max(range.width, (one.to_us - one.from_us) * 1.4) / 2;
    range.zoom(middle - half, middle + half);
  } else if (one) range.pause();
  redraw();
}

function picked(one) {
  select(one);
  const row = byId("rows").querySelector(`[data-seq="${one.seq}"]`);
  row?.scrollIntoView({ block: "nearest" });
}

/** Steps to the next anomaly in time, over the whole stream; the first step is to the newest in view. */
function go(forward) {
  const list = page.all.length > 0 ? page.all : page.anomalies;
  if (list.length === 0) {
    toast("This stream has no anomaly.");
    return;
  }
  const at = page.selected ? list.findIndex((one) => one.seq === page.selected.seq) : -1;
  const near = page.anomalies.at(-1);
  const start = near ? list.findIndex((one) => one.seq === near.seq) : list.length - 1;
  const next = at < 0 ? Math.max(0, start) : at + forward;
  if (next < 0 || next >= list.length) {
    toast(forward > 0 ? "This is the newest anomaly." : "This is the oldest anomaly that is listed.");
    return;
  }
  select(list[next]);
  speakSelected();
}

function speakSelected() {
  const one = page.selected;
  byId("say").textContent = `Anomaly ${one.seq}, score ${one.score.toFixed(2)}`;
}

async function say(word) {
  const { selected, span } = page;
  if (!selected && !span) {
    toast("Pick an anomaly first.");
    return;
  }
  const asked = span
    ? { from: span[0], to: span[1], what: "The span" }
    : { from: selected.from_us, to: selected.to_us, former: selected.label, what: `Anomaly ${selected.seq}` };
  const before = selected?.label ?? null;
  if (selected) selected.label = { label: word, note: inspector.note.value, who: "", created: new Date().toISOString(), from: "", to: "" };
  try {
    await label(id, { ...asked, word, note: inspector.note.value.trim() });
  } catch {
    if (selected) selected.label = before;
    redraw();
    return;
  }
  if (span) leaveLabelling();
  else advance(selected);
}

/** Selects the next one without a label: an older one first, as the newest is seen first. */
function advance(from) {
  const open = page.all.filter((one) => one.label === null && one.seq !== from.seq);
  const next = open.filter((one) => one.seq < from.seq).at(-1) ?? open[0];
  if (next) select(next);
  redraw();
}

function leaveLabelling() {
  page.labelling = false;
  drop();
}

function drop() {
  page.span = null;
  chart.marking = null;
  redraw();
}

function marked(from, to) {
  page.span = [Math.round(from), Math.round(to)];
  chart.marking = page.span;
  page.selected = null;
  redraw();
}

function toggleLabelling() {
  page.labelling = !page.labelling;
  if (!page.labelling) drop();
  byId("say").textContent = page.labelling ? "Label mode: drag over what was missed, or move with arrows and press Enter twice." : "Label mode is off.";
  if (page.labelling) range.pause();
  redraw();
}

function toggleTable() {
  const panel = byId("chart-panel");
  const charted = panel.classList.toggle("charted");
  panel.hidden = !charted;
  byId("table-button").setAttribute("aria-pressed", String(!charted));
  if (!charted) byId("anomalies").focus();
  redraw();
}

function toggleFollow() {
  if (range.following) range.pause();
  else {
    range.follow();
    page.selected = null;
  }
  moved();
}

byId("follow").addEventListener("click", toggleFollow);
byId("missed").addEventListener("click", toggleLabelling);
byId("table-button").addEventListener("click", toggleTable);
onKey(" ", "Follow live, or pause", toggleFollow, { shown: "Space" });
onKey("j", "Next anomaly", () => go(1));
onKey("k", "Previous anomaly", () => go(-1));
labelKeys(say);
onKey("l", "Mark a missed anomaly: drag, or arrows and Enter twice", toggleLabelling);
onKey("t", "Table instead of charts", toggleTable);
onKey("+", "Zoom in", () => zoom(0.5), { shown: "+" });
onKey("=", "", () => zoom(0.5));
onKey("-", "Zoom out", () => zoom(2), { shown: "−" });
onKey("0", "Back to the newest", reset, { shown: "0" });
onKey("shift+ArrowLeft", "Move back in time", () => pan(-1), { shown: "Shift ←" });
onKey("shift+ArrowRight", "Move on in time", () => pan(1), { shown: "Shift →" });
listKey("← →", "Read points in the focused chart");

function zoom(factor) {
  range.scale(factor, page.selected?.peak_us);
  moved();
}

function pan(forward) {
  range.pan(forward / 4);
  moved();
}

drawLegend(byId("legend"), { key: "hidden.stream", hidden: page.hidden, changed: redraw });
onLabelled((stream) => {
  if (stream !== id) return;
  fetchWhole();
  fetchView();
});

// --- what comes ------------------------------------------------------------------------------

let seen = null;

function count() {
  const now = performance.now();
  if (seen === null || now - seen.at > 2_000) {
    const per = seen && held.seq >= seen.seq ? ((held.seq - seen.seq) / (now - seen.at)) * 1e3 : 0;
    seen = { at: now, seq: held.seq };
    describe(per >= 0.05 ? `Live, ${per >= 10 ? Math.round(per).toLocaleString("en") : per.toFixed(1)} points/s` : "Live");
  }
}

function start() {
  listen(id, {
    seq: () => held.seq,
    points: (columns) => {
      const wasEmpty = held.n === 0;
      const flagged = held.append(columns);
      if (wasEmpty || held.header === null) fetchView();
      if (flagged || held.stale) viewSoon();
      if (flagged) wholeSoon();
      redraw();
    },
    missed: () => {
      held.stale = true;
      viewSoon();
      wholeSoon();
    },
    status: (stream) => {
      const isNew = summary === null;
      summary = stream;
      page.unit = stream.unit ?? null;
      if (stream.count > held.seq && held.n === 0 && !isNew) fetchView();
      redraw();
    },
  });
}

setInterval(() => {
  if (document.hidden) return;
  count();
  drawAge(held, summary);
  if (range.following && held.n > 0) redraw();
}, 1_000);
setInterval(() => !document.hidden && held.n > 0 && wholeSoon(), 15_000);

async function load() {
  try {
    summary = await getJson(streamPath(id));
    page.unit = summary.unit ?? null;
  } catch (error) {
    showProblem(error.message, load);
  }
  await fetchView();
  start();
  if (given.get("view") === "table") toggleTable();
  redraw();
}

byId("data-csv").href = address(`${streamPath(id)}/observations?format=csv`);
byId("labels-csv").href = address(`${streamPath(id)}/labels?format=csv`);
load();

// The overview: what needs a look, the timeline of all streams, what waits for a label.

import { getJson } from "./api.js";
import { byId, el, root, setText, streamPage, throttled } from "./dom.js";
import * as format from "./format.js";
import { oncePerFrame } from "./frame.js";
import { drawHeadline } from "./headline.js";
import { listKey, onKey } from "./keys.js";
import { onLabelled } from "./label.js";
import { drawLegend, recallHidden } from "./legend.js";
import { connect, describe, showProblem } from "./live.js";
import { Queue } from "./queue.js";
import { common, level, mark, word } from "./severity.js";
import { StreamsFeed } from "./streams_feed.js";
import { recall, remember } from "./storage.js";
import { Timeline } from "./timeline.js";

const EVERY_MS = 5_000;
const BUCKETS = 96;

const feed = new StreamsFeed();
const chosen = recallHidden("hidden.overview");
const page = { timeline: null, streams: feed.streams, hidden: chosen ?? new Set(), order };
const timeline = new Timeline(page);
const queue = new Queue(page);
const sort = byId("sort");
const collator = new Intl.Collator("en", { numeric: true });
let span = Number(recall("span")) || 86_400;
let isTable = false;

const SORTS = {
  worst: (a, b) => (b.ongoing?.score ?? -1) - (a.ongoing?.score ?? -1) || (b.worst ?? -1) - (a.worst ?? -1) || collator.compare(a.id, b.id),
  name: (a, b) => collator.compare(a.id, b.id),
  recent: (a, b) => (b.newest_anomaly_us ?? -Infinity) - (a.newest_anomaly_us ?? -Infinity) || collator.compare(a.id, b.id),
};

function order(lanes) {
  return [...lanes].sort(SORTS[sort.value]);
}

function chose() {
  if (page.timeline) for (const one of [page.timeline, ...page.timeline.lanes]) one.common.clear(); // what is chosen holds for all
  redraw();
}

const redraw = oncePerFrame(() => {
  drawFacts();
  drawHeads();
  if (isTable) drawTable();
  else timeline.draw();
  queue.redraw();
  expose();
});

function drawHeads() {
  const all = feed.streams.size;
  const learning = [...feed.streams.values()].filter((stream) => stream.warmup_left > 0).length;
  byId("empty").hidden = all > 0 || !feed.heard;
  byId("cols").hidden = byId("facts").hidden = all === 0 || !page.timeline; // at once, so that nothing moves
  if (page.timeline && feed.heard) drawHeadline({ timeline: page.timeline, all, learning });
}

function drawFacts() {
  const told = page.timeline;
  if (!told) return;
  setText(byId("fact-label"), format.count(told.to_label));
  setText(byId("fact-real"), format.count(told.real));
  const falseAlarms = el("small", {}, `of ${format.count(told.labelled)}`);
  byId("fact-false").replaceChildren(format.count(told.false_alarms), " ", falseAlarms);
  const delay = told.delay_p95_ms;
  byId("fact-delay").replaceChildren(...(delay === null ? ["–"] : [format.brief(delay), " ", el("small", {}, "ms")]));
}

function drawTable() {
  const rows = order(page.timeline?.lanes ?? []).map((lane) => {
    const stream = feed.streams.get(lane.id);
    const worst = lane.worst ?? NaN;
    const name = level(worst)?.name;
    const last = lane.newest_anomaly_us;
    return el(
      "tr",
      {},
      el("td", {}, el("a", { href: streamPage(lane.id) }, lane.id)),
      el("td", {}, el("span", { class: "severity" }, ...(name ? [mark(name)] : []), word(worst))),
      el("td", { class: "n" }, format.score(worst)),
      el("td", { class: "n" }, format.count(lane.flagged.reduce((sum, n) => sum + n, 0))),
      el("td", { class: "n" }, format.count(lane.to_label)),
      el("td", {}, last === null ? "–" : format.time(Math.floor(last / 1e6))),
      el("td", { class: "n" }, format.withUnit(format.brief(stream?.last_value), stream?.unit)),
    );
  });
  byId("table-rows").replaceChildren(...rows);
}

/**
 * Where nobody chose, levels that a large part of the buckets reach are idle ticks: they say nothing.
 * So in all lanes, or only in those of a stream whose detector wavers.
 */
function calmDown() {
  const isChosen = recallHidden("hidden.overview") !== null;
  const { lanes, all } = page.timeline;
  page.timeline.common = isChosen ? new Set() : common(all);
  for (const lane of lanes) lane.common = isChosen ? new Set() : common(lane.peaks);
  if (isChosen) return;
  page.hidden.clear();
  for (const name of common(lanes.flatMap((lane) => lane.peaks))) page.hidden.add(name);
  paintLegend();
}


function expose() {
  const { dataset } = root;
  dataset.streams = feed.streams.size;
  dataset.lanes = page.timeline?.lanes.length ?? 0;
  dataset.toLabel = page.timeline?.to_label ?? "";
  if (feed.heard && page.timeline && queued) dataset.ready = "1";
}

let asking = false;
let again = false; // somebody asked meanwhile, and what comes may be older than that
let queued = false;

async function fetchAll() {
  again = asking;
  if (asking || document.hidden) return;
  asking = true;
  try {
    page.timeline = await whole();
    queue.show(await getJson("/anomalies/unlabelled", { span, buckets: BUCKETS, limit: 20 }));
    queued = true;
    calmDown();
    showProblem("");
  } catch (error) {
    const lost = root.dataset.connection === "lost"; // the bar says so already; the last view stays
    if (!lost || !page.timeline) showProblem(`Cannot load the timeline. ${error.message}`, fetchAll);
  }
  asking = false;
  redraw();
  if (again) fetchSoon();
  again = false;
}

/** The timeline with the lanes of all its pages. */
async function whole() {
  const told = await getJson("/timeline", { span, buckets: BUCKETS, limit: 1_000 });
  for (let { next } = told; next; ) {
    const more = await getJson("/timeline", { span, buckets: BUCKETS, limit: 1_000, after: next });
    told.lanes.push(...more.lanes);
    ({ next } = more);
  }
  return told;
}

const fetchSoon = throttled(fetchAll, 1_500);

function receive(message) {
  const loud = feed.take(message);
  describe(feed.words());
  if (loud || feed.streams.size !== (page.timeline?.lanes.length ?? 0)) fetchSoon();
  if (!isTable) timeline.drawValues();
  redrawHeads();
}

const redrawHeads = oncePerFrame(() => {
  drawHeads();
  expose();
});

function toggleTable() {
  isTable = !isTable;
  byId("scroller").hidden = isTable;
  byId("as-table").hidden = !isTable;
  byId("table-button").setAttribute("aria-pressed", String(isTable));
  redraw();
  byId(isTable ? "as-table" : "scroller").focus({ preventScroll: true });
}

for (const button of byId("spans").children) {
  button.setAttribute("aria-pressed", String(Number(button.dataset.span) === span));
  button.addEventListener("click", () => {
    for (const other of byId("spans").children) other.setAttribute("aria-pressed", String(other === button));
    span = Number(button.dataset.span);
    remember("span", button.dataset.span);
    timeline.forgetSparks();
    fetchAll();
  });
}
const paintLegend = drawLegend(byId("legend"), { key: "hidden.overview", hidden: page.hidden, changed: chose });
sort.addEventListener("change", redraw);
byId("table-button").addEventListener("click", toggleTable);
onKey("t", "Table instead of the timeline", toggleTable);
listKey("← → ↑ ↓", "Move in the focused timeline");
listKey("Enter", "Open the stream at that time");
onLabelled(() => {
  queue.settle();
  fetchAll();
});
addEventListener("themechange", redraw);
addEventListener("connectionlost", () => feed.lost());
addEventListener("connectionback", fetchAll);
document.addEventListener("visibilitychange", () => document.hidden || fetchAll());
document.fonts.ready.then(redraw);
setInterval(fetchAll, EVERY_MS);
connect("/live/streams", receive);
fetchAll();

// The anomaly timeline: a row a stream, a bar a bucket, one cursor for pointer and keys.

import { getWindow } from "./api.js";
import { drawAxis, drawBars } from "./bars.js";
import { byId, el, setText, streamPage } from "./dom.js";
import * as format from "./format.js";
import { drawMini } from "./mini.js";
import { level, mark, word } from "./severity.js";
import { tipRow } from "./tip.js";
import { VirtualRows } from "./virtual.js";

const ROW = 27;
const HOUR = 3.6e9;
const SPARK_MS = 15_000;
const AT_ONCE = 4;
const GROUPED_FROM = 200;
const STEPS = [1, 5, 15, 60, 180, 360, 720, 1_440, 2_880, 7_200, 14_400].map((minutes) => minutes * 6e7);

export class Timeline {
  /** `page` has `timeline`, `streams` (summaries by id), `hidden`, `order(lanes)`. */
  constructor(page) {
    this.page = page;
    this.scroller = byId("scroller");
    this.sparks = new Map();
    this.waiting = [];
    this.running = 0;
    this.open = new Set();
    this.items = [];
    this.cursor = null;
    this.virtual = new VirtualRows({
      scroller: this.scroller,
      body: byId("rows"),
      height: ROW,
      columns: 4,
      pinned: 1,
      key: (item) => item.key,
      make: (item) => this.#make(item),
      fill: (row, item) => this.#fill(row, item),
    });
    this.#listen();
  }

  /** Draws all rows anew. */
  draw() {
    const { timeline } = this.page;
    if (!timeline) return;
    this.items = this.#items();
    this.virtual.show(this.items);
    this.#axis();
    if (this.cursor) this.#place(this.cursor.key, this.cursor.at, false);
  }

  /** Writes only the values that came with the feed. */
  drawValues() {
    for (const item of this.virtual.seen ?? []) if (item.lane) this.#value(this.virtual.rows.get(item.key), item);
  }

  #items() {
    const { timeline, streams, order } = this.page;
    const lanes = order(timeline.lanes);
    const all = { key: "*", peaks: timeline.all, name: "All streams", all: true, common: timeline.common };
    const groups = lanes.length > GROUPED_FROM ? byTag(lanes, streams) : null;
    if (!groups) return [all, ...lanes.map(laneItem)];
    const items = [all];
    for (const [tag, own] of groups) {
      items.push({ key: `# ${tag}`, group: tag, name: tag, count: own.length, peaks: together(own), open: this.open.has(tag) });
      if (this.open.has(tag)) items.push(...own.map(laneItem));
    }
    return items;
  }

  #make(item) {
    const name = el("th", { class: "name", scope: "row" });
    const bars = el("canvas", { role: "img" });
    const spark = el("canvas", { "aria-hidden": "true" });
    const value = el("td", { class: "value" });
    const row = { name, bars, spark, value };
    row.element = el("tr", { class: item.all ? "all" : item.group ? "group" : "" }, name, el("td", { class: "lane" }, bars), el("td", { class: "spark" }, ...(item.lane ? [spark] : [])), value);
    if (item.all) name.append(el("b", {}, "All streams"), el("small", {}, "highest score"));
    else if (item.group) name.append(this.#groupButton(item, row));
    else {
      row.words = el("small", {});
      name.append(el("a", { href: streamPage(item.lane.id), title: item.lane.id }, item.lane.id), " ", row.words);
    }
    return row;
  }

  #groupButton(item, row) {
    row.button = el("button", { class: "link", type: "button" });
    row.button.addEventListener("click", () => {
      const wasOpen = this.open.has(item.group);
      this.open.clear();
      if (!wasOpen) this.open.add(item.group);
      this.draw();
    });
    return row.button;
  }

  #fill(row, item) {
    const { hidden } = this.page;
    row.element.dataset.key = item.key;
    if (item.group) {
      setText(row.button, `${item.name}, ${format.counted(item.count, "stream").toLowerCase()}`);
      row.button.setAttribute("aria-expanded", String(item.open));
    }
    drawBars(row.bars, item.peaks, { hidden: hidden.union(item.common ?? new Set()), grid: this.#grid(), tall: item.all });
    const told = item.peaks.filter((peak) => peak >= 0.2).length;
    const worst = Math.max(0, ...item.peaks.filter((peak) => peak !== null));
    row.bars.setAttribute("aria-label", `${item.name ?? item.lane.id}: ${told} of ${item.peaks.length} intervals stand out, highest score ${format.score(worst)}`);
    if (!item.lane) return;
    this.#value(row, item);
    this.#spark(row, item);
  }

  #value(row, item) {
    const stream = this.page.streams.get(item.lane.id);
    if (!row || !stream) return;
    const key = `${stream.last_value} ${stream.unit ?? ""} ${stream.warmup_left} ${(stream.tags ?? []).join()}`;
    if (row.valueKey === key) return;
    row.valueKey = key;
    const learning = stream.warmup_left > 0 && stream.last_score === null;
    const text = learning ? el("small", { class: "long" }, `learning, ${format.count(stream.warmup_left)} to go`) : format.brief(stream.last_value);
    row.value.replaceChildren(text, ...(stream.unit && !learning ? [" ", el("small", {}, stream.unit)] : []));
    setText(row.words, (stream.tags ?? []).join(", "));
  }

  /** Draws the last stretch of a stream, asked for when its row is first seen and as it goes on. */
  #spark(row, item) {
    const { id } = item.lane;
    const kept = this.sparks.get(id);
    const count = this.page.streams.get(id)?.count ?? 0;
    if (kept?.found) this.#drawSpark(row, item, kept.found);
    const isOld = !kept || (kept.count !== count && performance.now() - kept.at > SPARK_MS);
    if (!isOld || row.spark.clientWidth === 0) return;
    this.sparks.set(id, { ...kept, at: performance.now(), count });
    this.waiting.push({ id, item });
    this.#ask();
  }

  #drawSpark(row, item, found) {
    const one = item.lane.ongoing;
    drawMini(row.spark, found, { mark: one && one.to_us > found.header.from_us ? one : null, size: 0.62 });
  }

  async #ask() {
    if (this.running >= AT_ONCE || this.waiting.length === 0) return;
    const { id, item } = this.waiting.shift();
    this.running += 1;
    try {
      const { to_us: to } = item.lane;
      const last = Date.parse(this.page.streams.get(id)?.last_timestamp ?? "") * 1e3;
      const end = Number.isNaN(last) ? to : last + 1;
      const found = await getWindow(id, { from: end - this.sparkSpan, to: end, px: 60, limit: 0, votes: false });
      this.sparks.set(id, { ...this.sparks.get(id), found });
      const row = this.virtual.rows.get(item.key);
      if (row) this.#drawSpark(row, item, found);
    } catch {
      this.sparks.delete(id); // it is asked for again with the next drawing
    }
    this.running -= 1;
    this.#ask();
  }

  /** The small chart spans the last hour; a twenty-fourth of longer ranges. */
  get sparkSpan() {
    return Math.max(HOUR, (this.page.timeline.span_s * 1e6) / 24);
  }

  forgetSparks() {
    this.sparks.clear();
    this.waiting = [];
  }

  #bucket() {
    const { timeline } = this.page;
    return (timeline.span_s * 1e6) / timeline.buckets;
  }

  /** Buckets at which a line stands: round times where all lanes share them, else round ages. */
  #ticks() {
    const { timeline } = this.page;
    const span = timeline.span_s * 1e6;
    const step = STEPS.find((one) => span / one <= 8) ?? STEPS.at(-1);
    const ticks = [];
    if (timeline.to !== null && timeline.align === "now") {
      const from = Date.parse(timeline.from) * 1e3;
      for (let at = Math.ceil(from / step) * step; at < from + span; at += step) {
        const text = new Date(at / 1e3).toISOString();
        ticks.push([(at - from) / this.#bucket(), step >= 8.64e10 ? text.slice(5, 10) : text.slice(11, 16)]);
      }
    } else {
      for (let age = step; age < span; age += step) ticks.unshift([(span - age) / this.#bucket(), `−${format.duration(age / 1e6)}`]);
    }
    return ticks;
  }

  #grid() {
    return this.#ticks().map(([at]) => at);
  }

  #axis() {
    const { timeline } = this.page;
    drawAxis(byId("axis"), this.#ticks(), timeline.buckets, timeline.align === "now" ? "now" : "newest");
    const bucket = format.duration(this.#bucket() / 1e6);
    const own = timeline.align === "newest" ? " Each row ends at its stream's newest point: these streams tell of the past." : "";
    setText(byId("bucket-note"), `Bar height and colour both show the highest score in each ${bucket}.${own}`);
    setText(byId("lane-title"), `Highest score of each ${bucket}`);
    const spark = this.sparkSpan / 1e6;
    setText(byId("spark-title"), spark === 3_600 ? "Last hour" : `Last ${format.duration(spark)}`);
  }

  // --- cursor ---

  #listen() {
    const { scroller } = this;
    scroller.addEventListener("pointermove", (event) => this.#hover(event));
    scroller.addEventListener("pointerleave", () => this.#hide());
    scroller.addEventListener("blur", () => this.#hide());
    scroller.addEventListener("click", (event) => {
      if (this.#at(event) && !event.target.closest("a, button")) this.#openCell();
    });
    scroller.addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => this.draw()).observe(scroller);
  }

  #at(event) {
    const row = event.target.closest("tr[data-key]");
    if (!row) return null;
    const box = row.querySelector(".lane").getBoundingClientRect();
    const at = Math.floor(((event.clientX - box.left) / box.width) * this.page.timeline.buckets);
    return at < 0 || at >= this.page.timeline.buckets ? null : { key: row.dataset.key, at };
  }

  #hover(event) {
    if (!this.page.timeline) return;
    const place = this.#at(event);
    if (place) this.#place(place.key, place.at, false);
    else this.#hide();
  }

  #hide() {
    this.cursor = null;
    for (const id of ["crosshair", "cell", "tip"]) byId(id).hidden = true;
    for (const row of this.scroller.querySelectorAll("tr.current")) row.classList.remove("current");
  }

  #place(key, at, spoken) {
    const index = this.items.findIndex((item) => item.key === key);
    if (index < 0) return this.#hide();
    const item = this.items[index];
    const row = spoken ? this.virtual.reveal(index) : this.virtual.rows.get(key);
    if (!row) return this.#hide();
    this.cursor = { key, at };
    for (const other of this.scroller.querySelectorAll("tr.current")) if (other !== row.element) other.classList.remove("current");
    if (!item.all) row.element.classList.add("current");
    const [lane, frame] = [row.bars.getBoundingClientRect(), this.scroller.getBoundingClientRect()];
    const top = lane.top - frame.top + this.scroller.scrollTop;
    const width = lane.width / item.peaks.length;
    const left = lane.left - frame.left + at * width;
    const [cross, cell] = [byId("crosshair"), byId("cell")];
    cross.hidden = cell.hidden = false;
    cross.style.left = `${left + width / 2}px`;
    Object.assign(cell.style, { left: `${left - 2.5}px`, top: `${top + 1}px`, width: `${width + 3.5}px`, height: `${lane.height - 2}px` });
    this.#tip(item, at, left, width, top, lane.height);
    if (spoken) byId("say").textContent = `${item.name ?? item.lane.id}, ${this.#when(item, at)}: ${this.#words(item, at)}`;
    return undefined;
  }

  #when(item, at) {
    const { timeline } = this.page;
    const from = item.lane?.from_us ?? (timeline.from ? Date.parse(timeline.from) * 1e3 : null);
    const bucket = this.#bucket();
    if (from === null) return `${format.duration((timeline.buckets - at) * bucket / 1e6)} before the newest`;
    const [a, b] = [from + at * bucket, from + (at + 1) * bucket].map((us) => format.time(us / 1e6));
    return timeline.span_s > 86_400 || a.slice(0, 10) !== b.slice(0, 10) || timeline.align === "newest" ? `${a.slice(0, 16)} to ${b.slice(11, 16)}` : `${a.slice(11, 16)} to ${b.slice(11, 16)}`;
  }

  #words(item, at) {
    const peak = item.peaks[at];
    if (peak === -1) return "no data";
    return peak === null ? "not scored yet" : `${word(peak)}, score ${format.score(peak)}`;
  }

  #tip(item, at, left, width, top, height) {
    const tip = byId("tip");
    const name = level(item.peaks[at] ?? NaN)?.name;
    const flagged = item.lane?.flagged[at] ?? 0;
    const tags = (this.page.streams.get(item.lane?.id)?.tags ?? []).join(", ");
    tip.replaceChildren(
      el("b", {}, item.name ?? item.lane.id, tags ? el("small", {}, ` ${tags}`) : ""),
      tipRow("When", this.#when(item, at)),
      tipRow("Highest", ...(item.peaks[at] >= 0.2 && name ? [mark(name), " "] : []), this.#words(item, at)),
      ...(flagged > 0 ? [tipRow("Flagged", format.counted(flagged, "point").toLowerCase())] : []),
    );
    tip.hidden = false;
    const { clientWidth, clientHeight, scrollTop } = this.scroller;
    const x = left + tip.offsetWidth + width + 14 > clientWidth ? left - tip.offsetWidth - 12 : left + width + 12;
    const below = top + height + 4;
    const y = below + tip.offsetHeight > scrollTop + clientHeight ? top - tip.offsetHeight - 4 : below;
    tip.style.top = "0";
    tip.style.transform = `translate(${Math.max(4, x)}px, ${Math.max(scrollTop, y)}px)`;
  }

  #key(event) {
    if (event.target !== this.scroller || event.ctrlKey || event.metaKey || event.altKey || !this.page.timeline) return;
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (event.key === "Enter" && this.cursor) this.#openCell();
    else if (event.key === "Escape") this.#hide();
    else if (step) {
      const { buckets } = this.page.timeline;
      const row = this.cursor ? this.items.findIndex((item) => item.key === this.cursor.key) : Math.min(1, this.items.length - 1) - step[0];
      const at = this.cursor?.at ?? buckets - 1;
      const next = Math.max(0, Math.min(this.items.length - 1, row + step[0]));
      this.#place(this.items[next].key, Math.max(0, Math.min(buckets - 1, at + step[1])), true);
    } else return;
    event.preventDefault();
  }

  /** Opens the stream at the time of the cell. */
  #openCell() {
    const item = this.items.find((one) => one.key === this.cursor?.key);
    if (item?.group) {
      this.virtual.rows.get(item.key)?.button.click();
      return;
    }
    if (!item?.lane) return;
    const bucket = this.#bucket();
    const from = item.lane.from_us + this.cursor.at * bucket;
    location.href = streamPage(item.lane.id, { from: Math.round(from - bucket), to: Math.round(from + 2 * bucket) });
  }
}

const laneItem = (lane) => ({ key: `= ${lane.id}`, lane, peaks: lane.peaks, common: lane.common });

function byTag(lanes, streams) {
  const groups = new Map();
  for (const lane of lanes) {
    const tag = streams.get(lane.id)?.tags?.[0] ?? "No tag";
    if (!groups.has(tag)) groups.set(tag, []);
    groups.get(tag).push(lane);
  }
  return groups.size > 1 ? groups : null;
}

function together(lanes) {
  return lanes[0].peaks.map((_, at) => {
    const peaks = lanes.map((lane) => lane.peaks[at]);
    const known = peaks.filter((peak) => peak !== null);
    return known.length ? Math.max(...known) : null;
  });
}

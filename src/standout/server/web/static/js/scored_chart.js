// The lanes of a scored series: values with their expected range, scores, and votes where some vote.

import uPlot from "./uplot.js";
import { gutter, timeAxis, tzDate, valueAxis } from "./axes.js";
import { colours } from "./colours.js";
import { byId, el } from "./dom.js";
import * as format from "./format.js";
import * as lanes from "./lanes.js";
import { ALERT, told, word } from "./severity.js";

const RIGHT = 24;
const LINE = { points: { show: false }, spanGaps: false };
const NONE = { stroke: "transparent", points: { show: false } };

export class ScoredChart {
  constructor({ hidden }) {
    this.hidden = hidden;
    this.hosts = { value: byId("value-lane"), score: byId("score-lane"), votes: byId("votes-lane") };
    this.plots = {};
    this.data = [[], [], [], []];
    this.held = { time_us: [], end_us: [], peak: [], voters: [], votes: [], n: 0 };
    this.anomalies = [];
    this.timed = false;
    this.build();
    new ResizeObserver(() => this.fit()).observe(this.hosts.value);
    addEventListener("themechange", () => this.repaint());
    this.hosts.value.addEventListener("keydown", (event) => this.key(event));
    for (const type of ["blur", "pointerleave"]) this.hosts.value.addEventListener(type, () => (byId("tip").hidden = true));
  }

  /** Shows a series: `xs` in seconds or positions, `timed` says which, and the server's answer. */
  show(xs, values, answer, timed) {
    const voters = answer.voters ?? [];
    const isOther = timed !== this.timed || voters.join() !== this.held.voters.join();
    this.timed = timed;
    this.values = values;
    this.answer = answer;
    this.data = [xs, values, answer.lower, answer.upper];
    const us = Float64Array.from(xs, (x) => x * 1e6);
    this.held = { time_us: us, end_us: us, peak: Float64Array.from(answer.score, (x) => x ?? NaN), voters, votes: voters.map((_, bit) => Uint8Array.from(answer.votes, (bits) => (bits >> bit) & 1)), n: xs.length };
    if (isOther) this.build();
    this.anomalies = stretches(xs, values, answer);
    this.at = null;
    this.whole = xs.length ? [xs[0], xs.at(-1) > xs[0] ? xs.at(-1) : xs[0] + 1] : [0, 1];
    this.zoom(this.whole);
    this.describe();
  }

  draw() {
    this.plots.value.batch(() => this.plots.value.setData(this.data));
    const flat = [this.data[0], this.data[0].map(() => null)];
    for (const name of ["score", "votes"]) this.plots[name]?.batch(() => this.plots[name].setData(flat));
  }

  repaint() {
    for (const plot of Object.values(this.plots)) plot.redraw(false, true);
  }

  build() {
    for (const plot of Object.values(this.plots)) plot.destroy();
    this.gutter = gutter();
    const bounds = () => [0, this.held.n];
    const positions = this.timed ? {} : { size: 28, values: (u, splits) => splits.map((x) => (Number.isInteger(x) ? format.count(x) : "")) };
    const labelled = { ...timeAxis(true), ...positions };
    const { length: voting } = this.held.voters;
    const foot = this.timed ? 44 : 28;
    this.hosts.score.style.height = `${92 + (voting ? 0 : foot)}px`;
    this.hosts.votes.style.height = `${voting * 19 + 8 + foot}px`;
    this.hosts.votes.parentNode.hidden = voting === 0;
    this.plots = {
      value: this.plot("value", {
        scales: { y: { range: padded } },
        axes: [timeAxis(false), valueAxis()],
        series: [{}, { ...LINE, stroke: () => colours.trace, width: 1.25 }, { ...LINE, stroke: () => colours["band-edge"], width: 1 }, { ...LINE, stroke: () => colours["band-edge"], width: 1 }],
        bands: [{ series: [3, 2], fill: () => colours.band }],
        draw: [(u) => lanes.drawStretches(u, { data: this.data }, this.anomalies, this.hidden), (u) => lanes.nameBand(u, { data: this.data }), (u) => lanes.drawMarks(u, this.anomalies, null, this.hidden)],
      }),
      score: this.plot("score", {
        scales: { y: { range: [0, 1] } },
        axes: [voting ? timeAxis(false) : labelled, valueAxis({ splits: () => [0, ALERT, 1], values: () => ["0", String(ALERT), "1"] })],
        series: [{}, NONE],
        draw: [(u) => lanes.drawScores(u, this.held, bounds(), this.hidden)],
      }),
    };
    if (voting === 0) return;
    this.plots.votes = this.plot("votes", {
      scales: { y: { range: [0, 1] } },
      axes: [labelled, valueAxis({ splits: () => [], values: () => [], grid: { show: false } })],
      series: [{}, NONE],
      draw: [(u) => lanes.drawVotes(u, this.held, bounds())],
    });
  }

  plot(name, { draw, ...own }) {
    const host = this.hosts[name];
    const hooks = { draw, setSelect: [(u) => this.dragged(u)], setCursor: [(u) => u === this.plots.value && this.tip(u.cursor.idx, u.cursor.left)] };
    return new uPlot(
      {
        width: host.clientWidth,
        height: host.clientHeight,
        padding: [8, RIGHT, 0, 0],
        legend: { show: false },
        tzDate,
        cursor: { sync: { key: "scored", setSeries: false }, y: false, points: { show: false }, drag: { x: true, y: false, setScale: false, dist: 5 }, bind: { dblclick: () => () => this.zoom(this.whole) } },
        ...own,
        hooks,
        scales: { x: { time: this.timed, range: () => this.view ?? [0, 1] }, ...own.scales },
      },
      [[], ...own.series.slice(1).map(() => [])],
      host,
    );
  }

  dragged(u) {
    const { left, width } = u.select;
    if (width === 0) return;
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.zoom([u.posToVal(left, "x"), u.posToVal(left + width, "x")]);
  }

  zoom(view) {
    this.view = view;
    this.hosts.value.dataset.view = view.map(format.brief).join(" to ");
    this.draw();
    return null;
  }

  fit() {
    if (this.gutter !== gutter()) this.build();
    for (const [name, plot] of Object.entries(this.plots)) plot.setSize({ width: this.hosts[name].clientWidth, height: this.hosts[name].clientHeight });
    this.draw();
  }

  /** Shows one value with what is around it, and its tip. */
  focusOn(at) {
    const xs = this.data[0];
    const around = Math.max(20, Math.round(xs.length / 16));
    const [low, high] = [xs[Math.max(0, at - around)], xs[Math.min(xs.length - 1, at + around)]];
    this.zoom([low, high > low ? high : low + 1]);
    requestAnimationFrame(() => this.point(at));
    this.hosts.value.scrollIntoView({ block: "nearest" });
  }

  /** Puts the cursor of all lanes on a value. */
  point(at) {
    this.at = at;
    const x = this.plots.value.valToPos(this.data[0][at], "x");
    this.plots.value.setCursor({ left: x, top: 20 });
    this.tip(at, x);
  }

  /** Shows `share` of what is shown now, around the cursor or the middle; never more than all. */
  closer(share) {
    const [low, high] = this.view;
    const at = this.data[0][this.at];
    const middle = at >= low && at <= high ? at : (low + high) / 2;
    const width = Math.min(this.whole[1] - this.whole[0], (high - low) * share);
    const begin = Math.max(this.whole[0], Math.min(middle - width / 2, this.whole[1] - width));
    this.zoom([begin, begin + width]);
  }

  key(event) {
    const share = { "+": 0.5, "=": 0.5, "-": 2, 0: Infinity }[event.key];
    if (share && this.held.n > 1 && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      this.closer(share);
      return;
    }
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey || this.held.n === 0) return;
    event.preventDefault();
    this.point(Math.max(0, Math.min(this.held.n - 1, (this.at ?? -1) + step)));
    clearTimeout(this.speech);
    this.speech = setTimeout(() => (byId("say").textContent = `${this.where(this.at)}, value ${format.value(this.values[this.at])}, ${word(this.held.peak[this.at])}, score ${format.score(this.held.peak[this.at])}`), 150);
  }

  where(at) {
    return this.timed ? `${format.time(this.data[0][at])} UTC` : `Number ${format.count(this.data[0][at])}`;
  }

  tip(at, left) {
    const box = byId("tip");
    box.hidden = at === null || at === undefined || left < 0 || at >= this.held.n;
    if (box.hidden) return;
    this.at = at;
    const score = this.held.peak[at];
    const line = (name, ...content) => el("div", {}, el("span", {}, name), el("span", { class: "severity" }, ...content));
    box.replaceChildren(
      el("b", {}, this.where(at)),
      line("Value", format.value(this.values[at])),
      line("Expected", format.between(this.answer.lower[at], this.answer.upper[at], format.brief)),
      line("Score", ...told(score, Number.isNaN(score) ? "" : format.score(score))),
      ...(this.held.voters.length > 1 ? [line("Votes", `${this.held.votes.filter((votes) => votes[at]).length} of ${this.held.voters.length}`)] : []),
    );
    const width = this.hosts.value.clientWidth;
    const room = box.offsetWidth + 16;
    const x = left + this.gutter;
    box.style.transform = `translate(${Math.max(4, Math.min(x + room > width ? x - room : x + 16, width - room))}px, 0)`;
  }

  describe() {
    const known = this.values.filter((x) => x !== null);
    const range = known.length ? `, from ${format.value(known.reduce((a, b) => Math.min(a, b)))} to ${format.value(known.reduce((a, b) => Math.max(a, b)))}` : "";
    this.hosts.value.setAttribute("aria-label", `${format.count(this.values.length)} values${range}, ${format.counted(this.anomalies.length, "anomaly", "anomalies").toLowerCase()}`);
  }
}

/** Flagged values that follow each other, as one with its peak. */
export function stretches(xs, values, { anomaly, score, lower, upper }) {
  const found = [];
  let open = null;
  for (let i = 0; i < xs.length; i += 1) {
    if (anomaly[i] !== 1) {
      open = null;
      continue;
    }
    if (!open) {
      open = { seq: i, from_us: xs[i] * 1e6, score: -1 };
      found.push(open);
    }
    open.to_us = xs[i] * 1e6;
    if (score[i] > open.score) Object.assign(open, { at: i, peak_us: xs[i] * 1e6, score: score[i], value: values[i] ?? 0, lower: lower[i], upper: upper[i] });
  }
  return found;
}

function padded(u, low, high) {
  if (low === null || high === null) return [0, 1];
  const pad = (high - low) * 0.09 || Math.abs(high) * 0.1 || 1;
  return [low - pad, high + pad];
}

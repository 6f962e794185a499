// The lanes of a stream: one time axis, one cursor, one selection, one view.

import uPlot from "./uplot.js";
import { gutter, isSmall, timeAxis, tzDate, valueAxis } from "./axes.js";
import { colours } from "./colours.js";
import { byId } from "./dom.js";
import * as format from "./format.js";
import { toPlot } from "./holding.js";
import * as lanes from "./lanes.js";
import { ALERT } from "./severity.js";
import { hideTip, showTip, speak } from "./tip.js";

const RIGHT = 24;
const LINE = { points: { show: false }, spanGaps: false };
const NONE = { stroke: "transparent", points: { show: false } };
const NO_AXIS = { scale: "y", size: gutter, splits: () => [], values: () => [], grid: { show: false }, ticks: { show: false } };

export class Chart {
  /**
   * `page` is what the lanes show: `held`, `range`, `anomalies`, `labels`, `selected`, `hidden`,
   * `unit`. It is told by `moved()`, `picked(anomaly)`, `marked(from, to)`.
   */
  constructor(page) {
    this.page = page;
    this.hosts = Object.fromEntries(["nav", "value", "score", "votes", "labels"].map((name) => [name, byId(`${name}-lane`)]));
    this.plots = {};
    this.shown = { data: [[], [], [], []], index: [], gaps: [] };
    this.whole = { data: [[], []], gaps: [] };
    this.marking = null;
    this.#build();
    this.#listen();
  }

  /** Draws all lanes anew, from what the page holds now. */
  draw() {
    const { held, range } = this.page;
    if (held.voters.length !== this.rows) this.#build();
    this.bounds = held.bounds(range.from, range.to);
    this.shown = toPlot(held, range.from, range.to, range.width / this.pixels);
    const { data } = this.shown;
    const flat = [data[0], data[0].map(() => null)];
    const feed = { value: data, score: flat, votes: flat, labels: flat };
    for (const [name, columns] of Object.entries(feed)) {
      const plot = this.plots[name];
      plot.batch(() => plot.setData(columns));
    }
    this.#window();
    this.#describe();
  }

  /** Draws the navigator anew over the whole stream. */
  drawWhole(overview) {
    const { first_us: from, last_us: to, held } = overview;
    this.overview = overview;
    const { data, gaps } = toPlot(held, from, to, (to - from) / this.pixels);
    this.whole = { data: [data[0], data[1]], gaps };
    this.plots.nav.batch(() => this.plots.nav.setData(this.whole.data));
    this.#window();
  }

  /** Draws what depends on colours or selection only. */
  repaint() {
    for (const plot of Object.values(this.plots)) plot.redraw(false, true);
    this.#window();
  }

  get pixels() {
    return Math.max(50, Math.round(this.plots.value.bbox.width / devicePixelRatio));
  }

  #build() {
    for (const plot of Object.values(this.plots)) plot.destroy();
    this.gutter = gutter();
    this.rows = this.page.held.voters.length;
    this.hosts.votes.parentNode.hidden = this.rows === 0;
    this.hosts.votes.style.height = `${this.rows * 19 + 14}px`;
    const { page } = this;
    const marked = () => this.marking && { from_us: this.marking[0], to_us: this.marking[1], score: NaN };
    const shade = (u) => lanes.drawSelected(u, page.selected ?? marked());
    const bounds = () => this.bounds ?? [0, 0];
    this.plots = {
      nav: this.#navigator(),
      value: this.#plot("value", {
        scales: { y: { range: padded } },
        axes: [timeAxis(false), valueAxis()],
        series: [
          {},
          { ...LINE, stroke: () => colours.trace, width: 1.25 },
          { ...LINE, stroke: () => colours["band-edge"], width: 1 },
          { ...LINE, stroke: () => colours["band-edge"], width: 1 },
        ],
        bands: [{ series: [3, 2], fill: () => colours.band }],
        drawAxes: [shade, (u) => lanes.drawGaps(u, this.shown.gaps)],
        draw: [
          (u) => lanes.drawStretches(u, this.shown, page.anomalies, page.hidden),
          (u) => lanes.nameBand(u, this.shown),
          (u) => lanes.drawMarks(u, page.marks, page.selected, page.hidden),
        ],
      }),
      score: this.#plot("score", {
        scales: { y: { range: [0, 1] } },
        axes: [timeAxis(false), valueAxis({ splits: () => [0, ALERT, 1], values: () => ["0", String(ALERT), "1"] })],
        series: [{}, NONE],
        drawAxes: [shade],
        draw: [(u) => lanes.drawScores(u, page.held, bounds(), page.hidden)],
      }),
      votes: this.#plot("votes", {
        scales: { y: { range: [0, 1] } },
        axes: [timeAxis(false), NO_AXIS],
        series: [{}, NONE],
        drawAxes: [shade],
        draw: [(u) => lanes.drawVotes(u, page.held, bounds())],
      }),
      labels: this.#plot("labels", {
        scales: { y: { range: [0, 1] } },
        axes: [timeAxis(true), NO_AXIS],
        series: [{}, NONE],
        drawAxes: [],
        draw: [(u) => lanes.drawLabels(u, page.anomalies, page.labels, page.selected, this.marking)],
      }),
    };
  }

  #plot(name, { drawAxes, draw, ...own }) {
    const host = this.hosts[name];
    const hooks = { drawAxes, draw, setSelect: [(u) => this.#dragged(u)], setCursor: [(u) => this.#point(u)] };
    const options = {
      width: host.clientWidth,
      height: host.clientHeight,
      padding: [8, RIGHT, 0, 0],
      legend: { show: false },
      tzDate,
      cursor: {
        sync: { key: "lanes", setSeries: false },
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false, dist: 5 },
        bind: { dblclick: () => () => this.#reset(), click: (u, target, handler) => (event) => this.#click(u, event, handler) },
      },
      ...own,
      hooks,
      scales: { x: { time: true, range: () => this.#seconds() }, ...own.scales },
    };
    return new uPlot(options, [[], ...own.series.slice(1).map(() => [])], host);
  }

  #navigator() {
    const host = this.hosts.nav;
    const hooks = {
      drawAxes: [(u) => lanes.drawGaps(u, this.whole.gaps)],
      draw: [(u) => lanes.drawTicks(u, this.overview?.anomalies ?? [], this.overview?.held)],
    };
    return new uPlot(
      {
        width: host.clientWidth,
        height: host.clientHeight,
        padding: [4, RIGHT, 4, 0],
        legend: { show: false },
        cursor: { show: false },
        hooks,
        scales: {
          x: { time: false, range: () => [(this.overview?.first_us ?? 0) / 1e6, (this.overview?.last_us ?? 1e6) / 1e6] },
          y: { range: padded },
        },
        axes: [{ show: false }, { ...NO_AXIS, show: true }],
        series: [{}, { ...LINE, stroke: () => colours.ink3, width: 1 }],
      },
      this.whole.data,
      host,
    );
  }

  #seconds() {
    const { from, to } = this.page.range;
    return [from / 1e6, to / 1e6];
  }

  /** Puts the navigator's window where the view is. */
  #window() {
    const frame = byId("nav-window");
    const plot = this.plots.nav;
    const { from, to } = this.page.range;
    frame.hidden = !this.overview || this.page.held.n === 0;
    if (frame.hidden) return;
    const left = this.gutter;
    const width = plot.bbox.width / devicePixelRatio;
    const at = (us) => Math.min(width, Math.max(0, plot.valToPos(us / 1e6, "x")));
    const [a, b] = [at(from), at(to)];
    frame.style.left = `${left + Math.min(a, width - 4)}px`;
    frame.style.width = `${Math.max(4, b - a)}px`;
    const { first_us: first, last_us: last } = this.overview;
    const share = (us) => Math.round((Math.min(Math.max(us, first), last) - first) / (last - first || 1) * 100);
    frame.setAttribute("aria-valuenow", share((from + to) / 2));
    frame.setAttribute("aria-valuetext", `${format.time(from / 1e6)} to ${format.time(to / 1e6)} UTC`);
  }

  #fit() {
    if (this.gutter !== gutter()) this.#build();
    for (const [name, plot] of Object.entries(this.plots)) {
      const host = this.hosts[name];
      if (host.clientWidth > 0) plot.setSize({ width: host.clientWidth, height: host.clientHeight });
    }
    this.page.moved();
    if (this.overview) this.drawWhole(this.overview);
  }

  #dragged(u) {
    const { left, width } = u.select;
    if (width === 0) return;
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    const [from, to] = [u.posToVal(left, "x") * 1e6, u.posToVal(left + width, "x") * 1e6];
    this.wasDragged = performance.now();
    if (this.page.labelling) {
      this.page.marked(from, to);
      return;
    }
    this.page.range.zoom(from, to);
    this.page.moved();
  }

  #reset() {
    this.page.reset();
    return null;
  }

  /** Picks the anomaly under the pointer: its marker first, else its stretch. */
  #click(u, event, handler) {
    handler(event);
    if (performance.now() - (this.wasDragged ?? -1e3) < 300 || this.page.labelling) return;
    const box = u.over.getBoundingClientRect();
    const x = event.clientX - box.left;
    const near = (us) => Math.abs(u.valToPos(us / 1e6, "x") - x);
    const inside = (one) => near(one.peak_us) <= 12 || (x >= u.valToPos(one.from_us / 1e6, "x") - 3 && x <= u.valToPos(one.to_us / 1e6, "x") + 3);
    const found = this.page.anomalies.filter(inside).sort((a, b) => near(a.peak_us) - near(b.peak_us))[0];
    if (found) this.page.picked(found);
  }

  #point(u) {
    const { idx, left } = u.cursor;
    if (u !== this.plots.value) return;
    if (idx === null || idx === undefined || left < 0) {
      hideTip();
      return;
    }
    const at = this.shown.index[idx];
    if (at === undefined) return;
    this.at = at;
    this.#tip(left);
  }

  #tip(left) {
    showTip(this.page, this.at, left + this.gutter, this.hosts.value.clientWidth);
  }

  /** Moves the cursor to a column, and says what stands there. */
  #moveTo(at) {
    const { held } = this.page;
    this.at = at;
    const x = this.plots.value.valToPos((held.time_us[at] + held.end_us[at]) / 2e6, "x");
    this.plots.value.setCursor({ left: x, top: 20 });
    this.#tip(x);
    speak(this.page, at);
  }

  #step(forward) {
    const { held, range } = this.page;
    if (held.n === 0) return;
    range.pause();
    const low = this.bounds?.[0] ?? 0;
    const high = (this.bounds?.[1] ?? held.n) - 1;
    const at = Math.max(0, Math.min(held.n - 1, (this.at ?? (forward < 0 ? high + 1 : low - 1)) + forward));
    const time = held.time_us[at];
    if (time < range.from || time > range.to) {
      range.pan(forward / 2);
      this.page.moved();
    }
    this.#moveTo(at);
  }

  #listen() {
    new ResizeObserver(() => this.#fit()).observe(this.hosts.value);
    for (const host of Object.values(this.hosts)) host.addEventListener("pointerleave", hideTip);
    this.hosts.value.addEventListener("keydown", (event) => this.#key(event));
    this.hosts.value.addEventListener("blur", hideTip);
    addEventListener("themechange", () => this.repaint());
    this.#panning();
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const forward = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const act = forward && !event.shiftKey ? () => this.#step(forward) : this.#marks(event.key);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  /** Enter begins and ends a new span in label mode. */
  #marks(key) {
    if (key === "Escape") return hideTip;
    if (key !== "Enter" || !this.page.labelling || this.at === undefined) return null;
    const { held } = this.page;
    return () => {
      const [from, to] = [held.time_us[this.at], held.end_us[this.at] + 1];
      if (this.begun === undefined) {
        this.begun = from;
        byId("say").textContent = "The new span begins here. Move on, then press Enter to end it.";
        return;
      }
      const [a, b] = [Math.min(this.begun, from), Math.max(this.begun, to)];
      this.begun = undefined;
      this.page.marked(a, b);
    };
  }

  /** The window of the navigator is dragged to pan, its edges to zoom; a click elsewhere jumps. */
  #panning() {
    const host = this.hosts.nav;
    const frame = byId("nav-window");
    let drag = null;
    const at = (event) => this.plots.nav.posToVal(event.clientX - host.getBoundingClientRect().left - this.gutter, "x") * 1e6;
    host.parentNode.addEventListener("pointerdown", (event) => {
      if (!this.overview || event.button !== 0) return;
      const { range } = this.page;
      const edge = event.target.dataset.edge;
      if (event.target !== frame && !edge) range.zoom(at(event) - range.width / 2, at(event) + range.width / 2);
      drag = { edge, grip: at(event) - range.from, from: range.from, to: range.to, begun: at(event) };
      host.parentNode.setPointerCapture(event.pointerId);
      event.preventDefault();
      frame.focus({ preventScroll: true });
      if (event.target !== frame && !edge) this.page.moved();
    });
    host.parentNode.addEventListener("pointermove", (event) => {
      if (!drag) return;
      const { range } = this.page;
      const us = at(event);
      if (Math.abs(us - drag.begun) < 1) return;
      if (drag.edge === "from") range.zoom(Math.min(us, range.to - 1_000), range.to);
      else if (drag.edge === "to") range.zoom(range.from, Math.max(us, range.from + 1_000));
      else range.zoom(us - drag.grip, us - drag.grip + range.width);
      this.page.moved();
    });
    for (const type of ["pointerup", "pointercancel"]) host.parentNode.addEventListener(type, () => (drag = null));
    frame.addEventListener("keydown", (event) => {
      const forward = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!forward || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      this.page.range.pan(forward / 8);
      this.page.moved();
    });
  }

  #describe() {
    const { held, id, anomalies, unit } = this.page;
    const [low, high] = this.bounds;
    let [least, most, rows] = [Infinity, -Infinity, 0];
    for (let i = low; i < high; i += 1) {
      if (held.min[i] < least) least = held.min[i];
      if (held.max[i] > most) most = held.max[i];
      rows += held.count[i];
    }
    const range = least <= most ? `, from ${format.value(least)} to ${format.withUnit(format.value(most), unit)}` : "";
    const found = format.counted(anomalies.length, "anomaly", "anomalies").toLowerCase();
    const text = `${id}: ${format.count(rows)} observations${range}, ${found}`;
    if (this.hosts.value.getAttribute("aria-label") !== text) this.hosts.value.setAttribute("aria-label", text);
  }
}

function padded(u, low, high) {
  if (low === null || high === null) return [0, 1];
  const pad = (high - low) * (isSmall() ? 0.06 : 0.09) || Math.abs(high) * 0.1 || 1;
  return [low - pad, high + pad];
}

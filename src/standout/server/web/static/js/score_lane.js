// A lane of scores over the rows of a dataset: a bar a part, the alert line, and what was labelled.

import { FONT, prepare } from "./canvas.js";
import { colours } from "./colours.js";
import { byId, el, setText } from "./dom.js";
import * as format from "./format.js";
import { keepDrawn } from "./redraw.js";
import { ALERT, level, told, word } from "./severity.js";

const RIGHT = 24;
const gutter = () => (innerWidth <= 720 ? 52 : 124); // as of the lanes of a stream, whose module brings uPlot along
const HOUR = 3_600;
const STEPS = [HOUR / 4, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR, 48 * HOUR, 168 * HOUR, 336 * HOUR, 730 * HOUR, 2_190 * HOUR, 8_766 * HOUR];
const TICKS = 7;

/**
 * Draws lanes over the same rows below each other. `sides` are `{ name, note, found }`, where
 * `found` is what the server says of a scored dataset; one cursor goes through all of them.
 */
export function scoreLanes(sides) {
  const tip = el("div", { class: "tip", "aria-hidden": "true", hidden: true });
  const lanes = sides.map((side, k) => new ScoreLane(side, { last: k === sides.length - 1, others: () => lanes, tip, sides }));
  return el("div", { class: "score-lanes" }, ...lanes.map((lane) => lane.element), tip);
}

class ScoreLane {
  constructor({ name, note, found }, { last, others, tip, sides }) {
    Object.assign(this, { found, last, others, tip, sides, at: null });
    this.canvas = el("canvas", {});
    this.host = el("div", { class: last ? "lane scores last" : "lane scores", role: "img", tabindex: "0", "aria-label": this.summary(name) }, this.canvas);
    this.element = el("div", { class: "track" }, el("div", { class: "lane-label" }, name, el("small", {}, note)), this.host);
    this.host.addEventListener("pointermove", (event) => this.point(event));
    for (const type of ["pointerleave", "blur"]) this.host.addEventListener(type, () => this.show(null));
    this.host.addEventListener("keydown", (event) => this.key(event));
    keepDrawn(this.canvas, () => this.draw());
  }

  summary(name) {
    const { total_records: n, anomaly_count: flagged } = this.found;
    return `${name}: scores of ${format.count(n)} rows, ${format.count(flagged)} of them flagged`;
  }

  x(part) {
    const left = gutter();
    return left + (part / this.found.peaks.length) * (this.canvas.clientWidth - left - RIGHT);
  }

  point({ clientX }) {
    const left = clientX - this.canvas.getBoundingClientRect().left;
    const part = Math.floor(((left - gutter()) / (this.canvas.clientWidth - gutter() - RIGHT)) * this.found.peaks.length);
    this.show(part >= 0 && part < this.found.peaks.length ? part : null);
  }

  key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const at = Math.max(0, Math.min(this.found.peaks.length - 1, (this.at ?? -1) + step));
    this.show(at);
    clearTimeout(this.speech);
    this.speech = setTimeout(() => setText(byId("say"), `${this.where(at)}: ${this.sides.map(({ name, found }) => `${name} ${word(found.peaks[at])}, score ${format.score(found.peaks[at])}`).join("; ")}`), 150);
  }

  where(part) {
    const { edges, peaks, total_records: n } = this.found;
    if (edges) return `${format.time(Date.parse(edges[part]) / 1e3)} UTC`;
    const [a, b] = [part, part + 1].map((k) => Math.floor((k / peaks.length) * n));
    return b - a > 1 ? `Rows ${format.count(a + 1)} to ${format.count(b)}` : `Row ${format.count(a + 1)}`;
  }

  /** Moves the cursor of all lanes to a part, or takes it away. */
  show(part) {
    for (const lane of this.others()) {
      lane.at = part;
      lane.draw();
    }
    this.tip.hidden = part === null;
    if (part === null) return;
    const row = (label, ...content) => el("div", {}, el("span", {}, label), el("span", { class: "severity" }, ...content));
    const { labelled } = this.found;
    this.tip.replaceChildren(
      el("b", {}, this.where(part)),
      ...this.sides.map(({ name, found }) => row(this.sides.length > 1 ? name : "Highest score", ...told(found.peaks[part], format.score(found.peaks[part])))),
      ...(labelled ? [row("Labelled", labelled[part] ? "anomalous" : "not anomalous")] : []),
    );
    const [x, room] = [this.x(part + 0.5), this.tip.offsetWidth + 16];
    const width = this.canvas.clientWidth;
    this.tip.style.transform = `translate(${Math.max(4, Math.min(x + room > width ? x - room : x + 16, width - room))}px, 0)`;
  }

  draw() {
    const drawing = prepare(this.canvas);
    if (!drawing) return;
    const { context, width, height } = drawing;
    const { peaks, labelled } = this.found;
    const foot = (this.last ? 24 : 6) + (labelled && this.last ? 12 : 0);
    const [top, floor] = [9, height - foot];
    const y = (score) => floor - score * (floor - top);
    const step = (width - gutter() - RIGHT) / peaks.length;
    context.font = `12px ${FONT}`;
    for (const at of [0, 1]) this.line(context, y(at), at);
    peaks.forEach((peak, k) => {
      // Below the threshold a model's score is a rank among usual rows: nothing to colour.
      const name = peak >= ALERT ? level(peak)?.name : null;
      const tall = Math.max(2, peak * (floor - top));
      context.fillStyle = name ? colours[name] : colours.idle;
      context.fillRect(this.x(k), floor - tall, Math.max(1, step >= 3 ? step - 1 : step), tall);
    });
    this.alert(context, Math.round(y(ALERT)) + 0.5, width);
    if (this.last) this.foot(context, floor, step, width);
    if (this.at === null) return;
    context.fillStyle = colours.ink3;
    context.fillRect(Math.round(this.x(this.at + 0.5)), top, 1, floor - top);
  }

  line(context, y, at) {
    context.fillStyle = colours.grid;
    context.fillRect(gutter(), Math.round(y), this.canvas.clientWidth - gutter() - RIGHT, 1);
    context.fillStyle = colours.ink2;
    context.textAlign = "right";
    context.fillText(String(at), gutter() - 8, y + 4);
  }

  alert(context, y, width) {
    context.save();
    context.strokeStyle = colours.ink2;
    context.setLineDash([4, 3]);
    context.beginPath();
    context.moveTo(gutter(), y);
    context.lineTo(width - RIGHT, y);
    context.stroke();
    context.restore();
    context.fillStyle = colours.ink2;
    context.fillText(String(ALERT), gutter() - 8, y + 4);
  }

  /** What was labelled, as ticks of ink, and the times or rows. */
  foot(context, floor, step, width) {
    const { labelled } = this.found;
    const base = floor + (labelled ? 14 : 2);
    if (labelled) {
      context.fillStyle = colours.ink2;
      context.textAlign = "right";
      context.fillText("labelled", gutter() - 8, floor + 14);
      context.fillStyle = colours.trace;
      labelled.forEach((yes, k) => yes && context.fillRect(this.x(k), floor + 5, Math.max(2, step - 0.5), 9));
    }
    context.fillStyle = colours.ink2;
    context.textAlign = "center";
    let free = gutter() - 20;
    for (const [x, text] of this.ticks()) {
      const half = context.measureText(text).width / 2;
      if (x - half < free || x + half > width - 4) continue;
      context.fillText(text, x, base + 15);
      free = x + half + 10;
    }
  }

  ticks() {
    const { edges, peaks, total_records: n } = this.found;
    if (!edges) {
      const size = 10 ** Math.floor(Math.log10(Math.max(1, n / 2)));
      const step = [size, size * 2, size * 5].find((one) => n / one <= TICKS) ?? size * 5;
      return Array.from({ length: Math.floor(n / step) + 1 }, (_, k) => [this.x((Math.max(1, k * step) / n) * peaks.length), format.count(Math.max(1, k * step))]);
    }
    const times = edges.map((text) => Date.parse(text) / 1e3);
    const span = times.at(-1) - times[0];
    const step = STEPS.find((one) => span / one <= TICKS) ?? span / TICKS;
    const found = [];
    for (let at = Math.ceil(times[0] / step) * step; at <= times.at(-1); at += step) {
      const k = times.findIndex((time) => time >= at);
      const text = format.time(at);
      found.push([this.x(Math.min(k, peaks.length)), step >= 24 * HOUR || at % (24 * HOUR) === 0 ? text.slice(0, 10) : text.slice(11, 16)]);
    }
    return found;
  }
}

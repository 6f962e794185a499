// One chart of a comparison: the values, and below them the scores of each detector.

import { gutter, isSmall } from "./axes.js";
import { FONT, prepare } from "./canvas.js";
import { colours } from "./colours.js";
import { byId, el } from "./dom.js";
import * as format from "./format.js";
import { tipRow } from "./tip.js";
import { ALERT, drawMark, level, told as tell } from "./severity.js";

const RIGHT = 24;
const VALUE = 118;
const lane = () => (isSmall() ? 76 : 62); // on a phone the name stands above
const AXIS = 24;
const NEAR = 11; // pixels within which markers of one lane become one
const STEPS = [60, 300, 900, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000, 31_536_000];

export class ComparisonChart {
  constructor(page) {
    this.page = page;
    this.canvas = byId("comparison-chart");
    this.tip = byId("comparison-tip");
    this.told = null;
    this.key = "";
    const redraw = () => {
      this.key = "";
      this.draw();
    };
    new ResizeObserver(redraw).observe(this.canvas);
    addEventListener("themechange", redraw);
    this.canvas.addEventListener("pointermove", (event) => this.#hover(event));
    this.canvas.addEventListener("pointerleave", () => this.#point(null));
    this.canvas.addEventListener("click", () => this.#open());
    this.canvas.addEventListener("blur", () => this.#point(null));
    this.canvas.addEventListener("keydown", (event) => this.#key(event));
  }

  show(told, unit) {
    Object.assign(this, { told, unit, key: "" });
    this.lanes = new Map(told.at.map((pixel, k) => [pixel, k]));
    this.canvas.style.height = `${VALUE + told.detectors.length * lane() + AXIS}px`;
    const words = told.detectors.map((one) => `${format.detector(one.asked)} ${format.counted(one.total_alarms, "alarm").toLowerCase()}`);
    this.canvas.setAttribute("aria-label", `Values and scores of ${format.count(told.rows)} observations: ${words.join(", ")}. The table below tells the same.`);
    this.draw();
  }

  draw() {
    const { told, canvas } = this;
    const key = `${canvas.clientWidth} ${this.at ?? ""}`;
    if (!told || key === this.key) return;
    const drawing = prepare(canvas);
    if (!drawing) return;
    this.key = key;
    const { context, width } = drawing;
    this.left = isSmall() ? 16 : gutter();
    this.wide = width - this.left - (isSmall() ? 12 : RIGHT);
    context.font = `12px ${FONT}`;
    this.#grid(context);
    this.#values(context);
    told.detectors.forEach((one, row) => this.#scores(context, one, VALUE + row * lane()));
    if (this.at !== null && this.at !== undefined) {
      context.fillStyle = colours.ink3;
      context.fillRect(Math.round(this.#x(this.at + 0.5)), 8, 1, VALUE + told.detectors.length * lane() - 8);
    }
  }

  #x(pixel) {
    return this.left + (pixel / this.told.px) * this.wide;
  }

  #xOf(us) {
    const { from_us: from, to_us: to } = this.told;
    return this.left + ((us - from) / (to - from || 1)) * this.wide;
  }

  #grid(context) {
    const { from_us: from, to_us: to, detectors } = this.told;
    const seconds = (to - from) / 1e6;
    const step = (STEPS.find((one) => seconds / one <= this.wide / 110) ?? STEPS.at(-1)) * 1e6;
    const bottom = VALUE + detectors.length * lane();
    context.textAlign = "center";
    for (let us = Math.ceil(from / step) * step; us < to; us += step) {
      const x = Math.round(this.#xOf(us));
      context.fillStyle = colours.grid;
      context.fillRect(x, 8, 1, bottom - 8);
      context.fillStyle = colours.ink2;
      const text = new Date(us / 1e3).toISOString();
      context.fillText(step >= 8.64e10 ? text.slice(5, 10) : seconds > 172_800 ? `${text.slice(5, 10)} ${text.slice(11, 16)}` : text.slice(11, 16), x, bottom + 17);
    }
    context.fillStyle = colours.line;
    for (let row = 0; row <= detectors.length; row += 1) context.fillRect(0, VALUE + row * lane(), this.canvas.clientWidth, 1);
  }

  #values(context) {
    const { told } = this;
    const known = told.low.filter((x) => x !== null);
    if (known.length === 0) return;
    const [low, high] = [Math.min(...known), Math.max(...told.high.filter((x) => x !== null))];
    const y = (value) => VALUE - 12 - ((value - low) / (high - low || 1)) * (VALUE - 26);
    this.y = y;
    this.#name(context, "Value", this.unit ?? "", 0);
    context.textAlign = "right";
    context.fillStyle = colours.ink2;
    if (!isSmall()) for (const value of [low, high]) context.fillText(format.brief(value), this.left - 8, y(value) + 4);
    context.strokeStyle = colours.trace;
    context.lineWidth = 1.1;
    context.lineJoin = "round";
    context.beginPath();
    let before = null;
    told.at.forEach((pixel, k) => {
      if (told.low[k] === null) return;
      const x = this.#x(pixel + 0.5);
      const gap = before === null || pixel - before > told.px / 40;
      if (gap) context.moveTo(x, y(told.low[k]));
      else context.lineTo(x, y(told.low[k]));
      context.lineTo(x, y(told.high[k]));
      before = pixel;
    });
    context.stroke();
  }

  #name(context, words, small, top) {
    context.textAlign = "left";
    context.fillStyle = colours.ink;
    context.font = `600 ${isSmall() ? 12 : 13}px ${FONT}`;
    if (isSmall()) {
      context.lineWidth = 4;
      context.lineJoin = "round";
      context.strokeStyle = colours.surface;
      context.strokeText(words, 8, top + 15);
      context.fillText(words, 8, top + 15);
      context.font = `12px ${FONT}`;
      return;
    }
    context.fillText(words, 16, top + 22);
    context.font = `12px ${FONT}`;
    context.fillStyle = colours.ink2;
    context.fillText(small, 16, top + 38);
  }

  #scores(context, one, top) {
    const base = top + lane() - 1;
    const room = 40;
    const step = this.wide / this.told.px;
    this.#name(context, format.detector(one.asked), `${format.counted(one.total_alarms, "alarm").toLowerCase()}`, top);
    this.told.at.forEach((pixel, k) => {
      const peak = one.peaks[k];
      if (peak === null) return;
      const isOver = peak >= ALERT - 1e-9;
      context.fillStyle = isOver ? colours[level(peak).name] : colours.idle;
      const height = Math.max(2, peak * room);
      context.fillRect(this.#x(pixel) + step * 0.15, base - height, Math.max(step * 0.7, isOver ? 2 : 1), height);
    });
    context.strokeStyle = colours.ink2;
    context.lineWidth = 1;
    context.setLineDash([4, 3]);
    context.beginPath();
    context.moveTo(this.left, Math.round(base - ALERT * room) + 0.5);
    context.lineTo(this.left + this.wide, Math.round(base - ALERT * room) + 0.5);
    context.stroke();
    context.setLineDash([]);
    this.#marks(context, one, base - 50);
  }

  #marks(context, one, y) {
    let group = null;
    const put = () => group && drawMark(context, group.x, y, level(group.score)?.name ?? "major", colours, 0.85, group.quiet);
    for (const alarm of one.alarms) {
      const x = this.#xOf(alarm.peak_us);
      const quiet = alarm.label === "false_alarm";
      if (group && x - group.x < NEAR) {
        if (alarm.score > group.score) Object.assign(group, { score: alarm.score });
        group.quiet &&= quiet;
        continue;
      }
      put();
      group = { x, score: alarm.score, quiet };
    }
    put();
  }

  #hover(event) {
    if (!this.told || this.told.rows === 0) return;
    const x = event.clientX - this.canvas.getBoundingClientRect().left;
    const at = Math.floor(((x - this.left) / this.wide) * this.told.px);
    this.#point(at >= 0 && at < this.told.px ? at : null, x);
  }

  #key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1, Enter: 0 }[event.key];
    if (step === undefined || !this.told?.at.length || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (step === 0) {
      this.#open();
      return;
    }
    const { at } = this.told;
    const k = Math.max(0, Math.min(at.length - 1, (this.lanes.get(this.at) ?? (step < 0 ? at.length : -1)) + step));
    this.#point(at[k], this.#x(at[k] + 0.5));
    clearTimeout(this.speech);
    this.speech = setTimeout(() => (byId("say").textContent = this.tip.innerText.replaceAll("\n", " ")), 150);
  }

  #point(at, x = 0) {
    if (!this.told) return;
    this.at = at;
    this.draw();
    const k = at === null ? undefined : this.lanes.get(at);
    this.tip.hidden = k === undefined;
    if (k === undefined) return;
    const { from_us: from, to_us: to, px, detectors, low, high } = this.told;
    const value = low[k] === high[k] ? format.value(low[k]) : format.between(low[k], high[k], format.brief);
    this.tip.replaceChildren(
      el("b", {}, `${format.time(Math.round((from + (at / px) * (to - from)) / 1e6))} UTC`),
      tipRow("Value", format.withUnit(value, this.unit)),
      ...detectors.map((one) => tipRow(format.detector(one.asked), ...tell(one.peaks[k] ?? NaN, one.peaks[k] === null ? "" : format.score(one.peaks[k])))),
    );
    const room = this.tip.offsetWidth + 16;
    const left = x + room > this.canvas.clientWidth ? x - room : x + 16;
    this.tip.style.transform = `translate(${Math.max(4, left)}px, 0)`;
  }

  /** Shows in the lanes above what was pointed at. */
  #open() {
    if (this.at === null || this.at === undefined) return;
    const { from_us: from, to_us: to, px } = this.told;
    const { range } = this.page;
    const middle = from + ((this.at + 0.5) / px) * (to - from);
    const half = Math.min(range.width, (to - from) / 12) / 2;
    range.zoom(middle - half, middle + half);
    this.page.moved();
  }
}

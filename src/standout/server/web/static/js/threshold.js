// The threshold of a model: its scores as a histogram, a handle to move, and what that would mean.

import { FONT, prepare } from "./canvas.js";
import { colours } from "./colours.js";
import { el, setText } from "./dom.js";
import * as format from "./format.js";
import { percent } from "./measures.js";
import { drawCurves, nearest } from "./pr_chart.js";
import { keepDrawn } from "./redraw.js";
import { level } from "./severity.js";

const THUMB = 20; // of the handle; its middle is the threshold
const AXIS = 20;

/** Numbers a day, few enough to be read. */
const daily = (x) => (x === null ? null : format.brief(Number(x.toPrecision(2))));

export class Threshold {
  /**
   * Fills `box`. `days` is how long the training rows last, or null; `retrain(share)` is asked for
   * a version that flags such a share, or null where the share is not chosen.
   */
  constructor(box, curves, { days, retrain, precision }) {
    Object.assign(this, { box, curves, days });
    this.at = curves.shipped;
    this.facts = el("dl", { class: "facts" });
    this.words = el("p", { class: "small", id: "threshold-words" });
    this.bars = el("canvas", { "aria-hidden": "true" });
    this.handle = el("input", { type: "range", min: 0, max: curves.bins - 1, step: 1, value: this.at, "aria-label": "Threshold", "aria-describedby": "threshold-words" });
    this.back = el("button", { class: "btn small", type: "button", on: { click: () => this.move(curves.shipped) } }, "Back to 0.6");
    this.again = retrain && el("button", { class: "btn small", type: "button", on: { click: () => retrain(this.share()) } }, "Train a version that flags so many");
    const histogram = el("div", { class: "histogram" }, this.bars, this.handle);
    this.handle.addEventListener("input", () => this.move(Number(this.handle.value)));
    const right = el("div", {}, histogram, this.words, el("div", { class: "acts" }, this.back, this.again));
    if (curves.labelled) {
      this.curve = el("canvas", { role: "img", class: "pr", "aria-label": `Precision over recall${precision}` });
      this.curve.addEventListener("pointerdown", (event) => this.point(event));
      this.curve.addEventListener("pointermove", (event) => event.buttons && this.point(event));
    }
    box.replaceChildren(this.facts, el("div", { class: curves.labelled ? "threshold both" : "threshold" }, this.curve, right));
    keepDrawn(this.bars, () => this.drawBars());
    if (this.curve) keepDrawn(this.curve, () => this.drawCurve());
    this.move(this.at);
  }

  point(event) {
    const box = this.curve.getBoundingClientRect();
    this.move(nearest(this.curve, this.curves, event.clientX - box.left, event.clientY - box.top));
  }

  move(at) {
    this.at = at;
    this.handle.value = at;
    const now = this.curves.at(at);
    const told = this.told(now);
    this.handle.setAttribute("aria-valuetext", `Score ${format.score(now.score)}: ${told.map(([name, value, more]) => `${name} ${value}${more ? ` ${more}` : ""}`).join(", ")}`);
    this.facts.replaceChildren(...[["From a score of", format.score(now.score)], ...told].map(([name, value, more]) => el("div", {}, el("dt", {}, name), el("dd", {}, value, more ? el("small", {}, ` ${more}`) : null))));
    this.back.disabled = at === this.curves.shipped;
    if (this.again) this.again.disabled = at === this.curves.shipped || this.share() !== now.share;
    setText(this.words, this.sentence());
    this.drawBars();
    this.drawCurve();
  }

  /** The share that the threshold flags, within what a training takes. */
  share() {
    return Math.min(0.5, Math.max(0.01, this.curves.at(this.at).share));
  }

  told(now) {
    const { days } = this;
    const rows = this.curves.at(0).flagged;
    if (!this.curves.labelled) {
      return [["Flagged", format.count(now.flagged), `of ${format.count(rows)}`], ["As a share", percent(now.share)], ...(days ? [["Alarms a day", daily(now.flagged / days)]] : [])];
    }
    // The measured rows stand for all of the training, which lasts so many days.
    const wrong = days ? daily((now.wrong * rows) / now.measured / days) : null;
    const figure = (x) => (x === null ? "–" : format.score(x));
    return [
      ["Precision", figure(now.precision), `${format.count(now.hits)} of ${format.count(now.rows)}`],
      ["Recall", figure(now.recall), `${format.count(now.hits)} of ${format.count(now.hits + now.missed)}`],
      ["F1", format.score(now.f1)],
      wrong === null ? ["False alarms", format.count(now.wrong)] : ["False alarms a day", wrong],
    ];
  }

  sentence() {
    const what = this.curves.labelled ? "Bars up are rows labelled anomalous, bars down the others" : "Bars are training rows";
    return `${what}; the higher the score, the farther right. Heights are square roots. Rows are flagged at 0.6; the handle shows what another threshold would do.`;
  }

  drawCurve() {
    if (this.curve) drawCurves(this.curve, [{ curves: this.curves, at: this.at, colour: "accent" }]);
  }

  drawBars() {
    const drawing = prepare(this.bars);
    if (!drawing) return;
    const { context, width, height } = drawing;
    const { measures, bins, labelled } = this.curves;
    const span = width - THUMB;
    const x = (k) => THUMB / 2 + (Math.min(k, bins) / (bins - 1)) * span;
    const floor = height - AXIS;
    context.fillStyle = colours["accent"];
    context.globalAlpha = 0.08;
    context.fillRect(x(this.at), 0, width - x(this.at), floor);
    context.globalAlpha = 1;
    const up = labelled ? measures.anomalies : measures.training;
    const down = labelled ? measures.rows.map((n, k) => n - measures.anomalies[k]) : [];
    const middle = labelled ? Math.round(floor / 2) : floor;
    const room = labelled ? middle - 19 : floor - 8; // beside the words
    const step = span / (bins - 1);
    const wide = step >= 3 ? step - 1 : step;
    const bars = (counts, draw) => {
      const most = Math.sqrt(counts.reduce((a, b) => Math.max(a, b), 1));
      counts.forEach((n, k) => n > 0 && draw(k, Math.max(2, (Math.sqrt(n) / most) * room)));
    };
    bars(up, (k, tall) => {
      const name = k >= this.curves.shipped ? level(measures.scores[k])?.name : null;
      context.fillStyle = labelled ? colours.trace : name ? colours[name] : colours.ctl;
      context.fillRect(x(k), middle - tall, wide, tall);
    });
    context.fillStyle = colours.ctl;
    bars(down, (k, tall) => context.fillRect(x(k), middle + 1, wide, tall));
    context.fillStyle = colours.line;
    context.fillRect(x(0), middle, x(bins) - x(0), 1);
    if (labelled) {
      context.font = `12px ${FONT}`;
      context.fillStyle = colours.ink2;
      context.textAlign = "right";
      context.fillText("labelled anomalous", x(bins) - 4, 12);
      context.fillText("others", x(bins) - 4, floor - 5);
    }
    drawAxis(context, measures.scores, x, floor);
  }
}

function drawAxis(context, scores, x, floor) {
  context.font = `12px ${FONT}`;
  context.fillStyle = colours.ink2;
  context.textAlign = "center";
  const ticks = [0.6, 0.8, 0.4, 0.2, 0.9].map((wanted) => [wanted, scores.findIndex((score) => score >= wanted - 1e-9)]).filter(([, k]) => k >= 0);
  const taken = [];
  for (const [wanted, k] of ticks) {
    const at = x(k);
    if (taken.some((other) => Math.abs(other - at) < 30)) continue;
    taken.push(at);
    context.fillRect(Math.round(at), floor + 1, 1, 4);
    context.fillText(String(wanted), at, floor + 16);
  }
}

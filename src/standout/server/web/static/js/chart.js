// The lanes of a stream: one time axis, one cursor, one view.

import uPlot from "../vendor/uplot/uPlot.esm.js";
import { gutter, tzDate } from "./axes.js";
import { colours } from "./colours.js";
import { decimate } from "./decimate.js";
import * as format from "./format.js";
import { drawScores, scoreOptions } from "./score_lane.js";
import { hideTip, showTip, speak } from "./tip.js";
import { drawAnomalies, drawGaps, valueOptions } from "./value_lane.js";

const RIGHT = 28;

export class Chart {
  /** `changed()` is called when a person has moved the view. */
  constructor(id, series, view, changed) {
    Object.assign(this, { id, series, view, changed, indices: [], selected: null });
    this.valueHost = document.getElementById("value-lane");
    this.scoreHost = document.getElementById("score-lane");
    this.sync = { key: "lanes", setSeries: false };
    this.build();
    this.#keys();
    new ResizeObserver(() => this.#fit()).observe(this.valueHost);
    this.valueHost.addEventListener("mouseleave", hideTip);
    this.scoreHost.addEventListener("mouseleave", hideTip);
  }

  build() {
    const bounds = () => this.view.bounds();
    const hooks = { setSelect: [(u) => this.#select(u)], setCursor: [(u) => this.#point(u)] };
    this.gutter = gutter();
    this.value = this.#plot(this.valueHost, valueOptions, {
      ...hooks,
      drawAxes: [drawGaps, (u) => this.#drawSelected(u)],
      draw: [(u) => drawAnomalies(u, this.series, bounds())],
    });
    this.score = this.#plot(this.scoreHost, scoreOptions, {
      ...hooks,
      drawAxes: [(u) => this.#drawSelected(u)],
      draw: [(u) => drawScores(u, this.series, bounds())],
    });
  }

  draw() {
    const { series, view } = this;
    view.update();
    const [low, high] = view.bounds();
    const pixels = Math.max(50, Math.round(this.value.bbox.width / devicePixelRatio));
    const { indices, data } = decimate(series, low, high, view.from, view.to, pixels);
    this.indices = indices;
    // A batch is drawn at once; setData alone would leave positions stale until the next microtask.
    this.value.batch(() => this.value.setData(data));
    this.score.batch(() => this.score.setData([data[0], indices.map((i) => series.score[i])]));
    this.#describe(low, high);
  }

  /** Marks one observation as selected and puts the cursor on it. */
  select(index) {
    this.selected = this.series.time[index];
    this.draw();
    this.#moveTo(index);
  }

  #plot(host, options, hooks) {
    const own = options({ hooks });
    return new uPlot(
      {
        width: host.clientWidth,
        height: host.clientHeight,
        padding: [8, RIGHT, 0, 0],
        legend: { show: false },
        tzDate,
        cursor: {
          sync: this.sync,
          y: false,
          points: { show: false },
          drag: { x: true, y: false, setScale: false, dist: 5 },
          bind: { dblclick: () => () => this.#reset() },
        },
        ...own,
        scales: { x: { time: true, range: () => [this.view.from, this.view.to] }, ...own.scales },
      },
      [[], ...own.series.slice(1).map(() => [])],
      host,
    );
  }

  #fit() {
    if (this.gutter !== gutter()) {
      this.value.destroy();
      this.score.destroy();
      this.build();
    }
    for (const [plot, host] of [[this.value, this.valueHost], [this.score, this.scoreHost]]) {
      plot.setSize({ width: host.clientWidth, height: host.clientHeight });
    }
    this.draw();
  }

  #select(u) {
    const { left, width } = u.select;
    if (width === 0) return;
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.view.zoom(u.posToVal(left, "x"), u.posToVal(left + width, "x"));
    this.changed();
  }

  #reset() {
    this.selected = null;
    this.view.follow();
    this.changed();
    return null;
  }

  #point(u) {
    if (u.cursor.idx === null || u.cursor.idx === undefined || u.cursor.left < 0) {
      hideTip();
      return;
    }
    const index = this.indices[u.cursor.idx];
    if (index === undefined) return;
    this.index = index;
    showTip(this.series, index, u.cursor.left + this.gutter, this.valueHost.clientWidth);
  }

  #moveTo(index) {
    const x = this.value.valToPos(this.series.time[index], "x");
    this.value.setCursor({ left: x, top: 20 });
    this.index = index;
    showTip(this.series, index, x + this.gutter, this.valueHost.clientWidth);
    speak(this.series, index);
  }

  #keys() {
    this.valueHost.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const act = this.#action(event);
      if (!act || this.series.length === 0) return;
      event.preventDefault();
      act();
      this.changed();
    });
    this.valueHost.addEventListener("blur", hideTip);
  }

  #action({ key, shiftKey }) {
    const forward = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (forward) return shiftKey ? () => this.view.pan(forward / 4) : () => this.#step(forward);
    return {
      "+": () => this.view.scale(0.5),
      "=": () => this.view.scale(0.5),
      "-": () => this.view.scale(2),
      0: () => this.#reset(),
      Escape: hideTip,
    }[key];
  }

  #step(forward) {
    this.view.pause();
    const { start, last } = this.series;
    const from = this.index ?? last + 1;
    const index = Math.max(start, Math.min(last, from + forward));
    const time = this.series.time[index];
    if (time < this.view.from || time > this.view.to) this.view.pan(forward / 2);
    this.draw();
    this.#moveTo(index);
  }

  #drawSelected(u) {
    if (this.selected === null) return;
    const x = Math.round(u.valToPos(this.selected, "x", true));
    if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) return;
    u.ctx.save();
    u.ctx.strokeStyle = colours.accent;
    u.ctx.lineWidth = 2 * devicePixelRatio;
    u.ctx.beginPath();
    u.ctx.moveTo(x, u.bbox.top);
    u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
    u.ctx.stroke();
    u.ctx.restore();
  }

  #describe(low, high) {
    const { series } = this;
    let [least, most, anomalies] = [Infinity, -Infinity, 0];
    for (let i = low; i < high; i += 1) {
      if (series.value[i] < least) least = series.value[i];
      if (series.value[i] > most) most = series.value[i];
      anomalies += series.flag[i];
    }
    const range = least <= most ? `, from ${format.value(least)} to ${format.value(most)}` : "";
    this.valueHost.setAttribute(
      "aria-label",
      `${this.id}: ${format.count(high - low)} observations${range}, ${anomalies} anomalies`,
    );
  }
}

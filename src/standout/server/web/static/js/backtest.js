// The backtest of a model: trained earlier, asked about what came then; a strip a fold.

import { getJson, sendJson } from "./api.js";
import { prepare } from "./canvas.js";
import { colours } from "./colours.js";
import { el, setText } from "./dom.js";
import * as format from "./format.js";
import { follow } from "./job.js";
import { keepDrawn } from "./redraw.js";
import { ALERT, level } from "./severity.js";

const FOLDS = 5;

export class Backtest {
  /** Fills `box` for a model; shows the newest backtest of `version` that is still known. */
  constructor(box, { id, version }) {
    Object.assign(this, { box, id, version });
    this.start = el("button", { class: "btn small", type: "button", on: { click: () => this.run() } }, "Run a backtest");
    this.running = el("div", { class: "body running" });
    this.problem = el("p", { class: "problem inside", role: "alert", hidden: true });
    this.result = el("div", {}, el("p", { class: "none" }, `Trains it ${FOLDS} times, each time on what came before, and scores what came then: how it would have done.`));
    box.replaceChildren(el("div", { class: "phead" }, el("h2", { id: "backtest-title" }, "Backtest"), el("span", { class: "muted" }, "on rows that were still to come"), el("span", { class: "space" }), this.start), this.problem, this.running, this.result);
  }

  /** Shows what was found before, or goes on with what still runs. */
  async open() {
    const { jobs } = await getJson("/jobs", { kind: "backtest", limit: 100 });
    const own = jobs.filter((job) => job.subject === this.id);
    const going = own.find((job) => ["queued", "running"].includes(job.state));
    if (going) return this.follow(going);
    const done = own.find((job) => job.state === "done" && job.result.version === this.version);
    if (done) this.draw(done.result.folds);
    return null;
  }

  async run() {
    try {
      await this.follow(await sendJson("POST", `/models/${encodeURIComponent(this.id)}/backtest?folds=${FOLDS}&version=${this.version}`, {}));
    } catch (error) {
      this.complain(error.message);
    }
  }

  async follow(first) {
    this.problem.hidden = true;
    this.start.disabled = true;
    try {
      const job = await follow(first, this.running, "Backtest");
      if (job.state === "failed") this.complain(job.detail);
      if (job.state === "done") this.draw(job.result.folds);
    } finally {
      this.start.disabled = false;
      this.running.replaceChildren();
    }
  }

  complain(text) {
    this.problem.hidden = false;
    setText(this.problem, text);
  }

  draw(folds) {
    const total = folds.at(-1).learnt + folds.at(-1).rows;
    const labelled = folds.some((fold) => fold.labelled);
    const heads = [["Learnt", "n"], [labelled ? "Scores of the rows after, and what was labelled" : "Scores of the rows after", "strip"], ["Flagged", "n"], ...(labelled ? [["Precision", "n"], ["Recall", "n"]] : [])];
    const rows = folds.map((fold, k) => {
      const canvas = el("canvas", { class: "strip", role: "img", "aria-label": `Fold ${k + 1}: ${format.count(fold.flagged)} of ${format.count(fold.rows)} rows flagged after ${format.count(fold.learnt)} were learnt` });
      keepDrawn(canvas, () => drawStrip(canvas, fold, total));
      const figures = labelled ? [fold.precision, fold.recall].map((x) => el("td", { class: "n" }, format.score(x))) : [];
      return el("tr", {}, el("td", { class: "n" }, format.count(fold.learnt)), el("td", { class: "strip" }, canvas), el("td", { class: "n" }, `${format.count(fold.flagged)} of ${format.count(fold.rows)}`), ...figures);
    });
    this.result.replaceChildren(
      el("div", { class: "tablewrap", tabindex: "0", role: "region", "aria-label": "Table of folds" }, el("table", { class: "table folds" }, el("thead", {}, el("tr", {}, ...heads.map(([name, kind]) => el("th", { scope: "col", class: kind }, name)))), el("tbody", {}, ...rows))),
    );
  }
}

/** What was learnt as a band, then a bar a part of what came after; ticks where it was labelled. */
function drawStrip(canvas, { learnt, rows, peaks, labelled }, total) {
  const drawing = prepare(canvas);
  if (!drawing) return;
  const { context, width, height } = drawing;
  const x = (row) => (row / total) * width;
  const foot = labelled ? 7 : 0;
  const floor = height - foot - 1;
  context.fillStyle = colours.idle;
  context.fillRect(0, floor - 3, x(learnt) - 2, 4);
  const step = (x(learnt + rows) - x(learnt)) / peaks.length;
  const wide = step >= 3 ? step - 1 : step;
  peaks.forEach((peak, k) => {
    const at = x(learnt) + k * step;
    context.fillStyle = peak >= ALERT ? colours[level(peak).name] : colours.ctl;
    const tall = Math.max(1.5, peak * (floor - 2));
    context.globalAlpha = peak >= ALERT ? 1 : 0.55;
    context.fillRect(at, floor - tall + 1, Math.max(1, wide), tall);
    context.globalAlpha = 1;
    if (labelled?.[k]) {
      context.fillStyle = colours.trace;
      context.fillRect(at, height - 5, Math.max(2, wide), 5);
    }
  });
}

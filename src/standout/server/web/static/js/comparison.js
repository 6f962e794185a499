// Detectors beside each other on this stream's own history: how often each would have alarmed.

import { getJson, streamPath } from "./api.js";
import { byId, el, root, setText } from "./dom.js";
import * as format from "./format.js";
import { ComparisonChart } from "./comparison_chart.js";
import { drawChoice } from "./detector_choice.js";

const PX = 360;

/** "auto (novelty)" for the one that auto stands for. */
export const named = ({ asked, detector }) => (asked === detector ? format.detector(detector) : `${format.detector(asked)} (${detector})`);

export class Comparison {
  /** `page` has `id`, `summary`, `range`, `moved()`. */
  constructor(page) {
    this.page = page;
    this.panel = byId("comparison");
    this.panel.append(...parts());
    this.button = byId("compare");
    this.chart = new ComparisonChart(page);
    this.told = null;
    byId("comparison-again").addEventListener("click", () => this.ask());
  }

  toggle() {
    this.panel.hidden = !this.panel.hidden;
    this.button.setAttribute("aria-expanded", String(!this.panel.hidden));
    if (this.panel.hidden) return;
    this.panel.scrollIntoView({ block: "nearest" });
    if (!this.told) this.ask();
  }

  async ask() {
    const { id, unit } = this.page;
    this.#say("Judging this stream's history anew …");
    byId("comparison-again").disabled = true;
    try {
      this.told = await getJson(`${streamPath(id)}/comparison`, { px: PX });
      this.#say("");
      this.chart.show(this.told, unit);
      this.#table();
      this.#words();
      drawChoice(byId("comparison-choice"), this.page, this.told);
      root.dataset.compared = String(this.told.rows);
    } catch (error) {
      this.#say(`The detectors cannot be compared. ${error.message}`);
    }
    byId("comparison-again").disabled = false;
  }

  /** Labels have changed: what was counted against them is old. */
  outdate() {
    if (!this.panel.hidden && this.told) this.ask();
    else this.told = null;
  }

  #say(words) {
    setText(byId("comparison-state"), words);
    byId("comparison-state").hidden = words === "";
    byId("comparison-body").hidden = words !== "" && !this.told;
  }

  #table() {
    const { told } = this;
    const days = Math.max((told.to_us - told.from_us) / 8.64e10, 1e-9);
    const labelled = told.real + told.false_alarms > 0;
    for (const cell of this.panel.querySelectorAll("th.labelled")) cell.hidden = !labelled;
    const number = (text) => el("td", { class: "n" }, text);
    const rows = told.detectors.map((one) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, named(one), one.own ? el("small", {}, " this stream's") : null),
        number(format.count(one.total_alarms)),
        number(format.brief(Number((one.total_alarms / days).toPrecision(2)))),
        number(format.count(one.flagged)),
        ...(labelled ? [number(`${one.found} of ${told.real}`), number(`${one.on_false_alarms}`), number(format.count(one.unlabelled))] : []),
      ),
    );
    byId("comparison-rows").replaceChildren(...rows);
  }

  #words() {
    const { told } = this;
    const span = format.spoken((told.to_us - told.from_us) / 1e6);
    const part = told.whole ? "all" : "the newest";
    setText(byId("comparison-shown"), `${part} ${format.count(told.rows)} observations, ${span}`);
    const against = told.real + told.false_alarms > 0
      ? "Counted against the labels of this stream."
      : "There are no labels yet: say of some anomalies what they were, and this counts against that.";
    setText(byId("comparison-note"), `Each judges the same observations anew, from nothing; what is stored stays as it is. ${against}`);
  }

  draw() {
    if (!this.panel.hidden && this.told) this.chart.draw();
  }
}

const COLUMNS = [["Detector"], ["Alarms", "n"], ["A day", "n"], ["Flagged", "n"], ["Real found", "n labelled"], ["On false alarms", "n labelled"], ["Not labelled", "n labelled"]];

/** What the panel consists of. */
function parts() {
  const heads = COLUMNS.map(([name, kind]) => el("th", { scope: "col", class: kind }, name));
  const table = el("table", { class: "table" }, el("thead", {}, el("tr", {}, ...heads)), el("tbody", { id: "comparison-rows" }));
  return [
    el("div", { class: "phead" }, el("h2", { id: "comparison-title" }, "Detectors on this stream's own history"), el("span", { class: "muted", id: "comparison-shown" }), el("span", { class: "space" }), el("button", { class: "btn ghost", id: "comparison-again", type: "button" }, "Compare again")),
    el("p", { class: "none", id: "comparison-state", role: "status" }),
    el(
      "div",
      { id: "comparison-body", hidden: true },
      el("div", { class: "compared" }, el("canvas", { id: "comparison-chart", role: "img", tabindex: "0", "aria-label": "Comparison" }), el("div", { class: "tip", id: "comparison-tip", "aria-hidden": "true", hidden: true })),
      el("div", { class: "tablewrap", tabindex: "0", role: "region", "aria-label": "Table of the compared detectors" }, table),
      el("p", { class: "none small", id: "comparison-note" }),
      el("div", { class: "choice", id: "comparison-choice" }),
    ),
  ];
}

// The table of anomalies in view, newest first: what the canvas shows, for everyone.

import { byId, el, setText } from "./dom.js";
import * as format from "./format.js";
import { WORDS } from "./label.js";
import { level, mark, word } from "./severity.js";
import { agreed, lasted } from "./shape.js";

const PAGE = 200;

export class AnomalyTable {
  /** `page` has `anomalies`, `selected`, `unit`, `flagged`, `cut`; `picked(anomaly)` is called. */
  constructor(page) {
    this.page = page;
    this.body = byId("rows");
    this.rows = new Map();
  }

  draw() {
    const { anomalies, selected, hidden } = this.page;
    const shown = anomalies.filter((one) => !hidden.has(level(one.score)?.name)).slice(-PAGE).reverse();
    this.#caption(shown.length);
    const wanted = new Set(shown.map((one) => one.seq));
    for (const [seq, row] of this.rows) {
      if (wanted.has(seq)) continue;
      row.element.remove();
      this.rows.delete(seq);
    }
    let after = null;
    for (const one of shown) {
      const element = this.#row(one, selected?.seq === one.seq);
      if (element.previousElementSibling !== after || !element.parentNode) {
        if (after) after.after(element);
        else this.body.prepend(element);
      }
      after = element;
    }
    byId("none").hidden = shown.length > 0;
    byId("anomalies").hidden = shown.length === 0;
  }

  #caption(n) {
    const { cut, flagged, anomalies } = this.page;
    const rows = flagged === 0 ? "" : `${format.count(flagged)} flagged observation${flagged === 1 ? "" : "s"}`;
    const more = cut || n < anomalies.length ? `, the newest ${format.count(n)} anomalies shown; zoom in for others` : "";
    setText(byId("anomalies-shown"), rows + more);
  }

  #row(one, chosen) {
    const key = JSON.stringify([one, chosen, this.page.unit]);
    let row = this.rows.get(one.seq);
    if (!row) {
      row = { element: el("tr", { data: { seq: one.seq }, on: { click: () => this.page.picked(row.one) } }) };
      this.rows.set(one.seq, row);
    }
    row.one = one;
    if (row.key === key) return row.element;
    row.key = key;
    const hadFocus = row.element.contains(document.activeElement);
    row.element.setAttribute("aria-selected", String(chosen));
    row.element.replaceChildren(...this.#cells(one, chosen));
    if (hadFocus) row.element.querySelector("button").focus({ preventScroll: true });
    return row.element;
  }

  #cells(one, chosen) {
    const name = level(one.score)?.name ?? "major";
    const [votes, all] = agreed(one);
    const start = el("button", { class: "link", type: "button", "aria-pressed": String(chosen), title: "Show in the chart" }, format.time(one.from_us / 1e6));
    const going = one.ongoing ? "going on, " : "";
    const length = one.count === 1 ? "one point" : format.duration(lasted(one));
    return [
      el("td", {}, el("span", { class: "severity" }, mark(name), word(one.score))),
      el("td", { class: "n" }, format.score(one.score)),
      el("td", {}, start),
      el("td", { class: "n" }, going + length),
      el("td", { class: "n" }, format.withUnit(format.brief(one.value), this.page.unit)),
      el("td", { class: "n" }, format.between(one.lower, one.upper, format.brief)),
      el("td", { class: "n" }, all < 2 ? "–" : `${votes} of ${all}`),
      el("td", {}, this.#label(one.label)),
    ];
  }

  #label(label) {
    if (!label) return el("span", { class: "muted" }, "to label");
    const text = WORDS[label.label] + (label.who ? `, ${label.who}` : "");
    return el("span", { class: label.label === "real" ? "real" : "", title: label.note || null }, text);
  }
}

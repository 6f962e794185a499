// The table of anomalies, newest first: what the canvas shows, for everyone.

import * as format from "./format.js";
import { level, mark, word } from "./severity.js";
import { votesText } from "./votes.js";

const PAGE = 200;

export class AnomalyTable {
  /** `onPick(time)` is called with the seconds of the anomaly that was chosen. */
  constructor(onPick) {
    this.onPick = onPick;
    this.most = PAGE;
    this.rows = new Map();
    this.drawn = "";
    this.body = document.getElementById("rows");
    this.more = document.getElementById("more");
    document.getElementById("more-button").addEventListener("click", () => {
      this.most += PAGE;
      this.draw(this.series, this.total);
    });
  }

  /** Forgets all rows, where the observations were replaced. */
  clear() {
    this.rows.clear();
    this.body.replaceChildren();
    this.drawn = "";
  }

  draw(series, total) {
    Object.assign(this, { series, total });
    this.#caption();
    const newest = this.#newest();
    const key = `${newest.length}:${series.flagged}:${series.time[newest[0]]}`;
    if (key === this.drawn) return;
    this.drawn = key;
    this.#reconcile(newest);
    document.getElementById("none").hidden = newest.length > 0;
    this.more.hidden = newest.length >= series.flagged;
  }

  select(time) {
    for (const [at, row] of this.rows) row.classList.toggle("selected", at === time);
  }

  #newest() {
    const found = [];
    const { flag, start, last, flagged } = this.series;
    const wanted = Math.min(this.most, flagged);
    for (let i = last; i >= start && found.length < wanted; i -= 1) if (flag[i]) found.push(i);
    return found;
  }

  #reconcile(indices) {
    const wanted = new Set(indices.map((i) => this.series.time[i]));
    for (const [time, row] of this.rows) {
      if (wanted.has(time)) continue;
      row.remove();
      this.rows.delete(time);
    }
    let after = null;
    for (const index of indices) {
      const row = this.#row(index);
      if (row.previousElementSibling !== after || !row.parentNode) {
        if (after) after.after(row);
        else this.body.prepend(row);
      }
      after = row;
    }
  }

  #row(index) {
    const { series } = this;
    const time = series.time[index];
    const known = this.rows.get(time);
    if (known) return known;
    const row = document.createElement("tr");
    row.dataset.seq = series.seq[index];
    row.append(
      cell(this.#button(time)),
      cell(...severity(series.score[index])),
      cell(format.score(series.score[index]), "n"),
      cell(format.value(series.value[index]), "n"),
      cell(format.value(series.expected[index]), "n"),
      cell(format.between(series.lower[index], series.upper[index]), "n"),
      cell(votesText(series.votes[index])),
    );
    this.rows.set(time, row);
    return row;
  }

  #button(time) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link";
    button.textContent = format.time(time);
    button.title = "Show in the chart";
    button.addEventListener("click", () => this.onPick(time));
    return button;
  }

  #caption() {
    const { flagged, length } = this.series;
    const among = `among the newest ${format.count(length)} observations`;
    const older = this.total > flagged ? ` of ${format.count(this.total)}` : "";
    document.getElementById("anomalies-shown").textContent =
      length === 0 ? "" : `${format.count(flagged)}${older}, ${among}`;
  }
}

function severity(score) {
  const name = level(score)?.name;
  const span = document.createElement("span");
  span.className = "severity";
  if (name) span.append(mark(name));
  span.append(word(score));
  return [span];
}

function cell(content, className = "") {
  const td = document.createElement("td");
  td.className = className;
  td.append(content);
  return td;
}

// One row of the list of streams.

import * as format from "./format.js";
import { level, mark, word } from "./severity.js";

const root = document.documentElement;

function cell(className = "") {
  const td = document.createElement("td");
  td.className = `cell ${className}`;
  td.setAttribute("role", "cell"); // narrow screens lay the row out as a grid, which drops the role
  return td;
}

function scored(score) {
  const name = level(score)?.name;
  const span = document.createElement("span");
  span.className = name ? "severity" : "severity quiet";
  const sign = name ? mark(name) : document.createElement("span");
  if (!name) sign.className = "blank";
  const number = document.createElement("span");
  number.className = "num";
  number.textContent = format.score(score);
  span.append(sign, number, word(score));
  return span;
}

export class StreamRow {
  constructor(id) {
    this.element = document.createElement("tr");
    this.element.dataset.id = id;
    this.element.setAttribute("role", "row");
    this.cells = ["", "", "", "n", "n", "n wide", "n"].map(cell);
    this.element.append(...this.cells);
    const link = document.createElement("a");
    link.href = `${root.dataset.base}/client/${encodeURIComponent(id)}`;
    link.textContent = link.title = id;
    this.cells[0].append(link);
    this.state = document.createElement("span");
    this.state.className = "state";
    this.cells[1].append(this.state);
  }

  draw(stream) {
    const { element, state, cells } = this;
    element.dataset.active = state.dataset.active = stream.active;
    state.textContent = stream.active ? "Active" : "Not active";
    const left = stream.warmup_left > 0 && stream.last_score === null;
    if (left) cells[2].textContent = `Learning, ${format.count(stream.warmup_left)} to go`;
    else cells[2].replaceChildren(scored(stream.last_score));
    cells[3].textContent = format.value(stream.last_value);
    cells[5].textContent = format.count(stream.count);
    cells[6].textContent = format.count(stream.anomalies);
    cells[6].toggleAttribute("data-one", stream.anomalies === 1);
    this.last = stream.last_timestamp;
    this.drawAge();
  }

  drawAge() {
    const text = format.age(this.last, Date.now());
    if (this.cells[4].textContent !== text) this.cells[4].textContent = text;
  }
}

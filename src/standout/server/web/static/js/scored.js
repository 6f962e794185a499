// A dataset, or a file, scored by a model: as a picture, in words, and to be downloaded.

import { getJson } from "./api.js";
import { address, byId, el, search, setText } from "./dom.js";
import * as format from "./format.js";
import { percent } from "./measures.js";
import { scoreLanes } from "./score_lane.js";
import { told } from "./severity.js";
import { upload } from "./upload.js";

const SHOWN = 10;
const CELLS = 7;

export class Scored {
  /** Fills `box` for a model; `first` is the dataset to begin with, `learnt` the one it learnt. */
  constructor(box, { path, first, learnt, most }) {
    Object.assign(this, { box, path, first, learnt, most });
    this.dataset = el("select", { id: "scored-dataset" });
    this.file = el("input", { class: "sr", type: "file", tabindex: "-1", "aria-label": "File to score", accept: ".csv,.tsv,.txt,.json,.jsonl,.ndjson,.parquet,.arrow,.feather,.ipc" });
    const choose = el("button", { class: "btn small", type: "button", on: { click: () => this.file.click() } }, "Score a file");
    this.uploads = el("ul", { class: "uploads", "aria-label": "Uploads" });
    this.result = el("div", { class: "result" });
    this.problem = el("p", { class: "problem inside", role: "alert", hidden: true });
    box.replaceChildren(
      el("div", { class: "phead" }, el("h2", { id: "scored-title" }, "Rows it has scored"), el("label", { class: "field-inline" }, el("span", { class: "sr" }, "Dataset"), this.dataset), el("span", { class: "space" }), el("span", { class: "muted wide" }, "or drop a file here"), choose, this.file),
      this.problem,
      this.uploads,
      this.result,
    );
    this.dataset.addEventListener("change", () => this.score(this.dataset.value));
    this.file.addEventListener("change", () => {
      this.take(this.file.files[0]);
      this.file.value = "";
    });
    addEventListener("dragover", (event) => {
      event.preventDefault();
      box.classList.add("over");
    });
    addEventListener("dragleave", () => box.classList.remove("over"));
    addEventListener("drop", (event) => {
      event.preventDefault();
      box.classList.remove("over");
      if (event.dataTransfer.files[0]) this.take(event.dataTransfer.files[0]);
    });
  }

  /** Shows what there is to choose from, and scores the first. */
  async open(given = null) {
    const datasets = given ?? (await getJson("/datasets", { limit: 1000 })).datasets;
    this.dataset.replaceChildren(...datasets.map((one) => el("option", { value: one.dataset_id }, one.filename)));
    const chosen = datasets.some((one) => one.dataset_id === this.first) ? this.first : null;
    this.dataset.hidden = datasets.length === 0;
    if (chosen) await this.score(chosen);
    else {
      this.dataset.prepend(el("option", { value: "" }, "choose a dataset"));
      this.dataset.value = "";
      this.result.replaceChildren(el("p", { class: "none" }, datasets.length ? "Choose a dataset, or a file, to see what stands out in it." : "Choose a file to see what stands out in it."));
    }
  }

  take(file) {
    if (!file) return;
    upload(file, this.uploads, {
      most: this.most,
      done: async ({ dataset_id: id }) => {
        this.first = id;
        setText(byId("say"), `${file.name} is kept as a dataset, and scored.`);
        await this.open();
      },
    });
  }

  async score(id) {
    if (!id) return;
    this.dataset.value = id;
    this.asked = id;
    if (this.result.children.length === 0) this.result.append(el("p", { class: "none" }, "Scoring all rows"));
    this.result.classList.add("waiting");
    try {
      const found = await getJson(`${this.path}/scores/${encodeURIComponent(id)}`, { highest: SHOWN });
      if (this.asked !== id) return;
      this.problem.hidden = true;
      this.draw(found);
    } catch (error) {
      this.problem.hidden = false;
      setText(this.problem, error.message);
      this.result.replaceChildren();
    }
    this.result.classList.remove("waiting");
  }

  draw(found) {
    const { anomaly_count: flagged, total_records: rows } = found;
    const labels = found.precision === null ? "" : ` By their labels, precision is ${format.score(found.precision)} and recall ${format.score(found.recall)}.`;
    const known = found.dataset_id === this.learnt ? " It learnt these rows, and knows them better than new ones." : "";
    const before = { training: " They follow the rows that were learnt.", nothing: "" }[found.history] ?? "";
    const file = (form) => address(`${this.path}/scores/${encodeURIComponent(found.dataset_id)}/file${search({ format: form })}`);
    this.result.replaceChildren(
      el("p", { class: "said inside" }, `${format.counted(flagged, "row")} of ${format.count(rows)} ${flagged === 1 ? "is" : "are"} flagged, ${percent(found.anomaly_rate)}.${labels}${before}${known}`),
      scoreLanes([{ name: "Score", note: "alert at 0.6", found }]),
      this.rows(found),
      el("div", { class: "foot" }, el("span", {}, "All rows with their scores:"), el("a", { class: "btn small", href: file("csv"), download: "" }, "Download CSV"), el("a", { class: "btn small", href: file("parquet"), download: "" }, "Download Parquet")),
    );
  }

  rows({ highest }) {
    if (highest.length === 0) return null;
    const names = Object.keys(highest[0].data).slice(0, CELLS);
    const heads = [["Severity"], ["Score", "n"], ["Row", "n"], ...names.map((name) => [name, typeof highest[0].data[name] === "number" ? "n" : null])];
    const rows = highest.map((one) =>
      el("tr", {}, el("td", {}, el("span", { class: "severity" }, ...told(one.score, ""))), el("td", { class: "n" }, format.score(one.score)), el("td", { class: "n" }, format.count(one.row)), ...names.map((name, k) => el("td", { class: heads[k + 3][1] }, cell(one.data[name])))),
    );
    return el(
      "div",
      { class: "tablewrap highest", tabindex: "0", role: "region", "aria-label": "Table of the rows with the highest scores" },
      el("table", { class: "table" }, el("thead", {}, el("tr", {}, ...heads.map(([name, kind]) => el("th", { scope: "col", class: kind }, name)))), el("tbody", {}, ...rows)),
    );
  }
}

function cell(x) {
  if (x === null || x === undefined) return "–";
  if (typeof x === "number") return format.value(x);
  return String(x).replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d(:\d\d)?).*Z$/, "$1 $2");
}

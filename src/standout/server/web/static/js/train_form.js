// The form for a training: what on, with which algorithm, and what that costs.

import { getJson, sendJson } from "./api.js";
import { address, debounced, el, setText } from "./dom.js";
import * as format from "./format.js";
import { follow } from "./job.js";
import { schemaForm } from "./schema_form.js";
import { bytes } from "./upload.js";

const KINDS = [
  ["", "As the algorithm is made for"],
  ["unsupervised", "Unsupervised: anomalies may be among the rows"],
  ["one_class", "One class: the rows are clean, or their label says which are"],
  ["supervised", "Supervised: a label says which rows are anomalous"],
];
const option = (value, text = value) => el("option", { value }, text);
const field = (text, help, control) => el("label", { class: "field" }, text, control, help && el("small", {}, help));

const SAYS = /anomal|outlier|label|fraud|fault/i;

/** A column that seems to say which rows are anomalous: it must not be learnt from as if it were one more fact. */
function labelled({ column_names: names, statistics }) {
  const binary = (name) => statistics[name]?.unique === 2 && statistics[name].min === 0 && statistics[name].max === 1;
  return names.find((name) => SAYS.test(name) && binary(name)) ?? null;
}

export class TrainForm {
  /**
   * Fills `box`. `path(dataset)` is where the training is asked for; `given` is what to start from:
   * `dataset`, `date`, or the `request` of a version; `trained(answer, job)` is called at its end.
   */
  constructor(box, { path, given, trained, closed }) {
    Object.assign(this, { box, path, given, trained, closed });
    this.asked = given.request ?? {};
  }

  async open() {
    const [{ algorithms, default: usual }, { datasets }] = await Promise.all([getJson("/algorithms"), getJson("/datasets", { limit: 1000 })]);
    this.algorithms = algorithms;
    this.build(datasets, usual);
    this.box.hidden = false;
    if (datasets.length > 0) await this.choose();
  }

  build(datasets, usual) {
    const { asked, given } = this;
    this.dataset = el("select", { id: "train-dataset" }, ...datasets.map((one) => option(one.dataset_id, `${one.filename} (${format.count(one.rows)} rows, ${format.age(one.created, Date.now())})`)));
    if (datasets.some((one) => one.dataset_id === given.dataset)) this.dataset.value = given.dataset;
    this.algorithm = el("select", { id: "train-algorithm" }, ...this.algorithms.map((one) => option(one.name, one.title)));
    this.algorithm.value = asked.algorithm ?? usual;
    this.contamination = el("input", { type: "number", min: 0.01, max: 0.5, step: "any", value: asked.contamination ?? 0.1, id: "train-contamination" });
    this.target = el("select", { id: "train-target" });
    this.label = el("select", { id: "train-label" });
    this.date = el("select", { id: "train-date" });
    this.mode = el("select", { id: "train-mode" }, ...KINDS.map(([value, text]) => option(value, text)));
    this.mode.value = asked.mode ?? "";
    this.seed = el("input", { type: "number", min: 0, step: 1, value: asked.seed ?? 0, id: "train-seed" });
    this.features = el("div", { class: "choices" });
    this.about = el("dl", { class: "about-algorithm" });
    this.advanced = el("div", { class: "form-grid" });
    this.estimate = el("p", { class: "estimate", role: "status" });
    this.running = el("div", {});
    this.problem = el("p", { class: "problem", role: "alert", hidden: true });
    this.submit = el("button", { class: "btn primary", type: "submit" }, "Train");
    const close = el("button", { class: "btn", type: "button", on: { click: this.closed } }, "Close");
    const form = el(
      "form",
      { class: "body", novalidate: true },
      this.problem,
      el("div", { class: "form-grid" }, field("Dataset", null, this.dataset), field("Algorithm", null, this.algorithm), field("Column to watch", "gets lags and rolling statistics of its own", this.target), field("Expected anomalies", "as a share of the rows, 0.01 to 0.5", this.contamination), field("Column of labels", "0 or 1; learnt from, or measured with", this.label), field("Column of times", "rows are taken in its order", this.date)),
      this.about,
      el("fieldset", {}, el("legend", {}, "Other columns to use"), this.features),
      el("details", { open: Object.keys(asked.params ?? {}).length > 0 }, el("summary", {}, "Advanced"), this.advanced),
      this.estimate,
      this.running,
      el("div", { class: "acts" }, this.submit, close),
    );
    this.box.replaceChildren(el("div", { class: "phead" }, el("h2", { id: "training-title" }, this.given.title)), datasets.length > 0 ? form : el("p", { class: "none" }, "Upload a dataset first: a model learns from one."));
    this.ask = debounced(() => this.tell(), 300);
    this.dataset.addEventListener("change", () => this.choose());
    this.algorithm.addEventListener("change", () => this.explain());
    form.addEventListener("change", this.ask);
    this.contamination.addEventListener("input", this.ask);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.train();
    });
    this.explain();
  }

  /** Fills what depends on the dataset: its columns. */
  async choose() {
    const { data_info: info } = await getJson(`/datasets/${encodeURIComponent(this.dataset.value)}`);
    const { asked, given } = this;
    const numbers = info.numeric_columns;
    const pick = (select, names, chosen, none) => {
      select.replaceChildren(option("", none), ...names.map((name) => option(name)));
      select.value = names.includes(chosen) ? chosen : "";
    };
    pick(this.target, numbers, asked.target_column, "none: each row by itself");
    pick(this.label, [...numbers, ...info.categorical_columns], given.request ? asked.label_column : labelled(info), "none");
    pick(this.date, info.datetime_columns, asked.date_column ?? given.date ?? info.date_column, "found by itself");
    const chosen = asked.feature_columns ?? null;
    const usable = [...numbers.map((name) => [name, true]), ...info.categorical_columns.map((name) => [name, false])];
    this.boxes = usable.map(([name, number]) => {
      const box = el("input", { type: "checkbox", value: name });
      box.checked = chosen ? chosen.includes(name) : number && name !== this.label.value;
      return box;
    });
    this.features.replaceChildren(...this.boxes.map((box) => el("label", { class: "check" }, box, box.value)));
    this.numbers = new Set(numbers);
    this.ask();
  }

  explain() {
    const one = this.algorithms.find(({ name }) => name === this.algorithm.value);
    const told = [["What it does", one.summary], ["Good at", one.good_at], ["Bad at", one.bad_at], ["Cost", one.cost]];
    this.about.replaceChildren(...told.map(([name, text]) => el("div", {}, el("dt", {}, name), el("dd", {}, text))));
    const values = one.name === this.asked.algorithm ? this.asked.params : {};
    this.params = schemaForm(one.params, { changed: () => this.ask?.(), values });
    this.advanced.replaceChildren(field("Kind of training", null, this.mode), field("Seed", "decides every draw", this.seed), ...this.params.fields);
  }

  /** The body of the request; null where a field is wrong. */
  read() {
    const params = this.params.read();
    if (params === null) return null;
    const [target, label] = [this.target.value || null, this.label.value || null];
    const others = this.boxes.filter((box) => box.checked && box.value !== target && box.value !== label).map((box) => box.value);
    const usual = [...this.numbers].filter((name) => name !== target && name !== label);
    const same = others.length === usual.length && others.every((name) => this.numbers.has(name));
    return {
      algorithm: this.algorithm.value,
      contamination: Number(this.contamination.value),
      target_column: target,
      label_column: label,
      date_column: this.date.value || null,
      feature_columns: same ? null : others,
      mode: this.mode.value || null,
      seed: Number(this.seed.value),
      params,
    };
  }

  complain(error) {
    this.problem.hidden = !error;
    setText(this.problem, error?.message ?? "");
  }

  /** Says what it would cost. */
  async tell() {
    const body = this.boxes && this.read();
    if (!body) return;
    try {
      const cost = await sendJson("POST", `/train/${encodeURIComponent(this.dataset.value)}/estimate`, body);
      this.complain(null);
      setText(this.estimate, cost.refusal ?? `Takes about ${format.duration(cost.seconds)} of one core after a few seconds to start, and up to ${bytes(cost.memory_bytes)}; learns from ${format.count(cost.rows_used)} rows.${cost.note ? ` ${cost.note}` : ""}`);
    } catch (error) {
      setText(this.estimate, "");
      this.complain(error);
    }
  }

  async train() {
    const body = this.read();
    if (!body) return;
    this.complain(null);
    this.submit.disabled = true;
    try {
      const answer = await sendJson("POST", `${this.path(this.dataset.value)}?wait=0`, body);
      const job = await follow(answer.job, this.running);
      if (job.state === "failed") {
        this.complain(new Error(job.detail || "The training failed."));
        this.problem.append(" ", el("a", { href: address("/ui/log") }, "What the log says"));
        this.problem.scrollIntoView({ block: "nearest" });
      } else this.trained(answer, job);
    } catch (error) {
      this.complain(error);
    }
    this.submit.disabled = false;
  }
}

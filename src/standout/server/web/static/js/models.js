// Models: trained here, listed by how well they do, compared.

import { complain } from "./again.js";
import { titled } from "./algorithms.js";
import { getJson } from "./api.js";
import { compare } from "./compare.js";
import { address, byId, el, root, setText } from "./dom.js";
import * as format from "./format.js";
import { measure, MEASURES, percent } from "./measures.js";
import { toast } from "./toast.js";
import { TrainForm } from "./train_form.js";
import { onKey } from "./keys.js";

const page = (id) => address(`/ui/models/${encodeURIComponent(id)}`);
const wideness = (key) => (key === "f1" ? "n" : "n wide"); // the one figure that has room on a phone
const COLUMNS = [
  { name: "Model", by: (one) => one.model_id },
  { name: "Algorithm", by: (one) => title(one.algorithm), kind: "wide" },
  { name: "Dataset", by: (one) => filename(one.dataset_id), kind: "wide" },
  { name: "Version", by: (one) => one.version, kind: "n wide" },
  { name: "Rows", by: (one) => one.training_stats.n_samples ?? -1, kind: "n wide" },
  { name: "Flagged", by: (one) => one.training_stats.anomaly_rate ?? -1, kind: "n" },
  ...MEASURES.map(([key, name]) => ({ name, by: (one) => measure(one.training_stats, key) ?? -1, kind: wideness(key) })),
  { name: "Training", by: (one) => one.training_stats.fit_s ?? -1, kind: "n wide" },
  { name: "Trained", by: (one) => one.created, kind: "n wide" },
];
const STATES = { training: "in training", failed: "failed" };
let models = [];
let files = new Map(); // names of datasets
const filename = (id) => files.get(id) ?? "deleted";
let title = format.detector;
let sort = { column: COLUMNS.length - 1, down: true };
const chosen = new Set();

async function load() {
  try {
    let answer = null;
    let there = null;
    [answer, title, there] = await Promise.all([getJson("/models", { limit: 1000 }), titled(), getJson("/datasets", { limit: 1000 })]);
    models = answer.models;
    files = new Map(there.datasets.map((one) => [one.dataset_id, one.filename]));
    complain(null);
    draw();
  } catch (error) {
    complain(error, load);
  }
}

function draw() {
  const [{ by }, way] = [COLUMNS[sort.column], sort.down ? -1 : 1];
  const ordered = [...models].sort((a, b) => (by(a) < by(b) ? -way : by(a) > by(b) ? way : 0));
  byId("heads").replaceChildren(el("th", { scope: "col" }, el("span", { class: "sr" }, "Compare")), ...COLUMNS.map(head));
  byId("rows").replaceChildren(...ordered.map(row));
  byId("list").hidden = models.length === 0;
  byId("empty").hidden = models.length > 0 || !byId("training").hidden;
  setText(byId("shown"), format.count(models.length));
  setText(byId("meta"), models.length === 0 ? "A model learns what is usual in a dataset, and scores what comes after." : `${format.counted(models.length, "model")}, served after a restart without being asked.`);
  byId("compare").disabled = chosen.size !== 2;
  root.dataset.ready = "1";
}

function head({ name, kind }, k) {
  const order = sort.column === k ? (sort.down ? "descending" : "ascending") : null;
  const button = el("button", { type: "button" }, name);
  button.addEventListener("click", () => {
    sort = { column: k, down: sort.column === k ? !sort.down : true };
    draw();
    byId("heads").children[k + 1].firstChild.focus();
  });
  return el("th", { scope: "col", class: kind, "aria-sort": order }, button);
}

function row(one) {
  const stats = one.training_stats;
  const box = el("input", { type: "checkbox", "aria-label": `Compare ${one.model_id}` });
  box.checked = chosen.has(one.model_id);
  box.addEventListener("change", () => {
    if (box.checked) chosen.add(one.model_id);
    else chosen.delete(one.model_id);
    byId("compare").disabled = chosen.size !== 2;
  });
  return el(
    "tr",
    {},
    el("td", {}, box),
    el("td", {}, el("a", { href: page(one.model_id) }, one.model_id), STATES[one.state] && el("span", { class: "muted" }, ` ${STATES[one.state]}`)),
    el("td", { class: "wide" }, title(one.algorithm)),
    el("td", { class: "wide" }, filename(one.dataset_id)),
    el("td", { class: "n wide" }, String(one.version)),
    el("td", { class: "n wide" }, stats.n_samples ? format.count(stats.n_samples) : "–"),
    el("td", { class: "n" }, percent(stats.anomaly_rate)),
    ...MEASURES.map(([key, , as]) => el("td", { class: wideness(key) }, as(measure(stats, key)))),
    el("td", { class: "n wide" }, stats.fit_s === undefined ? "–" : format.duration(stats.fit_s)),
    el("td", { class: "n wide" }, format.age(one.created, Date.now())),
  );
}

/** Two models beside each other. */
async function compareTwo() {
  const two = [...chosen].map((id) => models.find((one) => one.model_id === id)).filter(Boolean);
  if (two.length !== 2) return;
  try {
    const { datasets } = await getJson("/datasets", { limit: 1000 });
    const same = two[0].algorithm === two[1].algorithm;
    const sides = two.map((one, k) => ({
      id: one.model_id,
      name: one.model_id,
      short: same ? `${title(one.algorithm)} ${"AB"[k]}` : title(one.algorithm),
      algorithm: title(one.algorithm),
      stats: one.training_stats,
      dataset: one.dataset_id,
      href: page(one.model_id),
    }));
    compare(byId("comparison"), sides, datasets);
  } catch (error) {
    complain(error);
  }
}

async function train(given) {
  const box = byId("training");
  const close = () => {
    box.hidden = true;
    byId("new").setAttribute("aria-expanded", "false");
    history.replaceState(null, "", location.pathname);
    draw();
  };
  const form = new TrainForm(box, {
    path: (dataset) => `/train/${encodeURIComponent(dataset)}`,
    given: { ...given, title: "Train a model" },
    closed: close,
    trained: async (answer, job) => {
      await load();
      if (job.state === "cancelled") return toast("The training was cancelled; nothing was kept.");
      const open = () => location.assign(page(answer.model_id));
      return toast(`${answer.model_id} is ready.`, { action: "Open", act: open });
    },
  });
  try {
    await form.open();
    byId("new").setAttribute("aria-expanded", "true");
    byId("empty").hidden = true;
    form.dataset?.focus();
  } catch (error) {
    complain(error);
  }
}

byId("new").addEventListener("click", () => train({}));
byId("compare").addEventListener("click", compareTwo);
onKey("n", "Train a model", () => train({}));
const asked = new URLSearchParams(location.search);
load().then(() => asked.get("train") && train({ dataset: asked.get("train"), date: asked.get("date") || null }));

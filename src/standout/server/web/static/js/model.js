// One model: its threshold, what it says of rows, what it learnt, and its versions.

import { complain } from "./again.js";
import { titled } from "./algorithms.js";
import { getJson, remove, sendJson } from "./api.js";
import { Backtest } from "./backtest.js";
import { compare } from "./compare.js";
import { curvesOf } from "./curves.js";
import { address, byId, el, root, search, setText } from "./dom.js";
import * as format from "./format.js";
import { measure, MEASURES, pairs, percent } from "./measures.js";
import { Scored } from "./scored.js";
import { level, mark, word } from "./severity.js";
import { importance, shares } from "./shares.js";
import { Threshold } from "./threshold.js";
import { toast } from "./toast.js";
import { TrainForm } from "./train_form.js";
import { bytes } from "./upload.js";
import "./keys.js";

const id = root.dataset.model;
const path = `/models/${encodeURIComponent(id)}`;
const STATES = { ready: "ready", training: "in training", failed: "failed" };
const LOOK_MS = 1_500; // while a training goes on that was not begun here
let waiting = null;
let drawn = null; // the model that is shown, as text
let model = null;
let title = format.detector;
let dataset = null;
let datasets = []; // all that there are
let shownVersion = null; // what the curves and scores are of

async function load() {
  clearTimeout(waiting);
  try {
    [model, { datasets }, title] = await Promise.all([getJson(path), getJson("/datasets", { limit: 1000 }), titled()]);
    complain(null);
    // What has not changed is not drawn anew: somebody may be typing in it.
    const text = JSON.stringify(model);
    if (text !== drawn) {
      // The rows may be gone; the model is not.
      const there = datasets.some((one) => one.dataset_id === model.dataset_id);
      dataset = there ? await getJson(`/datasets/${encodeURIComponent(model.dataset_id)}`).catch(() => null) : null;
      draw();
      drawn = text;
    }
    if (model.versions.some((one) => one.state === "training") && byId("training").hidden) waiting = setTimeout(load, LOOK_MS);
  } catch (error) {
    complain(error, load);
  }
  root.dataset.ready = "1";
}

function draw() {
  const chip = byId("chip");
  chip.hidden = false;
  const live = model.versions.find((one) => one.live);
  setText(chip, live ? `version ${live.version} predicts` : STATES[model.state]);
  setText(byId("meta"), `${title(model.algorithm)}, ${live ? "trained" : "begun"} ${format.age(model.created, Date.now())}`);
  byId("cols").hidden = false;
  if (live && live.version !== shownVersion) {
    shownVersion = live.version;
    // Their places are kept at once, so that nothing moves when they are filled.
    for (const name of ["scored", "backtest", "threshold-panel"]) byId(name).hidden = false;
    drawCurves();
    new Scored(byId("scored"), { path, learnt: model.dataset_id, first: new URLSearchParams(location.search).get("score") ?? model.dataset_id, most: Number(root.dataset.most) }).open(datasets).catch(complain);
    new Backtest(byId("backtest"), { id, version: live.version }).open().catch(complain);
  }
  drawFacts();
  drawVersions();
  drawTry(live);
}

/** The curves of the training; a model from before they were kept has none. */
async function drawCurves() {
  const [panel, stats] = [byId("threshold-panel"), model.training_stats];
  try {
    const measures = await getJson(`${path}/measures`);
    const curves = curvesOf(measures);
    panel.hidden = !curves;
    byId("importance-panel").hidden = Object.keys(measures.importance).length === 0;
    byId("importance").replaceChildren(importance(measures.importance));
    if (!curves) return;
    const chosen = stats.mode !== "supervised";
    const precision = measure(stats, "average_precision");
    new Threshold(byId("threshold"), curves, {
      days: lasting(),
      retrain: chosen ? (share) => retrain({ contamination: Number(share.toPrecision(3)) }) : null,
      precision: precision === null ? "" : `: average precision ${format.score(precision)}`,
    });
    setText(byId("threshold-shown"), measuredOn(stats) ?? `over ${format.count(stats.n_samples)} training rows; no labels were given`);
  } catch (error) {
    panel.hidden = true;
    complain(error);
  }
}

/** How many days the training rows last; null where nothing says so. */
function lasting() {
  const time = dataset?.data_info.time;
  if (!time?.step_s) return null;
  return ((Date.parse(time.last) - Date.parse(time.first)) / 1e3 + time.step_s) / 86_400;
}

function measuredOn(stats) {
  const rows = measure(stats, "measured_rows");
  if (!rows) return null;
  const what = measure(stats, "measured_on") === "hold-out" ? "rows that were held out" : "labelled rows";
  return `measured on ${format.count(rows)} ${what}, ${format.count(measure(stats, "measured_anomalies") ?? 0)} of them anomalous`;
}

function drawFacts() {
  const stats = model.training_stats;
  if (model.state !== "ready") {
    const last = model.versions.at(-1);
    byId("facts").replaceChildren(el("p", { class: "none" }, model.state === "failed" ? `The training failed: ${last.detail}` : "It is in training."));
    return;
  }
  const time = dataset?.data_info.time;
  const rows = [
    ["Dataset", dataset ? el("a", { href: address(`/ui/datasets${search({ id: model.dataset_id })}`) }, dataset.data_info.filename) : `${model.dataset_id} (discarded)`],
    ["Rows", format.count(stats.n_samples)],
    ...(time ? [["From", `${time.first.slice(0, 16).replace("T", " ")} UTC`], ["To", `${time.last.slice(0, 16).replace("T", " ")} UTC`]] : []),
    ...(dataset ? [["SHA-256 of the rows", el("code", { title: dataset.sha256 }, `${dataset.sha256.slice(0, 12)}…`)]] : []),
    ["Mode", stats.mode.replace("_", " ")],
    ["Column to watch", stats.target_column ?? "none"],
    ["Features", `${format.count(stats.n_features)} from ${format.count(stats.feature_columns.length)} column${stats.feature_columns.length === 1 ? "" : "s"}`],
    ["Expected anomalies", percent(stats.contamination)],
    ["Flagged in training", `${format.count(stats.anomaly_count)} (${percent(stats.anomaly_rate)})`],
    ...MEASURES.filter(([key]) => ["average_precision", "auroc"].includes(key) && measure(stats, key) !== null).map(([key, , as, long]) => [long, as(measure(stats, key))]),
  ];
  byId("facts").replaceChildren(pairs(rows));
}

function drawVersions() {
  const { versions } = model;
  setText(byId("versions-shown"), format.count(versions.length));
  byId("versions").replaceChildren(
    ...[...versions].reverse().map((one) => {
      const before = versions[versions.indexOf(one) - 1];
      const back = el("button", { class: "btn small", type: "button", on: { click: () => roll(one.version) } }, "Roll back");
      return el(
        "tr",
        { "aria-selected": String(one.live) },
        el("td", {}, String(one.version)),
        el("td", {}, one.live ? "predicts" : STATES[one.state]),
        el("td", {}, datasets.find(({ dataset_id: known }) => known === one.dataset_id)?.filename ?? one.dataset_id),
        el("td", { class: "n" }, one.training_stats.n_samples ? format.count(one.training_stats.n_samples) : "–"),
        el("td", { class: "words" }, before ? changes(before, one) : "first"),
        el("td", { class: "n wide" }, format.age(one.ready ?? one.created, Date.now())),
        el("td", { class: "n wide" }, bytes(one.size_bytes)),
        el("td", { class: "n" }, one.state === "ready" && el("span", { class: "row-acts" }, !one.live && model.versions.some(({ live }) => live) && beside(one), !one.live && back, download(one))),
      );
    }),
  );
}

function download({ version }) {
  return el("a", { class: "btn small", href: address(`${path}/file${search({ version })}`), download: "", "aria-label": `Download version ${version}` }, "Download");
}

/** A button that compares a version with the one that predicts. */
function beside(one) {
  const sides = [model.versions.find(({ live }) => live), one].map((version) => ({
    id,
    version: version.version,
    name: `Version ${version.version}`,
    short: `Version ${version.version}`,
    algorithm: title(version.algorithm),
    stats: version.training_stats,
    dataset: version.dataset_id,
    request: version.request,
  }));
  return el("button", { class: "btn small", type: "button", "aria-label": `Compare version ${one.version} with the one that predicts`, on: { click: () => compare(byId("comparison"), sides, datasets) } }, "Compare");
}

/** What was asked for otherwise than before, in words. */
function changes(before, now) {
  const told = [];
  if (before.dataset_id !== now.dataset_id) told.push("dataset");
  const [a, b] = [flat(before.request), flat(now.request)];
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (a[name] !== b[name]) told.push(`${name.replaceAll("_", " ")}: ${a[name] ?? "default"} → ${b[name] ?? "default"}`);
  }
  return told.join("; ") || "nothing";
}

function flat({ params = {}, ...request }) {
  const all = { ...request, ...params };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : String(value)]));
}

async function roll(version) {
  try {
    await sendJson("POST", `${path}/load?version=${version}`, {});
    toast(`Version ${version} predicts now.`);
    await load();
  } catch (error) {
    toast(error.message, { error: true });
  }
}

function drawTry(live) {
  const form = byId("try");
  if (!live) {
    form.replaceChildren(el("p", { class: "muted" }, "It can be tried once it is ready."));
    return;
  }
  const names = [...new Set([model.target_column, ...model.feature_columns].filter(Boolean))];
  const first = dataset?.data_info.sample[0] ?? {};
  const inputs = names.map((name) => el("input", { type: "text", name, value: first[name] ?? "", inputmode: "decimal" }));
  form.replaceChildren(el("div", { class: "form-grid" }, ...inputs.map((input, k) => el("label", { class: "field" }, names[k], input))), el("div", { class: "acts" }, el("button", { class: "btn primary", type: "submit" }, "Score it")));
  form.onsubmit = (event) => {
    event.preventDefault();
    predict(Object.fromEntries(inputs.map((input) => [input.name, cellOf(input.value)])));
  };
}

function cellOf(text) {
  if (text.trim() === "") return null;
  return Number.isNaN(Number(text)) ? text : Number(text);
}

async function predict(data) {
  const box = byId("verdict");
  try {
    const { prediction } = await sendJson("POST", "/predict", { model_id: id, data });
    const name = level(prediction.score)?.name;
    box.replaceChildren(
      el("div", { class: "big-score" }, el("span", { class: "score" }, format.score(prediction.score)), el("div", {}, el("b", { class: "severity" }, name ? mark(name) : null, word(prediction.score)), el("div", { class: "muted" }, prediction.is_anomaly ? "An anomaly: 0.6 or more" : "Not an anomaly: below 0.6"))),
      shares(prediction.contributions, prediction.contribution_kind),
      prediction.imputed.length > 0 ? el("p", { class: "small" }, `Without a value, the median stood in: ${prediction.imputed.join(", ")}.`) : "",
      prediction.history ? el("p", { class: "small" }, "The rows before it are the last ones of the training.") : "",
    );
  } catch (error) {
    box.replaceChildren(el("p", { class: "problem", role: "alert" }, error.message));
  }
}

async function retrain(other = {}) {
  const box = byId("training");
  const form = new TrainForm(box, {
    path: (chosen) => `${path}/retrain/${encodeURIComponent(chosen)}`,
    given: { title: "Train a new version", dataset: model.dataset_id, request: { ...(model.versions.find((one) => one.live) ?? model.versions.at(-1)).request, ...other } },
    closed: () => {
      box.hidden = true;
      byId("retrain").setAttribute("aria-expanded", "false");
    },
    trained: async (answer, job) => {
      await load();
      toast(job.state === "cancelled" ? "The training was cancelled; nothing was kept." : `Version ${answer.version} is ready, and predicts.`);
    },
  });
  try {
    await form.open();
    byId("retrain").setAttribute("aria-expanded", "true");
    box.scrollIntoView({ block: "nearest" });
    form.dataset?.focus();
  } catch (error) {
    complain(error);
  }
}

function ask() {
  const yes = el("button", { class: "btn primary", type: "button" }, "Delete");
  const no = el("button", { class: "btn", type: "button" }, "Keep");
  const dialog = el("dialog", { class: "sheet", "aria-labelledby": "ask-title" }, el("h2", { id: "ask-title" }, "Delete this model?"), el("p", { class: "said" }, "All its versions are removed from the server. The datasets stay."), el("div", { class: "acts" }, yes, no));
  no.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  yes.addEventListener("click", async () => {
    try {
      await remove(path);
      location.assign(address("/ui/models"));
    } catch (error) {
      toast(error.message, { error: true });
      dialog.close();
    }
  });
  document.body.append(dialog);
  dialog.showModal();
}

byId("retrain").addEventListener("click", () => retrain());
byId("delete").addEventListener("click", ask);
load();

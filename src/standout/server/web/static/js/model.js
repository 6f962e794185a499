// One model: what it learnt, its versions, and a row to try it on.

import { getJson, remove, sendJson } from "./api.js";
import { address, byId, el, root, search, setText } from "./dom.js";
import * as format from "./format.js";
import { measure, MEASURES, pairs, percent } from "./measures.js";
import { level, mark, word } from "./severity.js";
import { shares } from "./shares.js";
import { toast } from "./toast.js";
import { TrainForm } from "./train_form.js";
import { bytes } from "./upload.js";
import "./keys.js";

const id = root.dataset.model;
const path = `/models/${encodeURIComponent(id)}`;
const STATES = { ready: "ready", training: "in training", failed: "failed" };
let model = null;
let dataset = null;

function complain(error) {
  byId("problem").hidden = !error;
  setText(byId("problem"), error?.message ?? "");
}

async function load() {
  try {
    model = await getJson(path);
    // The rows may be gone; the model is not.
    dataset = await getJson(`/datasets/${encodeURIComponent(model.dataset_id)}`).catch(() => null);
    complain(null);
    draw();
  } catch (error) {
    complain(error);
  }
  root.dataset.ready = "1";
}

function draw() {
  const chip = byId("chip");
  chip.hidden = false;
  const live = model.versions.find((one) => one.live);
  setText(chip, live ? `version ${live.version} predicts` : STATES[model.state]);
  setText(byId("meta"), `${format.detector(model.algorithm)}, trained ${format.age(model.created, Date.now())}`);
  byId("cols").hidden = false;
  drawFacts();
  drawVersions();
  drawTry(live);
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
    ...(time ? [["Times", `${time.first.slice(0, 16).replace("T", " ")} to ${time.last.slice(0, 16).replace("T", " ")} UTC`]] : []),
    ...(dataset ? [["SHA-256 of the rows", el("code", { title: dataset.sha256 }, `${dataset.sha256.slice(0, 12)}…`)]] : []),
    ["Mode", stats.mode.replace("_", " ")],
    ["Column to watch", stats.target_column ?? "none"],
    ["Features", `${format.count(stats.n_features)} from ${format.count(stats.feature_columns.length)} columns`],
    ["Expected anomalies", percent(stats.contamination)],
    ["Flagged in training", `${format.count(stats.anomaly_count)} (${percent(stats.anomaly_rate)})`],
  ];
  const measured = MEASURES.filter(([key]) => measure(stats, key) !== null).map(([key, name, as]) => [name, as(measure(stats, key))]);
  const on = measure(stats, "measured_on") ?? "labelled rows";
  const count = measure(stats, "measured_rows");
  byId("facts").replaceChildren(
    el("div", { class: "profile-facts" }, pairs(rows), measured.length > 0 ? el("div", {}, pairs(measured), el("p", { class: "small" }, `Measured on ${on === "hold-out" ? "rows that were held out" : "all labelled rows"}${count ? `: ${format.count(count)}, ${format.count(measure(stats, "measured_anomalies") ?? 0)} of them anomalous` : ""}.`)) : el("p", { class: "small" }, "No labels were given, so nothing says how well it does.")),
  );
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
        el("td", {}, one.dataset_id),
        el("td", { class: "n" }, one.training_stats.n_samples ? format.count(one.training_stats.n_samples) : "–"),
        el("td", { class: "words" }, before ? changes(before, one) : "first"),
        el("td", { class: "n wide" }, format.age(one.ready ?? one.created, Date.now())),
        el("td", { class: "n wide" }, bytes(one.size_bytes)),
        el("td", {}, one.live || one.state !== "ready" ? "" : back),
      );
    }),
  );
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

async function retrain() {
  const box = byId("training");
  const form = new TrainForm(box, {
    path: (chosen) => `${path}/retrain/${encodeURIComponent(chosen)}`,
    given: { title: "Train a new version", dataset: model.dataset_id, request: model.versions.at(-1).request },
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

byId("retrain").addEventListener("click", retrain);
byId("delete").addEventListener("click", ask);
load();

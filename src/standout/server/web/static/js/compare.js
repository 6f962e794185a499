// Two models, or two versions of one, beside each other: figures, curves, and scores of the same rows.

import { getJson } from "./api.js";
import { curvesOf } from "./curves.js";
import { el, setText } from "./dom.js";
import * as format from "./format.js";
import { measure, MEASURES, percent } from "./measures.js";
import { drawCurves } from "./pr_chart.js";
import { keepDrawn } from "./redraw.js";
import { scoreLanes } from "./score_lane.js";

const LOOKS = [
  { colour: "trace", dash: [], look: "solid" },
  { colour: "accent", dash: [5, 3], look: "dashed" },
];
const path = ({ id }) => `/models/${encodeURIComponent(id)}`;

/**
 * Fills `box` with a comparison. `sides` are two of `{ id, version, name, algorithm, stats,
 * dataset, href }`; `datasets` are those that there are, whose rows both can be asked to score.
 */
export function compare(box, sides, datasets) {
  const lanes = el("div", { class: "result" });
  const problem = el("p", { class: "problem inside", role: "alert", hidden: true });
  const select = el("select", { id: "compared-dataset" }, ...datasets.map((one) => el("option", { value: one.dataset_id }, one.filename)));
  const first = sides.map((side) => side.dataset).find((id) => datasets.some((one) => one.dataset_id === id));
  const plots = el("div", { class: "compared" });
  const events = el("div", {});
  box.replaceChildren(
    el("div", { class: "phead" }, el("h2", { id: "comparison-title", tabindex: "-1" }, "Compared"), ...sides.map(named), el("span", { class: "space" }), el("button", { class: "btn small", type: "button", on: { click: () => (box.hidden = true) } }, "Close")),
    plots,
    datasets.length > 0 && el("div", { class: "phead lanes-head" }, el("h3", {}, "Scores of the same rows"), el("label", { class: "field-inline" }, el("span", { class: "sr" }, "Dataset"), select), el("span", { class: "muted", id: "learnt-note" })),
    problem,
    lanes,
    events,
    differences(sides),
  );
  box.hidden = false;
  byTitle(box).focus();
  const score = () => {
    const learnt = sides.some((side) => side.dataset === select.value);
    setText(box.querySelector("#learnt-note"), learnt ? "rows that were learnt are known better than new ones" : "");
    drawLanes({ lanes, events, problem }, sides, select.value);
  };
  select.addEventListener("change", score);
  if (first) select.value = first;
  if (datasets.length > 0) score();
  drawPlots(plots, sides);
}

const byTitle = (box) => box.querySelector("#comparison-title");

function named({ name, href }, k) {
  return el("span", { class: "side" }, el("i", { class: LOOKS[k].look, "aria-hidden": "true" }), href ? el("a", { href }, name) : name);
}

async function drawPlots(box, sides) {
  box.replaceChildren(figures(sides));
  const found = await Promise.all(sides.map((side) => getJson(`${path(side)}/measures`, { version: side.version }).catch(() => null)));
  const curves = found.map(curvesOf);
  if (!curves.every((one) => one?.labelled)) return;
  const canvas = el("canvas", { class: "pr still", role: "img", "aria-label": `Precision over recall of ${sides.map((side) => side.name).join(" and ")}` });
  box.append(canvas);
  keepDrawn(canvas, () => drawCurves(canvas, curves.map((one, k) => ({ curves: one, at: one.shipped, ...LOOKS[k] }))));
}

/** A pair of bars a figure. */
function figures(sides) {
  const rows = MEASURES.filter(([key]) => sides.some((side) => measure(side.stats, key) !== null));
  if (rows.length === 0) return el("p", { class: "small" }, "Neither was measured on labels; their scores of the same rows tell them apart.");
  return el(
    "div",
    { class: "figures" },
    ...rows.map(([key, , as, name]) =>
      el(
        "div",
        { class: "figure" },
        el("span", {}, name),
        el("div", {}, ...sides.map((side, k) => pair(side, k, key, as))),
      ),
    ),
  );
}

function pair(side, k, key, as) {
  const value = measure(side.stats, key);
  return el("div", { class: "bar" }, el("meter", { class: LOOKS[k].look, min: 0, max: 1, value: value ?? 0, "aria-label": `${side.name}, ${key}` }), el("span", { class: "n" }, as(value)));
}

async function drawLanes({ lanes: box, events, problem }, sides, dataset) {
  if (box.children.length === 0) box.append(el("p", { class: "none" }, "Scoring all rows"));
  box.classList.add("waiting");
  try {
    const found = await Promise.all(sides.map((side) => getJson(`${path(side)}/scores/${encodeURIComponent(dataset)}`, { version: side.version, highest: 0 })));
    problem.hidden = true;
    box.replaceChildren(scoreLanes(sides.map((side, k) => ({ name: side.short, note: `${format.count(found[k].anomaly_count)} flagged`, found: found[k] }))));
    events.replaceChildren(alarms(sides, found));
  } catch (error) {
    problem.hidden = false;
    setText(problem, error.message);
    box.replaceChildren();
    events.replaceChildren();
  }
  box.classList.remove("waiting");
}

const known = (x, as) => (x === null || x === undefined ? "–" : as(x));
const late = (seconds) => (seconds === 0 ? "at once" : format.duration(seconds));

const few = (x) => format.brief(Number(x.toPrecision(2)));
const [[, , share]] = MEASURES;
const EVENTS = [
  ["Events found", ({ found, events }) => `${found} of ${events}`],
  ["False alarms a day", (events) => known(events.false_alarms_per_day, few)],
  ["Event precision", (events) => known(events.precision, share)],
  ["Event F1", (events) => known(events.f1, share)],
  ["Median delay", (events) => known(events.delay_s, late)],
];

/** What alarms there would have been, event by event where rows are labelled and have times. */
function alarms(sides, found) {
  const row = (name, tell) => el("tr", {}, el("th", { scope: "row" }, name), ...sides.map((side, k) => el("td", { class: "num" }, tell(found[k], side))));
  const events = found.every((one) => one.events) ? EVENTS : [];
  return table("Alarms on these rows", sides, [
    row("Flagged rows", ({ anomaly_count: flagged, anomaly_rate: rate }) => `${format.count(flagged)}, ${percent(rate)}`),
    ...events.map(([name, tell]) => row(name, (one) => tell(one.events))),
    row("Scoring", ({ score_us: us }) => `${few(us)} µs a row`),
    row("Training", (_, { stats }) => known(stats.fit_s, format.duration)),
  ]);
}

function table(name, sides, rows) {
  const heads = el("tr", {}, el("th", { scope: "col" }, name), ...sides.map((side, k) => el("th", { scope: "col" }, el("span", { class: "side" }, el("i", { class: LOOKS[k].look, "aria-hidden": "true" }), side.short))));
  return el("div", { class: "tablewrap differences", tabindex: "0", role: "region", "aria-label": name }, el("table", { class: "table" }, el("thead", {}, heads), el("tbody", {}, ...rows)));
}

/** What differs, line by line; what is the same, in a sentence. */
function differences(sides) {
  const facts = sides.map(({ algorithm, dataset, stats, request = {} }) => ({
    Algorithm: algorithm,
    Dataset: dataset,
    Mode: stats.mode ?? "–",
    "Column to watch": stats.target_column ?? "none",
    Columns: (stats.feature_columns ?? []).join(", "),
    Features: String(stats.n_features ?? "–"),
    "Rows learnt": format.count(stats.n_samples ?? 0),
    "Expected anomalies": percent(stats.contamination),
    Flagged: percent(stats.anomaly_rate),
    ...Object.fromEntries(Object.entries(request.params ?? {}).map(([name, value]) => [name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " "), String(value)])),
    ...(request.seed === undefined ? {} : { Seed: String(request.seed) }),
  }));
  const names = [...new Set(facts.flatMap((one) => Object.keys(one)))];
  const told = (one, name) => one[name] ?? "default";
  const differ = names.filter((name) => told(facts[0], name) !== told(facts[1], name));
  const same = names.filter((name) => !differ.includes(name));
  const rows = differ.map((name) => el("tr", {}, el("th", { scope: "row" }, name), ...facts.map((one) => el("td", { class: "words" }, told(one, name)))));
  return el(
    "div",
    {},
    rows.length > 0 && table("What differs", sides, rows),
    same.length > 0 && el("p", { class: "none small same" }, `The same in both: ${same.map((name) => name.charAt(0).toLowerCase() + name.slice(1)).join(", ")}.`),
  );
}

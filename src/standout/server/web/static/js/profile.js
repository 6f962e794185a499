// What is in a dataset, before anything is done with it.

import { address, el, search } from "./dom.js";
import * as format from "./format.js";
import { common, histogram, strip } from "./shape_chart.js";
import { bytes } from "./upload.js";

const WORDS = { integer: "whole number", number: "number", boolean: "yes or no", datetime: "time", text: "text" };

/** Fills `box` with the profile of a dataset; `actions` are buttons beside its name. */
export function drawProfile(box, { dataset_id: id, data_info: info }, actions) {
  const time = timeChoice(info);
  const train = el("a", { class: "btn primary", href: "#" }, "Train on this");
  const aim = () => (train.href = address(`/ui/models${search({ train: id, date: time.value })}`));
  time.addEventListener("change", aim);
  aim();
  box.replaceChildren(
    el(
      "div",
      { class: "panel" },
      el("div", { class: "phead" }, el("h2", { id: "profile-title", tabindex: "-1" }, info.filename), el("span", { class: "muted" }, id), el("span", { class: "space" }), train, ...actions),
      facts(info, time),
      info.warnings.length > 0 && el("ul", { class: "warnings", "aria-label": "Warnings" }, ...info.warnings.map((text) => el("li", {}, text))),
    ),
    columns(info),
    sample(info),
  );
  box.hidden = false;
}

function timeChoice({ datetime_columns: names, date_column: chosen }) {
  const none = el("option", { value: "" }, names.length ? "none" : "none found");
  const select = el("select", { id: "time-column" }, ...names.map((name) => el("option", { value: name }, name)), none);
  select.value = chosen ?? "";
  select.disabled = names.length === 0;
  return select;
}

function facts(info, timeSelect) {
  const { time } = info;
  const read = [info.format.toUpperCase(), info.delimiter && `delimiter ${named(info.delimiter)}`, info.encoding, info.header === false && "no header", info.decimal_comma.length > 0 && "decimal comma"];
  const rows = [
    ["Rows", format.count(info.rows)],
    ["Columns", format.count(info.columns)],
    ["Size", bytes(info.size_bytes)],
    ["Read as", read.filter(Boolean).join(", ")],
    ["Rows twice", format.count(info.duplicate_rows)],
  ];
  const times = time && [
    ["From", `${stamp(time.first)} UTC`],
    ["To", `${stamp(time.last)} UTC`],
    ["Step", time.step_s ? format.duration(time.step_s) : "–"],
    ["Gaps", format.count(time.gaps)],
    ["Times twice", format.count(time.duplicates)],
  ];
  return el(
    "div",
    { class: "profile-facts" },
    pairs(rows),
    el("dl", { class: "kv" }, el("dt", {}, el("label", { for: "time-column" }, "Column of times")), el("dd", {}, timeSelect), ...(times ?? []).flatMap(([name, text]) => [el("dt", {}, name), el("dd", {}, text)])),
  );
}

const pairs = (rows) => el("dl", { class: "kv" }, ...rows.flatMap(([name, text]) => [el("dt", {}, name), el("dd", {}, text)]));
const named = (delimiter) => ({ ",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space" })[delimiter] ?? delimiter;
const stamp = (iso) => iso.replace("T", " ").replace(/(\.0+)?Z$/, "");

function columns(info) {
  const rows = info.column_names.map((name) => {
    const told = info.statistics[name] ?? {};
    const missing = info.missing_values[name] / Math.max(1, info.rows);
    const kind = info.data_types[name];
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, name),
      el("td", {}, WORDS[kind]),
      el("td", { class: "n" }, missing ? percent(missing) : "–"),
      el("td", { class: "n" }, cell(told.min, kind)),
      el("td", { class: "n" }, cell(told.median, kind)),
      el("td", { class: "n" }, cell(told.max, kind)),
      el("td", { class: "n wide" }, format.count(told.unique ?? 0)),
      ...pictures(info, name),
    );
  });
  const heads = [["Column"], ["Type"], ["Missing", "n"], ["Lowest", "n"], ["Median", "n"], ["Highest", "n"], ["Distinct", "n wide"], ["Spread", "wide"], ["From first row to last", "wide"]];
  return tablePanel("Columns", format.count(info.columns), "Table of columns", heads, rows);
}

function cell(x, kind) {
  if (x === undefined || x === null) return "–";
  return kind === "datetime" ? stamp(x) : format.value(Number(x));
}

const percent = (share) => (share < 0.001 ? "under 0.1 %" : `${format.brief(Number((share * 100).toPrecision(2)))} %`);

/** The last cells of a column: pictures of numbers, words for texts. */
function pictures(info, name) {
  const { histogram: counts, strip: parts, common: usual } = info.shapes?.[name] ?? {};
  if (usual) return [el("td", { class: "wide", colspan: "2" }, common(usual, info.rows))];
  return [el("td", { class: "wide spark" }, counts ? histogram(counts, name) : ""), el("td", { class: "wide spark" }, parts ? strip(parts, name) : "")];
}

function sample(info) {
  const rows = info.sample.map((row) => el("tr", {}, ...info.column_names.map((name) => el("td", { class: ["integer", "number"].includes(info.data_types[name]) ? "n" : null }, shown(row[name], info.data_types[name])))));
  const kinds = info.column_names.map((name) => (["integer", "number"].includes(info.data_types[name]) ? "n" : null));
  return tablePanel("First rows", format.count(info.sample.length), "Table of the first rows", info.column_names.map((name, k) => [name, kinds[k]]), rows, "short");
}

const shown = (x, kind) => (x === null || x === undefined ? "–" : kind === "datetime" ? stamp(x) : String(x));

function tablePanel(title, note, label, heads, rows, height = "") {
  return el(
    "div",
    { class: "panel" },
    el("div", { class: "phead" }, el("h3", {}, title), el("span", { class: "muted" }, note)),
    el(
      "div",
      { class: `tablewrap ${height}`, tabindex: "0", role: "region", "aria-label": label },
      el("table", { class: "table" }, el("thead", {}, el("tr", {}, ...heads.map(([name, kind]) => el("th", { scope: "col", class: kind }, name)))), el("tbody", {}, ...rows)),
    ),
  );
}

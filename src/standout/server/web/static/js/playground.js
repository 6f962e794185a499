// The playground: numbers in, what stands out at once; nothing is kept.

import { complain } from "./again.js";
import { address, byId, debounced, el, root, setText } from "./dom.js";
import { getJson } from "./api.js";
import * as format from "./format.js";
import { drawLegend } from "./legend.js";
import { MOST, readNumbers } from "./numbers.js";
import { SAMPLES } from "./samples.js";
import { schemaForm } from "./schema_form.js";
import { ScoredChart } from "./scored_chart.js";
import { told } from "./severity.js";
import { toast } from "./toast.js";
import { upload } from "./upload.js";
import "./keys.js";

const area = byId("values");
const hidden = new Set();
const chart = new ScoredChart({ hidden });
let asking = null;
let last = null;
let detectors = [];
const votesHead = el("th", { scope: "col", class: "n" }, "Votes");
let params = null; // the form of the chosen detector

/** The request; what is left at its default is left out. Null where a parameter is wrong. */
function body({ values, times }) {
  const detector = byId("detector").value;
  const asked = params?.read() ?? (params ? null : {});
  if (asked === null) return null;
  const { window, ...others } = asked;
  return {
    values,
    ...(times ? { timestamps: times } : {}),
    ...(detector ? { detector } : {}),
    ...(window === undefined ? {} : { window }),
    ...(Object.keys(others).length ? { params: others } : {}),
  };
}

/** Shows what a detector is good and bad at, and its parameters. */
function explain() {
  const one = detectors.find(({ name, task }) => name === byId("detector").value && task !== "table");
  if (!one) return;
  setText(byId("detector-title"), one.title);
  byId("about").replaceChildren(...[["What it does", one.summary], ["Good at", one.good_at], ["Bad at", one.bad_at], ["Cost", one.cost]].map(([name, text]) => el("div", {}, el("dt", {}, name), el("dd", {}, text))));
  params = schemaForm(one.params, { changed: debounced(score, 300) });
  byId("params").replaceChildren(...params.fields);
  byId("params-fold").hidden = params.fields.length === 0;
}

/** Where each value stands: its time if times ascend, else its place. */
function places({ values, times }) {
  const stamps = times?.map((text) => (Number.isFinite(Number(text)) ? NaN : Date.parse(/Z|[+-]\d\d:?\d\d$/.test(text) ? text : `${text.replace(" ", "T")}Z`)) / 1e3);
  const timed = Boolean(stamps) && stamps.every((stamp, k) => Number.isFinite(stamp) && (k === 0 || stamp > stamps[k - 1]));
  return { timed, xs: timed ? stamps : values.map((_, k) => k + 1) };
}

async function score() {
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  try {
    const read = readNumbers(area.value);
    setText(byId("count"), read.values.length ? `${format.count(read.values.length)}, read as ${read.format}` : "");
    complain(null);
    if (read.values.length === 0) return;
    const wanted = body(read);
    if (!wanted) return;
    const begun = performance.now();
    const answer = await getJson("/detect", {}, { method: "POST", signal, headers: { Accept: "application/json", "Content-Type": "application/json" }, body: JSON.stringify({ ...wanted, votes: true }) });
    last = { ...read, wanted };
    const { xs, timed } = places(read);
    chart.show(xs, read.values, answer, timed);
    list(read);
    setText(byId("meta"), `${format.counted(chart.anomalies.length, "stretch", "stretches")} of ${format.count(read.values.length)} values ${chart.anomalies.length === 1 ? "stands" : "stand"} out. Scored in ${format.duration((performance.now() - begun) / 1e3)}; nothing is kept.`);
    root.dataset.scored = String(read.values.length);
  } catch (error) {
    if (error.name !== "AbortError") complain(error, score);
  }
}

function list({ times }) {
  const { voters, votes } = chart.held;
  if (voters.length > 1) byId("heads").append(votesHead);
  else votesHead.remove();
  const rows = [...chart.anomalies].sort((a, b) => b.score - a.score).slice(0, 200);
  byId("rows").replaceChildren(
    ...rows.map((one) =>
      el(
        "tr",
        {},
        el("td", {}, el("span", { class: "severity" }, ...told(one.score, ""))),
        el("td", { class: "n" }, format.score(one.score)),
        el("td", { class: "n" }, el("button", { class: "link", type: "button", title: "Show it in the chart", on: { click: () => chart.focusOn(one.at) } }, times ? times[one.at] : format.count(one.at + 1))),
        el("td", { class: "n" }, format.value(one.value)),
        el("td", { class: "n" }, format.between(one.lower, one.upper, format.brief)),
        voters.length > 1 && el("td", { class: "n" }, `${votes.filter((column) => column[one.at]).length} of ${voters.length}`),
      ),
    ),
  );
  byId("none").hidden = rows.length > 0;
  setText(byId("none"), "Nothing stands out.");
  setText(byId("flagged-shown"), rows.length < chart.anomalies.length ? `highest ${rows.length} of ${format.count(chart.anomalies.length)}` : format.count(rows.length));
}

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    toast(`${what} is copied.`);
  } catch {
    toast("The browser does not let this page copy; mark the text and copy it by hand.", { error: true });
  }
}

/** JSON as Python writes it. */
function python(value) {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value === "object") return `{${Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${python(one)}`).join(", ")}}`;
  return JSON.stringify(value);
}

const origin = () => new URL(address("/detect"), location.href).href;
const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

byId("curl").addEventListener("click", () => last && copy(`curl ${origin()} -H 'Content-Type: application/json' -d ${quoted(JSON.stringify(last.wanted))}`, "The curl command"));
byId("python").addEventListener("click", () => {
  if (!last) return;
  const { values, timestamps, ...others } = last.wanted;
  const lines = [python(values), ...(timestamps ? [python(timestamps)] : []), ...Object.entries(others).map(([name, value]) => `${name}=${python(value)}`)];
  copy(`from standout import detect\n\nfound = detect(\n${lines.map((line) => `    ${line},\n`).join("")})\nprint(found.anomaly)\nprint(found.score)\n`, "The Python code");
});
byId("save").addEventListener("click", () => {
  if (!last) return;
  const lines = last.values.map((value, k) => (last.times ? `${last.times[k]},` : "") + (value ?? ""));
  const text = `${last.times ? "timestamp,value" : "value"}\n${lines.join("\n")}\n`;
  const box = byId("save").parentNode;
  const row = box.parentNode.querySelector(".uploads") ?? box.parentNode.appendChild(el("ul", { class: "uploads" }));
  upload(new File([text], "playground.csv", { type: "text/csv" }), row, {
    most: Infinity,
    done: ({ dataset_id: id }) => toast("It is a dataset now.", { action: "Open", act: () => location.assign(address(`/ui/datasets?id=${encodeURIComponent(id)}`)) }),
  });
});

function take(file) {
  if (file.size > 40 * MOST) return complain(new Error("That file is too long for the playground; upload it as a dataset or a stream."));
  return file.text().then((text) => {
    area.value = text;
    score();
  });
}

addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
});
area.addEventListener("input", debounced(score, 300));
byId("detector").addEventListener("change", () => {
  explain();
  score();
});
byId("sample").replaceChildren(el("option", { value: "" }, "own numbers"), ...SAMPLES.map(([name], k) => el("option", { value: k }, name)));
byId("sample").addEventListener("change", () => {
  const chosen = SAMPLES[byId("sample").value];
  if (!chosen) return;
  area.value = chosen[1]().join("\n");
  score();
});
drawLegend(byId("legend"), { key: "playground.hidden", hidden, changed: () => chart.repaint() });

async function start() {
  try {
    ({ detectors } = await getJson("/detectors"));
    const group = (task, label) => {
      const fit = detectors.filter((one) => one.task === task);
      return el("optgroup", { label }, ...fit.map((one) => el("option", { value: one.name, title: one.summary }, one.title)));
    };
    byId("detector").replaceChildren(group("series", "See the whole series"), group("stream", "See only what came before"));
    byId("detector").value = detectors.find((one) => one.task === "series" && one.default)?.name ?? detectors[0].name;
    explain();
    complain(null);
  } catch (error) {
    complain(error, start);
    root.dataset.ready = "1";
    return;
  }
  byId("sample").value = "0";
  byId("sample").dispatchEvent(new Event("change"));
  root.dataset.ready = "1";
}

start();

// Datasets: dropped here, looked at before they are used, listed.

import { complain } from "./again.js";
import { getJson, remove } from "./api.js";
import { titled } from "./algorithms.js";
import { address, byId, el, root, search, setText } from "./dom.js";
import * as format from "./format.js";
import { drawProfile } from "./profile.js";
import { toast } from "./toast.js";
import { bytes, upload } from "./upload.js";
import "./keys.js";

const FORMATS = { csv: "CSV", json: "JSON", jsonl: "JSON Lines", parquet: "Parquet", arrow: "Arrow" };
const most = Number(root.dataset.most);
const path = (id) => `/datasets/${encodeURIComponent(id)}`;
const drop = byId("drop");
let listed = [];
let next = null;

async function load({ more = false } = {}) {
  try {
    const page = await getJson("/datasets", { limit: 100, after: more ? next : undefined });
    listed = more ? [...listed, ...page.datasets] : page.datasets;
    next = page.next;
    complain(null);
    draw();
  } catch (error) {
    complain(error, () => load({ more }));
  }
}

function draw() {
  const now = Date.now();
  const rows = listed.map((one) =>
    el(
      "tr",
      { "aria-selected": String(one.dataset_id === shownId()) },
      el("td", {}, el("button", { class: "link", type: "button", on: { click: () => show(one.dataset_id) } }, one.filename)),
      el("td", { class: "wide" }, FORMATS[one.format] ?? one.format),
      el("td", { class: "n" }, format.count(one.rows)),
      el("td", { class: "n wide" }, format.count(one.columns)),
      el("td", { class: "n wide" }, bytes(one.size_bytes)),
      el("td", { class: "n" }, format.age(one.created, now)),
    ),
  );
  byId("rows").replaceChildren(...rows);
  byId("list").hidden = listed.length === 0;
  drop.classList.toggle("compact", listed.length > 0);
  byId("more-foot").hidden = next === null;
  setText(byId("shown"), next === null ? format.count(listed.length) : `newest ${format.count(listed.length)}`);
  setText(byId("meta"), listed.length === 0 ? "No datasets yet." : `${format.counted(listed.length, "dataset")}${next === null ? "" : " or more"}; each stays as it was uploaded.`);
  root.dataset.ready = "1";
}

const shownId = () => new URLSearchParams(location.search).get("id");

/** Shows a dataset's profile; the address names it, so that a link leads back here. */
async function show(id, { focus = true } = {}) {
  try {
    const dataset = await getJson(path(id));
    history.replaceState(null, "", search({ id }));
    const discard = el("button", { class: "btn", type: "button", on: { click: () => ask(dataset) } }, "Discard");
    const score = el("button", { class: "btn", type: "button", on: { click: () => choose(dataset) } }, "Score with a model");
    drawProfile(byId("profile"), dataset, [score, discard]);
    if (focus) byId("profile-title").focus();
    complain(null);
    draw();
  } catch (error) {
    complain(error, () => show(id, { focus }));
  }
}

/** Lets a person choose the model that scores a dataset; its page shows what comes of it. */
async function choose({ dataset_id: id, data_info: info }) {
  const title = titled();
  const close = el("button", { class: "btn", type: "button" }, "Close");
  const list = el("ul", { class: "pick" });
  const dialog = el("dialog", { class: "sheet", "aria-labelledby": "pick-title" }, el("h2", { id: "pick-title" }, `Score ${info.filename} with`), list, el("div", { class: "acts" }, close));
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  try {
    const { models } = await getJson("/models", { limit: 1000 });
    const fits = (one) => (one.training_stats.feature_columns ?? []).every((name) => info.column_names.includes(name));
    const ready = models.filter((one) => one.state === "ready");
    const name = await title;
    const fit = ready.filter(fits);
    list.append(...fit.map((one) => el("li", {}, el("a", { href: address(`/ui/models/${encodeURIComponent(one.model_id)}${search({ score: id })}`) }, one.model_id), el("span", { class: "muted" }, `${name(one.algorithm)}, trained ${format.age(one.created, Date.now())}`))));
    const rest = ready.length - fit.length;
    if (rest > 0) list.append(el("li", { class: "muted" }, `${format.counted(rest, "model")} ${rest === 1 ? "wants" : "want"} other columns.`));
    if (ready.length === 0) list.append(el("li", { class: "muted" }, "There is no model yet. Train one on this dataset first."));
  } catch (error) {
    complain(error);
    return;
  }
  document.body.append(dialog);
  dialog.showModal();
}

/** Discards after a question: it cannot be undone. */
function ask({ dataset_id: id, data_info: info }) {
  const yes = el("button", { class: "btn primary", type: "button" }, "Discard");
  const no = el("button", { class: "btn", type: "button" }, "Keep");
  const dialog = el("dialog", { class: "sheet", "aria-labelledby": "ask-title" }, el("h2", { id: "ask-title" }, `Discard ${info.filename}?`), el("p", { class: "said" }, "The rows are removed from the server. Models that were trained on it stay."), el("div", { class: "acts" }, yes, no));
  no.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  yes.addEventListener("click", async () => {
    try {
      await remove(path(id));
      history.replaceState(null, "", location.pathname);
      byId("profile").hidden = true;
      toast(`${info.filename} is discarded.`);
      await load();
    } catch (error) {
      toast(error.message, { error: true });
    }
    dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
}

function take(files) {
  for (const file of files) {
    upload(file, byId("uploads"), {
      most,
      done: async (dataset) => {
        setText(byId("say"), `${file.name} is uploaded: ${format.count(dataset.data_info.rows)} rows.`);
        await load();
        await show(dataset.dataset_id);
      },
    });
  }
}

for (const type of ["dragenter", "dragover"]) {
  addEventListener(type, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
for (const type of ["dragleave", "drop"]) addEventListener(type, () => drop.classList.remove("over"));
addEventListener("drop", (event) => {
  event.preventDefault();
  take(event.dataTransfer.files);
});
for (const id of ["choose", "choose-too"]) byId(id).addEventListener("click", () => byId("file").click());
byId("file").addEventListener("change", () => {
  take(byId("file").files);
  byId("file").value = "";
});
byId("more").addEventListener("click", () => load({ more: true }));
setText(drop.querySelector(".num"), bytes(most));
load().then(() => shownId() && show(shownId(), { focus: false }));

// The page of one stream.

import { AnomalyTable } from "./anomaly_table.js";
import { Chart } from "./chart.js";
import { drawHeader } from "./client_header.js";
import { connect, describe } from "./connection.js";
import { oncePerFrame } from "./frame.js";
import { drawLegend } from "./legend.js";
import { Series } from "./series.js";
import { Summary } from "./summary.js";
import { View } from "./view.js";

const AROUND = 25; // observations on either side of one that was picked

const root = document.documentElement;
const id = root.dataset.client;
const series = new Series();
const view = new View(series);
const chart = new Chart(id, series, view, () => redraw());
const table = new AnomalyTable(pick);
const followButton = document.getElementById("follow");
const followText = document.getElementById("follow-text");
let summary = null;

function draw() {
  chart.draw();
  followButton.setAttribute("aria-pressed", String(view.following));
  followText.textContent = view.following ? "Following live" : "Paused, return to now";
  root.dataset.following = view.following;
  root.dataset.from = view.from;
  root.dataset.to = view.to;
  if (summary === null) return;
  const now = summary.now(series);
  drawHeader(now);
  table.draw(series, now.anomalies);
  root.dataset.points = series.length;
  root.dataset.anomalies = series.flagged;
  root.dataset.ready = "1";
}

const redraw = oncePerFrame(draw);

const take = {
  history({ stream, points }) {
    series.clear();
    series.append(points);
    table.clear();
    summary = new Summary(stream);
    summary.append(points);
  },
  points({ points }) {
    series.append(points);
    summary?.append(points);
  },
  status({ stream }) {
    summary?.hear(stream);
  },
};

function receive(message) {
  take[message.type]?.(message);
  redraw();
}

function pick(time) {
  const index = series.find(time);
  const begin = Math.max(series.start, index - AROUND);
  const end = Math.min(series.last, index + AROUND);
  view.zoom(series.time[begin], series.time[end]);
  table.select(time);
  chart.select(index);
  document.getElementById("chart").scrollIntoView({ block: "nearest" });
  redraw();
}

function toggle() {
  view.toggle();
  redraw();
}

function onSpace(event) {
  if (event.key !== " " || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, button, a, select, textarea, .tablewrap")) return;
  event.preventDefault();
  toggle();
}

for (const button of document.querySelectorAll("#newest button")) {
  button.addEventListener("click", () => {
    for (const other of button.parentNode.children) {
      other.setAttribute("aria-pressed", String(other === button));
    }
    view.newest = button.dataset.newest === "all" ? Infinity : Number(button.dataset.newest);
    view.follow();
    redraw();
  });
}

followButton.addEventListener("click", toggle);
document.addEventListener("keydown", onSpace);
addEventListener("themechange", redraw);
document.fonts.addEventListener("loadingdone", redraw);
setInterval(() => summary && !document.hidden && drawHeader(summary.now(series)), 1000);
drawLegend(document.getElementById("legend"));
describe("Live");
connect(`/live/streams/${encodeURIComponent(id)}`, receive);

// The log: its newest lines, as they are written.

import { byId, debounced, el, root, setText, streamPage } from "./dom.js";
import * as format from "./format.js";
import { oncePerFrame } from "./frame.js";
import { onKey } from "./keys.js";
import { connect } from "./live.js";
import { recall, remember } from "./storage.js";
import { toast } from "./toast.js";

const MOST = 5_000;
const ROW = 26;
const MORE = 10;
const AROUND_US = 1.8e9; // half an hour
const LEVELS = ["debug", "info", "warning", "error", "critical"];
const KNOWN = new Set(["n", "at", "level", "event", "fields"]);

const box = byId("log");
const list = byId("lines");
const level = byId("level");
const filter = byId("filter");
let lines = [];
let shown = [];
let after = 0;
let following = true;
let missed = 0;
let heard = false;

const text = (line) => [line.event, ...Object.entries(line.fields).map(([name, value]) => `${name}=${value}`)].join(" ");

function fits(line) {
  const wanted = filter.value.trim().toLowerCase();
  return LEVELS.indexOf(line.level) >= LEVELS.indexOf(level.value) && (!wanted || `${line.level} ${text(line)}`.toLowerCase().includes(wanted));
}

function choose() {
  shown = lines.filter(fits);
  redraw();
}

const redraw = oncePerFrame(() => {
  const missing = missed > 0 ? `, ${format.count(missed)} older ones are gone` : "";
  setText(byId("shown"), `${format.count(shown.length)} of ${format.count(lines.length)}${missing}`);
  setText(byId("meta"), "Times in UTC. The server keeps the newest 2,000 lines in memory.");
  byId("none").hidden = shown.length > 0;
  box.hidden = shown.length === 0;
  byId("follow").setAttribute("aria-pressed", String(following));
  setText(byId("follow-text"), following ? "Following" : "Paused, jump to now");
  list.style.height = `${shown.length * ROW}px`;
  if (following) box.scrollTop = box.scrollHeight;
  place();
  root.dataset.lines = shown.length;
  root.dataset.following = following;
  if (heard) root.dataset.ready = "1";
});

const rows = new Map();

/** Puts those lines into the page that can be seen. */
function place() {
  const low = Math.max(0, Math.floor(box.scrollTop / ROW) - MORE);
  const high = Math.min(shown.length, Math.ceil((box.scrollTop + box.clientHeight) / ROW) + MORE);
  const wanted = new Set(shown.slice(low, high).map((line) => line.n));
  for (const [n, row] of rows) {
    if (wanted.has(n)) continue;
    row.remove();
    rows.delete(n);
  }
  for (let k = low; k < high; k += 1) {
    const line = shown[k];
    if (!rows.has(line.n)) rows.set(line.n, make(line));
    const row = rows.get(line.n);
    row.style.top = `${k * ROW}px`;
    if (row.parentNode !== list) list.append(row);
  }
}

function make(line) {
  const { stream } = line.fields;
  const rest = Object.entries(line.fields).filter(([name]) => name !== "stream" && !KNOWN.has(name));
  const words = el("span", { class: "words", title: text(line), data: { level: line.level } }, el("b", {}, line.event), " ");
  if (stream) words.append(el("a", { href: streamPage(String(stream), around(line.fields.at)) }, String(stream)), " ");
  words.append(el("span", {}, rest.map(([name, value]) => `${name}=${value}`).join(" ")));
  const copy = el("button", { type: "button", "aria-label": `Copy line ${line.n}` }, "Copy");
  copy.addEventListener("click", () => copyLine(line));
  return el("li", { data: { level: line.level } }, el("time", { datetime: line.at, title: line.at }, line.at.slice(11, 23)), el("span", { class: "level" }, line.level), words, copy);
}

/** The time around what a line tells of, for the stream's page; nothing for a line without one. */
function around(at) {
  const us = typeof at === "string" ? Date.parse(at) * 1e3 : NaN;
  return Number.isNaN(us) ? {} : { from: us - AROUND_US, to: us + AROUND_US };
}

async function copyLine(line) {
  const whole = `${line.at} ${line.level} ${text(line)}`;
  try {
    await navigator.clipboard.writeText(whole);
    toast("Line copied.");
  } catch {
    toast("The browser does not let this page copy. Select the line instead.", { error: true });
  }
}

function receive(told) {
  if (told.next < after) {
    lines = shown = []; // the server has started anew, and counts from the beginning
    missed = 0;
  } else if (after > 0 && told.first > after + 1) missed += told.first - after - 1;
  after = told.next;
  heard = true;
  if (told.lines.length > 0) take(told.lines);
  redraw();
}

function take(fresh) {
  lines = [...lines, ...fresh].slice(-MOST);
  shown = [...shown, ...fresh.filter(fits)].slice(-MOST);
  if (lines.length < shown.length || lines[0].n > (shown[0]?.n ?? 0)) shown = lines.filter(fits);
}

function toggle() {
  following = !following;
  redraw();
}

box.addEventListener("scroll", () => {
  const atEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - ROW;
  if (following && !atEnd) following = false;
  else if (atEnd && !following) following = true;
  redraw();
}, { passive: true });
byId("follow").addEventListener("click", toggle);
level.value = recall("log.level") ?? "info";
level.addEventListener("change", () => {
  remember("log.level", level.value);
  choose();
});
filter.addEventListener("input", debounced(choose, 80));
onKey(" ", "Follow, or pause", toggle, { shown: "Space" });
onKey("/", "Find a line", () => filter.focus(), { shown: "/" });
addEventListener("resize", redraw);
connect(() => `/live/log?after=${after}`, receive);

// What stands above the lanes, and the address that holds the view.

import { byId, el, root, search, setText, throttled } from "./dom.js";
import { home, offered, spanName } from "./range.js";

const SAME = 0.005; // of a span: so near is a view that was only paused

let spans = [];
let next = location.search;
const replaceAddress = throttled(() => history.replaceState(null, "", location.pathname + next), 250);

export function drawControls(page) {
  const { range, held, labelling } = page;
  byId("follow").setAttribute("aria-pressed", String(range.following));
  setText(byId("follow-text"), range.following ? "Following live" : "Paused, jump to now");
  byId("missed").setAttribute("aria-pressed", String(labelling));
  byId("tracks").classList.toggle("labelling", labelling);
  setText(byId("unit"), page.unit ?? "");
  const choices = offered(held.step);
  if (choices.join() !== spans.join()) drawSpans(page, choices);
  const current = String(shown(range) ?? "all");
  for (const button of byId("spans").children) button.setAttribute("aria-pressed", String(button.dataset.span === current));
}

/** The span in seconds that is shown; null is all, 0 is one that no button stands for. */
function shown(range) {
  if (range.span === null) return range.following ? null : 0;
  const isSame = range.following || Math.abs(range.width / range.span - 1) < SAME;
  return isSame ? range.span / 1e6 : 0;
}

function drawSpans(page, choices) {
  spans = choices;
  const button = (text, span) => {
    const click = () => {
      page.range.follow(span);
      page.moved();
    };
    return el("button", { type: "button", data: { span: span ?? "all" }, on: { click } }, text);
  };
  byId("spans").replaceChildren(...choices.map((span) => button(spanName(span), span)), button("All", null));
}

export function drawEmpty(page) {
  const { summary, held } = page;
  const none = summary !== null && held.n === 0 && summary.count === 0;
  if (none) drawChoice(page);
  byId("start").hidden = !none;
  byId("cols").hidden = byId("follow").parentNode.hidden = none;
}

let chosen = false;

/** Offers another detector, which only an empty stream can have. */
async function drawChoice(page) {
  if (chosen) return;
  chosen = true;
  const choice = await import("./detector_choice.js");
  choice.drawChoice(byId("choice"), page, { changeable: true });
}

/** The address holds the view, so that a copied link shows the same. */
export function rememberView(page) {
  const { range, selected, hidden } = page;
  const query = range.following ? { span: spanAsked(page) } : { from: Math.round(range.from), to: Math.round(range.to) };
  if (selected) query.anomaly = selected.seq;
  if (hidden.size > 0) query.hide = [...hidden].join(",");
  if (!byId("chart-panel").classList.contains("charted")) query.view = "table";
  next = search(query);
  if (next !== location.search) replaceAddress();
}

function spanAsked({ range, held }) {
  const opens = home(range, held.step);
  const now = range.span === null ? null : range.span / 1e6;
  return now === opens ? null : (now ?? "all");
}

/** Says on the document how the page stands, for those who look from outside. */
export function expose(page) {
  const { dataset } = root;
  const { held, summary, range } = page;
  dataset.points = Math.max(held.seq, summary?.count ?? 0);
  dataset.anomalies = page.flagged;
  dataset.inView = page.anomalies.length;
  dataset.following = range.following;
  dataset.from = range.from;
  dataset.to = range.to;
  dataset.selected = page.selected?.seq ?? "";
  if (summary !== null && (page.chart.overview || held.n === 0)) dataset.ready = "1";
}

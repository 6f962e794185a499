// Why a row was scored as it was: the share of each feature.

import { el } from "./dom.js";

const MOST = 12;
const two = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** Bars, the largest share first. */
export function shares(contributions, kind) {
  return el("div", { class: "shares" }, el("h3", {}, `Why: ${kind}`), ...bars(contributions));
}

/** What flagged training rows were flagged for, the largest share first. */
export const importance = (found) => el("div", { class: "shares" }, ...bars(found));

function bars(contributions) {
  const all = Object.entries(contributions).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
  const rows = all.slice(0, MOST).map(([name, share]) =>
    el("div", { class: "bar" }, el("span", { title: name }, name), el("meter", { min: 0, max: 1, value: Math.abs(share), "aria-label": name }), el("span", { class: "n" }, two.format(share))),
  );
  const rest = all.length > MOST && el("p", { class: "small" }, `and ${all.length - MOST} more`);
  return [...rows, rest];
}

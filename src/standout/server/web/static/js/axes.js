// Axes that all lanes share: one gutter, so that the lanes stay aligned, and UTC.

import uPlot from "./uplot.js";
import { colours } from "./colours.js";
import { tick } from "./format.js";

export const isSmall = () => innerWidth <= 720;
export const gutter = () => (isSmall() ? 52 : 124);
export const font = '12px "Atkinson Hyperlegible Next", system-ui, sans-serif';

const DAY = 86_400;
const utc = (seconds) => new Date(Math.round(seconds * 1e3)).toISOString();

/** Labels of ticks: as fine as their step, with the date below where the day changes. */
function timeLabels(u, splits, axis, space, step) {
  let day = "";
  return splits.map((seconds) => {
    const text = utc(seconds);
    const date = text.slice(0, 10);
    if (step >= DAY) return date;
    const clock = step >= 60 ? text.slice(11, 16) : text.slice(11, step >= 1 ? 19 : 23);
    const label = date === day ? clock : `${clock}\n${date}`;
    day = date;
    return label;
  });
}

export const tzDate = (seconds) => uPlot.tzDate(new Date(seconds * 1e3), "Etc/UTC");

const quiet = () => ({
  font,
  stroke: () => colours.ink2,
  grid: { stroke: () => colours.grid, width: 1 },
  ticks: { show: false },
});

/** The time axis; lanes above the lowest show its grid only. */
export const timeAxis = (labelled) => ({
  ...quiet(),
  scale: "x",
  space: 96,
  gap: 4,
  size: labelled ? 44 : 6,
  values: labelled ? timeLabels : (u, splits) => splits.map(() => ""),
});

export const valueAxis = (options = {}) => ({
  ...quiet(),
  scale: "y",
  gap: 6,
  size: gutter,
  values: (u, splits) => splits.map(tick),
  ...options,
});

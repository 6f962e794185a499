// The value lane: trace, expected range, gaps, and a marker at each anomaly.

import { timeAxis, valueAxis } from "./axes.js";
import { colours } from "./colours.js";
import { drawMark, level } from "./severity.js";

const NEAR = 13; // markers closer than this, in CSS pixels, become one with a count

function padded(u, low, high) {
  if (low === null || high === null) return [0, 1];
  const pad = (high - low) * 0.08 || Math.abs(high) * 0.1 || 1;
  return [low - pad, high + pad];
}

export function valueOptions(hooks) {
  const line = { points: { show: false }, spanGaps: false };
  return {
    scales: { y: { range: padded } },
    axes: [timeAxis(false), valueAxis()],
    series: [
      {},
      { ...line, stroke: () => colours.trace, width: 1.25 },
      { ...line, stroke: () => colours["band-edge"], width: 1 },
      { ...line, stroke: () => colours["band-edge"], width: 1 },
    ],
    bands: [{ series: [3, 2], fill: () => colours.band }],
    ...hooks,
  };
}

/** Hatches the stretches without a value; nothing is interpolated over them. */
export function drawGaps(u) {
  const [times, values] = u.data;
  for (let i = 0; i < values.length; i += 1) {
    if (values[i] !== null) continue;
    let end = i;
    while (end + 1 < values.length && values[end + 1] === null) end += 1;
    hatch(u, times[Math.max(0, i - 1)], times[Math.min(times.length - 1, end + 1)]);
    i = end;
  }
}

function hatch(u, from, to) {
  const { ctx, bbox } = u;
  const left = Math.max(bbox.left, u.valToPos(from, "x", true));
  const right = Math.min(bbox.left + bbox.width, u.valToPos(to, "x", true));
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, bbox.top, right - left, bbox.height);
  ctx.clip();
  ctx.strokeStyle = colours.line;
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  for (let x = left - bbox.height; x < right; x += 7 * devicePixelRatio) {
    ctx.moveTo(x, bbox.top + bbox.height);
    ctx.lineTo(x + bbox.height, bbox.top);
  }
  ctx.stroke();
  ctx.restore();
}

/** Redraws flagged stretches in their colour, then marks each anomaly, the crowded ones as one. */
export function drawAnomalies(u, series, [low, high]) {
  const inside = flagged(u, series, low, high);
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.lineJoin = "round";
  inside.forEach((point, k) => {
    const before = inside[k - 1];
    if (before?.index !== point.index - 1) return;
    ctx.strokeStyle = colours[point.name];
    ctx.beginPath();
    ctx.moveTo(before.x, before.y);
    ctx.lineTo(point.x, point.y);
    ctx.stroke();
  });
  ctx.restore();
  for (const group of clusters(inside)) drawGroup(u, group);
}

function flagged(u, series, low, high) {
  const points = [];
  for (let index = low; index < high; index += 1) {
    if (series.flag[index] === 0 || Number.isNaN(series.value[index])) continue;
    const score = series.score[index];
    points.push({
      index,
      score,
      name: level(score)?.name ?? "major",
      x: u.valToPos(series.time[index], "x", true),
      y: u.valToPos(series.value[index], "y", true),
    });
  }
  return points;
}

function clusters(points) {
  const groups = [];
  for (const point of points) {
    const group = groups.at(-1);
    if (group && point.x - group.begin < NEAR * devicePixelRatio) {
      group.count += 1;
      if (point.score > group.top.score) group.top = point;
    } else groups.push({ begin: point.x, count: 1, top: point });
  }
  return groups;
}

function drawGroup(u, { top, count }) {
  const { ctx, bbox } = u;
  const edge = 1;
  if (top.x < bbox.left - edge || top.x > bbox.left + bbox.width + edge) return;
  drawMark(ctx, top.x, top.y, top.name, colours, devicePixelRatio);
  if (count === 1) return;
  ctx.save();
  ctx.font = `600 ${11.5 * devicePixelRatio}px "Atkinson Hyperlegible Next", sans-serif`;
  ctx.textAlign = "center";
  ctx.lineWidth = 3 * devicePixelRatio;
  ctx.strokeStyle = colours.surface;
  ctx.fillStyle = colours.ink;
  const y = Math.max(top.y - 11 * devicePixelRatio, bbox.top + 11 * devicePixelRatio);
  ctx.strokeText(String(count), top.x, y);
  ctx.fillText(String(count), top.x, y);
  ctx.restore();
}

// The score lane: a bar for each observation, or the highest for each pixel column; a line at 0.6.

import { timeAxis, valueAxis } from "./axes.js";
import { colours } from "./colours.js";
import { ALERT, level } from "./severity.js";

const COLUMN = 2.5; // CSS pixels of a bar with its gap, where there are more points than room
const WIDEST = 7;

export function scoreOptions(hooks) {
  return {
    scales: { y: { range: [0, 1] } },
    axes: [
      timeAxis(true),
      valueAxis({ splits: () => [0, ALERT, 1], values: () => ["0", "0.6", "1"] }),
    ],
    series: [{}, { stroke: "transparent", points: { show: false } }],
    ...hooks,
  };
}

export function drawScores(u, series, [low, high]) {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  const step = stepOf(bbox.width, high - low);
  const base = bbox.top + bbox.height;
  for (const [column, score] of highest(u, series, low, high, step)) {
    const name = level(score)?.name;
    const height = Math.max(score * bbox.height, 2 * devicePixelRatio);
    ctx.fillStyle = name ? colours[name] : colours.idle;
    ctx.fillRect(bbox.left + column * step - step * 0.35, base - height, step * 0.7, height);
  }
  ctx.restore();
  drawAlertLine(u);
}

function stepOf(width, points) {
  const room = width / Math.max(points, 1);
  return Math.min(Math.max(room, COLUMN * devicePixelRatio), WIDEST * devicePixelRatio);
}

/** Pairs of column and highest score; few points stand at their time, many share a fixed grid. */
function highest(u, series, low, high, step) {
  const { min, max } = u.scales.x;
  const scale = u.bbox.width / (max - min) / step; // uPlot's valToPos is slow for 100,000 points
  const shared = step <= COLUMN * devicePixelRatio;
  const tops = [];
  for (let i = low; i < high; i += 1) {
    const score = series.score[i];
    if (Number.isNaN(score)) continue;
    const place = (series.time[i] - min) * scale;
    const column = shared ? Math.round(place) : place;
    const top = tops.at(-1);
    if (top?.[0] === column) top[1] = Math.max(top[1], score);
    else tops.push([column, score]);
  }
  return tops;
}

function drawAlertLine(u) {
  const { ctx, bbox } = u;
  const y = Math.round(u.valToPos(ALERT, "y", true));
  ctx.save();
  ctx.strokeStyle = colours.ink2;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

// Small charts of a window: the last hour in a row, an anomaly in the queue.

import { prepare } from "./canvas.js";
import { colours } from "./colours.js";
import { drawMark, level } from "./severity.js";

/** Where each column of a window stands: its time, lowest, highest and expected range. */
function extent({ columns, header }) {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < header.n; i += 1) {
    for (const name of ["min", "lower"]) if (columns[name][i] < low) low = columns[name][i];
    for (const name of ["max", "upper"]) if (columns[name][i] > high) high = columns[name][i];
  }
  if (low > high) return null;
  const pad = (high - low) * 0.06 || Math.abs(high) * 0.1 || 1;
  return [low - pad, high + pad];
}

/**
 * Draws `found` on a canvas. `ticks` shows below where something was flagged; `mark` is an anomaly to draw in its colour; `right` leaves room at the
 * right edge for a marker.
 */
export function drawMini(canvas, found, { mark = null, from = null, to = null, size = 0.85, line = 1.1, ticks = false } = {}) {
  const drawing = prepare(canvas);
  const range = found && extent(found);
  if (!drawing || !range) return;
  const { context, width, height } = drawing;
  const [start, end] = [from ?? found.header.from_us, to ?? found.header.to_us];
  const pad = 7 * size;
  const x = (us) => pad / 2 + ((us - start) / (end - start || 1)) * (width - pad * 1.5);
  const y = (value) => height - pad - ((value - range[0]) / (range[1] - range[0])) * (height - 2 * pad);
  drawBand(context, found, x, y);
  context.lineJoin = "round";
  context.lineWidth = line;
  context.strokeStyle = colours.trace;
  trace(context, found, x, y, () => true);
  if (ticks) drawTicks(context, found, x, height);
  if (!mark) return;
  const name = level(mark.score)?.name ?? "major";
  context.strokeStyle = colours[name];
  context.lineWidth = line + 0.8;
  trace(context, found, x, y, (a, b) => b >= mark.from_us && a < mark.to_us);
  drawMark(context, Math.min(width - 7 * size, x(mark.peak_us)), y(mark.value), name, colours, size);
}

const TICK = 3;

/** A tick at the lower edge for each column in which something was flagged. */
function drawTicks(context, { columns, header }, x, height) {
  for (let i = 0; i < header.n; i += 1) {
    if (!(columns.anomalies[i] > 0)) continue;
    context.fillStyle = colours[level(columns.peak[i])?.name ?? "major"];
    context.fillRect(Math.round(x(columns.time_us[i])) - 1, height - TICK, TICK, TICK);
  }
}

function drawBand(context, { columns, header }, x, y) {
  const known = [];
  for (let i = 0; i < header.n; i += 1) if (!Number.isNaN(columns.lower[i])) known.push(i);
  if (known.length < 2) return;
  const middle = (i) => x((columns.time_us[i] + columns.end_us[i]) / 2);
  context.fillStyle = colours.band;
  context.beginPath();
  for (const i of known) context.lineTo(middle(i), y(columns.upper[i]));
  for (const i of known.reverse()) context.lineTo(middle(i), y(columns.lower[i]));
  context.fill();
}

function trace(context, { columns, header }, x, y, wanted) {
  const apart = header.step_us ? header.step_us * 10 : Infinity;
  const pixel = (header.to_us - header.from_us) / Math.max(1, header.n);
  let last = null;
  context.beginPath();
  for (let i = 0; i < header.n; i += 1) {
    const [a, b] = [columns.time_us[i], columns.end_us[i]];
    if (Number.isNaN(columns.min[i])) {
      last = null;
      continue;
    }
    if (last !== null && a - last > Math.max(apart, pixel * 3)) last = null;
    const [low, high] = [columns.min[i], columns.max[i]];
    if (!wanted(a, b)) {
      context.moveTo(x(b), y(high));
    } else {
      if (last === null) context.moveTo(x(a), y(low));
      else context.lineTo(x(a), y(low));
      if (high !== low) context.lineTo(x((a + b) / 2), y(high));
    }
    last = b;
  }
  context.stroke();
}

// A row of the timeline: a bar a bucket, as high and of the colour of its highest score.

import { FONT, hatch, prepare } from "./canvas.js";
import { colours } from "./colours.js";
import { level } from "./severity.js";

const NO_DATA = -1;

/** Draws the peaks of a lane; `grid` gives the buckets at which a line stands. */
export function drawBars(canvas, peaks, { hidden, grid = [], tall = false }) {
  const drawing = prepare(canvas);
  if (!drawing) return;
  const { context, width, height } = drawing;
  const bucket = width / peaks.length;
  const base = height - (tall ? 5 : 4);
  const room = height - (tall ? 10 : 7);
  context.fillStyle = colours.grid;
  for (const at of grid) context.fillRect(Math.round(at * bucket), 0, 1, height);
  peaks.forEach((peak, at) => {
    if (peak === NO_DATA) return;
    const x = at * bucket;
    const wide = Math.max(1.5, bucket - 1.4);
    const name = peak === null ? null : level(peak)?.name;
    if (!name || hidden.has(name)) {
      context.fillStyle = colours.idle;
      context.fillRect(x, base - 2, wide, 2);
      return;
    }
    const tallness = Math.max(5, peak * room);
    context.fillStyle = colours[name];
    context.beginPath();
    context.roundRect(x, base - tallness, wide, tallness, [1.5, 1.5, 0, 0]);
    context.fill();
  });
  if (!tall) drawMissing(context, peaks, bucket, base);
}

function drawMissing(context, peaks, bucket, base) {
  for (let at = 0; at < peaks.length; at += 1) {
    if (peaks[at] !== NO_DATA) continue;
    let end = at;
    while (end < peaks.length && peaks[end] === NO_DATA) end += 1;
    const [x, wide] = [at * bucket, (end - at) * bucket - 1];
    hatch(context, x, base - 9, wide, 9, { step: 5 });
    if (wide > 64) {
      context.font = `11.5px ${FONT}`;
      const text = "no data";
      const words = context.measureText(text).width;
      context.fillStyle = colours.surface;
      context.fillRect(x + wide / 2 - words / 2 - 4, base - 11, words + 8, 12);
      context.fillStyle = colours.ink2;
      context.textAlign = "center";
      context.fillText(text, x + wide / 2, base - 1);
    }
    at = end;
  }
}

/** Draws the times above the bars; `ticks` are pairs of bucket and text. */
export function drawAxis(canvas, ticks, buckets, end) {
  const drawing = prepare(canvas);
  if (!drawing) return;
  const { context, width } = drawing;
  context.font = `12px ${FONT}`;
  context.fillStyle = colours.ink2;
  context.textAlign = "right";
  context.fillText(end, width, 14);
  const limit = width - context.measureText(end).width - 14;
  let free = 0;
  context.textAlign = "center";
  for (const [at, text] of ticks) {
    const x = (at / buckets) * width;
    const half = context.measureText(text).width / 2;
    if (x - half < free || x + half > limit) continue;
    context.fillText(text, x, 14);
    free = x + half + 12;
  }
}

// Drawing on a canvas: sharp at any ratio, with patterns that several lanes share.

import { colours } from "./colours.js";

export const FONT = '"Atkinson Hyperlegible Next", system-ui, sans-serif';

/** Sizes a canvas to its box; gives a context in CSS pixels, cleared, or null where it has no box. */
export function prepare(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (width === 0 || height === 0) return null;
  const ratio = devicePixelRatio || 1;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

/** Hatches a box: there is no data. */
export function hatch(context, x, y, width, height, { step = 6, colour = colours.ctl, alpha = 0.55, line = 1 } = {}) {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.strokeStyle = colour;
  context.globalAlpha = alpha;
  context.lineWidth = line;
  context.beginPath();
  for (let i = -height; i < width + height; i += step) {
    context.moveTo(x + i, y + height);
    context.lineTo(x + i + height, y);
  }
  context.stroke();
  context.restore();
}

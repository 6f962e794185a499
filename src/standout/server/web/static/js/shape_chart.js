// The shape of a column: how its values are spread, and how they go from the first row to the last.

import { prepare } from "./canvas.js";
import { colours } from "./colours.js";
import { el } from "./dom.js";
import * as format from "./format.js";
import { keepDrawn } from "./redraw.js";

/** How many rows have which value, from the lowest to the highest. */
export function histogram(counts, name) {
  const canvas = el("canvas", { class: "spark wide-spark", role: "img", "aria-label": `How the values of ${name} are spread` });
  keepDrawn(canvas, () => {
    const drawing = prepare(canvas);
    if (!drawing) return;
    const { context, width, height } = drawing;
    const most = counts.reduce((a, b) => Math.max(a, b), 1);
    const step = width / counts.length;
    const wide = Math.min(8, Math.max(1, step - 1)); // a single value is one bar, not a block
    counts.forEach((n, k) => {
      const tall = n === 0 ? 0 : Math.max(1.5, (n / most) * (height - 3));
      context.fillStyle = colours.ink2;
      context.fillRect(k * step + (step - wide - 1) / 2, height - 1 - tall, wide, tall);
    });
    context.fillStyle = colours.line;
    context.fillRect(0, height - 1, width, 1);
  });
  return canvas;
}

/** The lowest and highest value part by part; a part without any is left out. */
export function strip([low, high], name) {
  const canvas = el("canvas", { class: "spark wide-spark", role: "img", "aria-label": `The values of ${name} from the first row to the last` });
  keepDrawn(canvas, () => {
    const drawing = prepare(canvas);
    if (!drawing) return;
    const { context, width, height } = drawing;
    const known = (list) => list.filter((x) => x !== null);
    const [bottom, top] = [Math.min(...known(low)), Math.max(...known(high))];
    const x = (k) => ((k + 0.5) / low.length) * width;
    const y = (value) => height - 3 - ((value - bottom) / (top - bottom || 1)) * (height - 6);
    context.strokeStyle = colours.trace;
    context.lineWidth = 1.1;
    context.lineJoin = "round";
    context.beginPath();
    let on = false;
    low.forEach((least, k) => {
      if (least === null) {
        on = false;
        return;
      }
      if (on) context.lineTo(x(k), y(least));
      else context.moveTo(x(k), y(least));
      if (high[k] !== least) context.lineTo(x(k), y(high[k]));
      on = true;
    });
    if (low.length === 1) context.lineTo(width, y(low[0]));
    context.stroke();
  });
  return canvas;
}

/** The usual texts and their shares, in words. */
export function common(pairs, rows) {
  const told = pairs.slice(0, 3).map(([value, n]) => `${value.length > 18 ? `${value.slice(0, 17)}…` : value} ${format.brief(Number(((n / Math.max(1, rows)) * 100).toPrecision(2)))} %`);
  return el("span", { class: "muted", title: pairs.map(([value, n]) => `${value}: ${format.count(n)}`).join("\n") }, told.join(", "));
}

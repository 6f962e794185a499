// Precision over recall, of one model or of two.

import { FONT, prepare } from "./canvas.js";
import { colours } from "./colours.js";

const LEFT = 40;
const BOTTOM = 34;
const TOP = 8;
const RIGHT = 10;

const frame = ({ width, height }) => ({
  x: (recall) => LEFT + recall * (width - LEFT - RIGHT),
  y: (precision) => TOP + (1 - precision) * (height - TOP - BOTTOM),
});

/**
 * Draws the curves of `sides`: `{ curves, at, colour, dash }`, where `at` is the bin that is
 * marked. Where nothing is flagged there is no precision, and no point.
 */
export function drawCurves(canvas, sides) {
  const drawing = prepare(canvas);
  if (!drawing) return;
  const { context } = drawing;
  const place = frame(drawing);
  drawGrid(context, place, drawing);
  for (const { curves, colour, dash } of sides) {
    context.save();
    context.strokeStyle = colours[colour ?? "trace"];
    context.lineWidth = 1.6;
    context.lineJoin = "round";
    context.setLineDash(dash ?? []);
    context.beginPath();
    for (const { precision, recall } of curves.points) if (precision !== null) context.lineTo(place.x(recall), place.y(precision));
    context.stroke();
    context.restore();
  }
  for (const { curves, at, colour } of sides) dot(context, place, curves.points[at], colours[colour ?? "accent"]);
}

function drawGrid(context, { x, y }, { width, height }) {
  context.font = `12px ${FONT}`;
  context.lineWidth = 1;
  for (const at of [0, 0.25, 0.5, 0.75, 1]) {
    context.fillStyle = colours.grid;
    context.fillRect(x(0), Math.round(y(at)), x(1) - x(0), 1);
    context.fillRect(Math.round(x(at)), y(1), 1, y(0) - y(1));
    if (at % 0.5) continue;
    context.fillStyle = colours.ink2;
    context.textAlign = "right";
    context.fillText(String(at), LEFT - 7, y(at) + 4);
    context.textAlign = at === 1 ? "right" : at === 0 ? "left" : "center";
    context.fillText(String(at), x(at), height - BOTTOM + 15);
  }
  context.fillStyle = colours.ink2;
  context.textAlign = "center";
  context.fillText("Recall", x(0.5) , height - 4);
  context.save();
  context.translate(11, y(0.5));
  context.rotate(-Math.PI / 2);
  context.fillText("Precision", 0, 0);
  context.restore();
}

function dot(context, { x, y }, point, colour) {
  if (!point || point.precision === null) return;
  context.beginPath();
  context.arc(x(point.recall), y(point.precision), 5.5, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.strokeStyle = colours.surface;
  context.lineWidth = 3;
  context.stroke();
  context.fill();
}

/** The bin whose point is nearest to a place on the canvas. */
export function nearest(canvas, curves, left, top) {
  const { x, y } = frame({ width: canvas.clientWidth, height: canvas.clientHeight });
  let [best, least] = [curves.shipped, Infinity];
  curves.points.forEach(({ precision, recall }, k) => {
    if (precision === null) return;
    const far = (x(recall) - left) ** 2 + (y(precision) - top) ** 2;
    if (far < least) [best, least] = [k, far];
  });
  return best;
}

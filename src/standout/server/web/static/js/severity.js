// Severity: fifths of the score. Shape, colour and word say the same thing.

export const ALERT = 0.6;

export const LEVELS = [
  { name: "critical", word: "Critical", from: 0.8 },
  { name: "major", word: "Major", from: 0.6 },
  { name: "minor", word: "Minor", from: 0.4 },
  { name: "low", word: "Low", from: 0.2 },
];

// In a box of 13 by 13.
const SHAPES = {
  critical: "M6.5 .6 12.4 6.5 6.5 12.4 .6 6.5Z M6.5 4.6 4.6 6.5 6.5 8.4 8.4 6.5Z",
  major: "M6.5 1.2 12.2 11.6H.8Z",
  minor: "M6.5 1.9a4.6 4.6 0 1 1 0 9.2 4.6 4.6 0 0 1 0-9.2Z",
  low: "M6.5 2.4a4.1 4.1 0 1 1 0 8.2 4.1 4.1 0 0 1 0-8.2Zm0 1.7a2.4 2.4 0 1 0 0 4.8 2.4 2.4 0 0 0 0-4.8Z",
};
const PATHS = Object.fromEntries(Object.entries(SHAPES).map(([name, d]) => [name, new Path2D(d)]));
const SVG = "http://www.w3.org/2000/svg";

// Scores come from arithmetic on fifths: 0.6 may arrive as 0.6000000000000001 or 0.5999999999999999.
const ROUNDING = 1e-9;

/** The level of a score, or null for one inside what is expected, and for none. */
export function level(score) {
  if (score === null || Number.isNaN(score)) return null;
  return LEVELS.find((one) => score >= one.from - ROUNDING) ?? null;
}

const OFTEN = 0.4; // a level that so large a part of the scores lie at or above says nothing
const USUAL = LEVELS.filter((one) => one.from < ALERT);

/** The levels below the alert line that so many of these scores reach that they say nothing. */
export function common(scores) {
  const known = scores.filter((score) => score !== null && score >= 0);
  const often = ({ from }) => known.filter((score) => score >= from && score < ALERT - ROUNDING).length > OFTEN * known.length;
  return new Set(USUAL.filter(often).map(({ name }) => name));
}

/** The word for a score: "Critical" to "Expected", or "Not scored". */
export function word(score) {
  if (score === null || Number.isNaN(score)) return "Not scored";
  return level(score)?.word ?? "Expected";
}

/** The marker as an SVG element, hidden from screen readers: the word beside it speaks. */
export function mark(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `mark mark-${name}`);
  svg.setAttribute("viewBox", "0 0 13 13");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("fill", "currentColor");
  path.setAttribute("fill-rule", "evenodd");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

/** The marker for a score, the number and the word, as parts of a cell. */
export function told(score, number) {
  const name = level(score)?.name;
  return [...(name ? [mark(name)] : []), ...(number ? [`${word(score)} ${number}`] : [word(score)])];
}

/**
 * Draws the marker around (x, y), in canvas pixels, with a halo of the surface's colour; in grey
 * where `quiet`, for a false alarm.
 */
export function drawMark(context, x, y, name, colours, ratio, quiet = false) {
  context.save();
  context.translate(x - 6.5 * ratio, y - 6.5 * ratio);
  context.scale(ratio, ratio);
  context.lineWidth = 3;
  context.lineJoin = "round";
  context.strokeStyle = colours.surface;
  context.stroke(PATHS[name]);
  context.fillStyle = quiet ? colours.ctl : colours[name];
  context.fill(PATHS[name], "evenodd");
  context.restore();
}

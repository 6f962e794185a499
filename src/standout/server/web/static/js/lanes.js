// What stands in the lanes of a stream, beside the lines that uPlot draws.

import { isSmall } from "./axes.js";
import { FONT, hatch } from "./canvas.js";
import { colours } from "./colours.js";
import { detector } from "./format.js";
import { WORDS } from "./label.js";
import { ALERT, common, drawMark, level, LEVELS } from "./severity.js";

const NEAR = 9; // markers closer than this, in CSS pixels, become one with a count
const BAR = 2.5;
const WIDEST = 7;
const CELL = 3;
const NOTE = 32; // characters of a note that stand in the lane; the tip tells more

const ratio = () => devicePixelRatio || 1;
const place = (u, us) => u.valToPos(us / 1e6, "x", true);
const isFalse = (one) => one.label?.label === "false_alarm";

function clipped(u, draw) {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw(ctx, bbox);
  ctx.restore();
}

/** Shades the anomaly that is selected, in every lane. */
export function drawSelected(u, one) {
  if (!one) return;
  clipped(u, (ctx, bbox) => {
    const [a, b] = [place(u, one.from_us), place(u, one.to_us)];
    const least = 6 * ratio();
    const width = Math.max(b - a, least);
    ctx.globalAlpha = 0.09;
    ctx.fillStyle = colours[level(one.score)?.name ?? "accent"];
    ctx.fillRect(Math.min(a, (a + b) / 2 - width / 2), bbox.top, width, bbox.height);
  });
}

/** Hatches times without data; nothing is interpolated over them. */
export function drawGaps(u, gaps) {
  clipped(u, (ctx, bbox) => {
    for (const [from, to] of gaps) {
      const [a, b] = [Math.max(bbox.left, place(u, from)), Math.min(bbox.left + bbox.width, place(u, to))];
      if (b - a < 4 * ratio()) continue;
      hatch(ctx, a, bbox.top, b - a, bbox.height, { step: 7 * ratio(), colour: colours.line, alpha: 1, line: ratio() });
      if (b - a < 56 * ratio()) continue;
      words(ctx, "no data", (a + b) / 2, bbox.top + bbox.height - 8 * ratio(), { align: "center", halo: true });
    }
  });
}

function words(ctx, text, x, y, { align = "left", colour = colours.ink2, halo = false, weight = 400, size = 12 } = {}) {
  ctx.save(); // uPlot remembers what it set, and would not set it again
  ctx.font = `${weight} ${size * ratio()}px ${FONT}`;
  ctx.textAlign = align;
  if (halo) {
    ctx.lineWidth = 4 * ratio();
    ctx.lineJoin = "round";
    ctx.strokeStyle = colours.surface;
    ctx.strokeText(text, x, y);
  }
  ctx.fillStyle = colour;
  ctx.fillText(text, x, y);
  ctx.restore();
}

/** Writes what the band is, below it where there is most room. */
export function nameBand(u, { data }) {
  if (isSmall()) return;
  const [xs, , lower] = data;
  const { min, max } = u.scales.x;
  let best = -1;
  for (let i = 0; i < xs.length; i += 1) {
    const share = (xs[i] - min) / (max - min);
    if (lower[i] === null || share < 0.07 || share > 0.45) continue;
    if (best < 0 || lower[i] < lower[best]) best = i;
  }
  if (best < 0) return;
  const y = u.valToPos(lower[best], "y", true) + 16 * ratio();
  const bottom = u.bbox.top + u.bbox.height - 3 * ratio();
  words(u.ctx, "expected range", u.valToPos(xs[best], "x", true), Math.min(y, bottom), {
    align: "center",
    colour: colours.accent,
    halo: true,
  });
}

/**
 * Redraws the anomalous stretches of the line in their colour: what lies outside the expected range
 * where the peak does, else all of it.
 */
export function drawStretches(u, { data }, anomalies, hidden) {
  const shown = anomalies.filter((one) => !hidden.has(named(one)));
  clipped(u, (ctx) => {
    ctx.lineJoin = "round";
    for (const isQuiet of [true, false]) {
      for (const { name } of [...LEVELS].reverse()) {
        const own = shown.filter((one) => isFalse(one) === isQuiet && named(one) === name);
        if (own.length === 0) continue;
        ctx.strokeStyle = isQuiet ? colours.ctl : colours[name];
        ctx.lineWidth = (isQuiet ? 1.4 : 2) * ratio();
        ctx.beginPath();
        for (const one of own) traceStretch(u, data, one);
        ctx.stroke();
      }
    }
  });
}

const named = (one) => level(one.score)?.name ?? "major";

function traceStretch(u, [xs, ys, lower, upper], one) {
  const { ctx } = u;
  const near = 9 * ratio();
  const [a, b] = [place(u, one.from_us), place(u, one.to_us)];
  const at = (value) => u.valToPos(value, "y", true);
  const isBeyond = one.value > one.upper || one.value < one.lower;
  let last = null;
  for (let i = Math.max(0, first(xs, one.from_us / 1e6) - 1); i < xs.length; i += 1) {
    const x = u.valToPos(xs[i], "x", true);
    if (x > b + near) break;
    if (ys[i] === null || x < a - near) {
      last = null;
      continue;
    }
    const point = { x, y: at(ys[i]), over: beyond(ys[i], upper[i], 1), under: beyond(ys[i], lower[i], -1) };
    if (last) {
      for (const side of isBeyond ? ["over", "under"] : [null]) segment(ctx, last, point, side);
    }
    last = point;
  }
}

/** How far a value lies beyond an edge of the expected range; without one, everything does. */
const beyond = (value, edge, sign) => (edge === null ? 1 : (value - edge) * sign);

/** Adds the part of a line that lies beyond an edge: cut by hand, as hundreds of clips take seconds. */
function segment(ctx, p, q, side) {
  const [from, to] = side === null ? [1, 1] : [p[side], q[side]];
  if (from <= 0 && to <= 0) return;
  const cut = from / (from - to);
  const between = (share) => [p.x + (q.x - p.x) * share, p.y + (q.y - p.y) * share];
  if (p.end !== side) ctx.moveTo(...between(from > 0 ? 0 : cut)); // else the path stands there
  ctx.lineTo(...between(to > 0 ? 1 : cut));
  if (to > 0) q.end = side;
}

function first(xs, seconds) {
  let low = 0;
  let high = xs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle] < seconds) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Marks each anomaly at its peak; crowded ones are one marker of the highest with a count. */
export function drawMarks(u, anomalies, selected, hidden) {
  const { ctx, bbox } = u;
  const groups = [];
  for (const one of anomalies) {
    if (hidden.has(level(one.score)?.name ?? "major")) continue;
    const x = place(u, one.peak_us);
    if (x < bbox.left - 1 || x > bbox.left + bbox.width + 1) continue;
    const group = groups.at(-1);
    if (group && x - group.begin < NEAR * ratio()) {
      group.count += one.many ?? 1;
      if (rank(one) > rank(group.top)) Object.assign(group, { top: one, x });
      group.chosen ||= one.seq === selected?.seq;
    } else groups.push({ begin: x, x, top: one, count: one.many ?? 1, chosen: one.seq === selected?.seq });
  }
  for (const { x, top, count, chosen } of groups) {
    const size = 7 * ratio();
    const at = Math.min(Math.max(x, bbox.left), bbox.left + bbox.width - size);
    const y = Math.max(u.valToPos(top.value, "y", true), bbox.top + size);
    const name = level(top.score)?.name ?? "major";
    drawMark(ctx, at, y, name, colours, ratio() * (chosen ? 1.35 : 1), isFalse(top));
    if (count === 1) continue;
    const isHigh = y - 22 * ratio() < bbox.top; // no room above it
    const [left, base] = isHigh ? [at + 10 * ratio(), y + 4 * ratio()] : [at, y - 11 * ratio()];
    words(ctx, String(count), left, base, { align: isHigh ? "left" : "center", colour: colours.ink, weight: 600, size: 11.5, halo: true });
  }
}

const rank = (one) => one.score - (isFalse(one) ? 10 : 0);

/**
 * A bar for each score, or the highest of a few pixels. Hidden levels are idle ticks; a level that
 * much of what is seen reaches is grey, so that colour still means anomaly.
 */
export function drawScores(u, held, [low, high], hidden) {
  const step = stepOf(u, high - low);
  clipped(u, (ctx, bbox) => {
    const base = bbox.top + bbox.height;
    const bars = [...highest(u, held, low, high, step)];
    const usual = common(bars.map(([, score]) => score));
    for (const [x, score] of bars) {
      const name = level(score)?.name;
      const least = 2 * ratio();
      const height = hidden.has(name) ? least : Math.max(score * bbox.height, least);
      ctx.fillStyle = !name || hidden.has(name) || usual.has(name) ? colours.idle : colours[name];
      ctx.fillRect(x - step * 0.35, base - height, Math.max(step * 0.7, ratio()), height);
    }
    const y = Math.round(u.valToPos(ALERT, "y", true));
    ctx.strokeStyle = colours.ink2;
    ctx.lineWidth = ratio();
    ctx.setLineDash([4 * ratio(), 3 * ratio()]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  });
}

function stepOf(u, columns) {
  return Math.min(Math.max(u.bbox.width / Math.max(columns, 1), BAR * ratio()), WIDEST * ratio());
}

function* highest(u, held, low, high, step) {
  const { min, max } = u.scales.x;
  const scale = u.bbox.width / (max - min); // uPlot's valToPos is slow for many points
  let column = null;
  let top = -1;
  const out = () => [u.bbox.left + (column + 0.5) * step, top];
  for (let i = low; i < high; i += 1) {
    const score = held.peak[i];
    if (Number.isNaN(score)) continue;
    const x = ((held.time_us[i] + held.end_us[i]) / 2e6 - min) * scale;
    const at = Math.floor(x / step);
    if (at !== column) {
      if (column !== null) yield out();
      column = at;
      top = -1;
    }
    if (score > top) top = score;
  }
  if (column !== null) yield out();
}

/** A row for each voter, filled where it votes; darker where more of the observations have it. */
export function drawVotes(u, held, [low, high], { lit = null } = {}) {
  const { bbox } = u;
  const rows = held.voters.length;
  if (rows === 0) return;
  const height = bbox.height / rows;
  const { min, max } = u.scales.x;
  const cell = CELL * ratio();
  const cells = Math.ceil(bbox.width / cell);
  const scale = cells / (max - min);
  clipped(u, (ctx) => {
    held.voters.forEach((name, row) => {
      const y = bbox.top + row * height;
      ctx.globalAlpha = 1;
      ctx.fillStyle = colours.grid;
      ctx.fillRect(bbox.left, y + height - 1.5 * ratio(), bbox.width, ratio());
      const most = new Float64Array(cells);
      for (let i = low; i < high; i += 1) {
        const share = held.votes[row][i];
        if (!(share > 0)) continue;
        const begin = Math.max(0, Math.floor((held.time_us[i] / 1e6 - min) * scale));
        const end = Math.min(cells - 1, Math.floor((held.end_us[i] / 1e6 - min) * scale));
        for (let k = begin; k <= end; k += 1) most[k] = Math.max(most[k], share);
      }
      ctx.fillStyle = colours.trace;
      for (let k = 0; k < cells; k += 1) {
        if (most[k] === 0) continue;
        ctx.globalAlpha = 0.3 + 0.6 * most[k];
        ctx.fillRect(Math.round(bbox.left + k * cell), Math.round(y + 4 * ratio()), cell, Math.round(height - 7 * ratio()));
      }
    });
  });
  nameVoters(u, held.voters, height, lit);
}

function nameVoters(u, voters, height, lit) {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.textBaseline = "middle";
  voters.forEach((name, row) => {
    const y = bbox.top + (row + 0.5) * height;
    const text = detector(name);
    const inside = isSmall();
    ctx.font = `${12 * ratio()}px ${FONT}`;
    if (inside) {
      ctx.fillStyle = colours.surface;
      ctx.globalAlpha = 0.86;
      ctx.fillRect(bbox.left, y - height / 2 + 3 * ratio(), ctx.measureText(text).width + 10 * ratio(), height - 5 * ratio());
      ctx.globalAlpha = 1;
    }
    words(ctx, text, inside ? bbox.left + 4 * ratio() : 16 * ratio(), y + ratio(), {
      colour: lit?.includes(name) ? colours.ink : colours.ink2,
    });
  });
  ctx.restore();
}

/** What was said: "Real" filled, others outlined, unlabelled ones dashed; a note is a tick with its words. */
export function drawLabels(u, anomalies, labels, selected, span) {
  const { bbox, ctx } = u;
  const own = labels.filter((label) => !anomalies.some((one) => meets(one, label)));
  const boxes = [
    ...anomalies.map((one) => ({ from: one.from_us, to: one.to_us, label: one.label, chosen: one.seq === selected?.seq })),
    ...own.map((label) => ({ from: Date.parse(label.from) * 1e3, to: Date.parse(label.to) * 1e3, label })),
  ].sort((a, b) => a.from - b.from);
  clipped(u, () => {
    let free = -Infinity;
    const y = bbox.top + 4 * ratio();
    ctx.textBaseline = "middle";
    let near = -Infinity;
    const taken = [];
    for (const box of boxes) {
      const x = place(u, box.from);
      if (!box.chosen && x < near) continue; // hundreds within a few pixels are one
      const end = Math.max(drawBox(u, box, y, free), place(u, box.to));
      taken.push([x, end]);
      free = Math.max(free, end);
      near = x + 3 * ratio();
    }
    for (const label of labels.filter(({ note }) => note).reverse()) drawNote(u, label, y, taken);
    if (span) drawBox(u, { from: span[0], to: span[1], chosen: true, words: "New" }, y, -Infinity);
  });
}

/** A tick where a note begins, and its words beside it where there is room. */
function drawNote(u, { from, note }, y, taken) {
  const { ctx, bbox } = u;
  const x = place(u, Date.parse(from) * 1e3);
  ctx.fillStyle = colours.ink2;
  const isInside = taken.some(([a, b]) => a < x - 2 * ratio() && b > x + 2 * ratio());
  const top = isInside ? y + 18 * ratio() : bbox.top; // not through the words of a box
  ctx.fillRect(Math.round(x), top, ratio(), bbox.top + bbox.height - top);
  ctx.font = `${12 * ratio()}px ${FONT}`;
  const text = note.length > NOTE ? `${note.slice(0, NOTE - 1).trimEnd()}…` : note;
  const [begin, end] = [x - ctx.measureText(text).width - 9 * ratio(), x - 3 * ratio()];
  if (begin < bbox.left || taken.some(([a, b]) => a < end && b > begin)) return;
  taken.push([begin, x]);
  words(ctx, text, begin + 3 * ratio(), y + 10 * ratio(), { halo: true });
}

const meets = (one, label) => Date.parse(label.from) * 1e3 < one.to_us && Date.parse(label.to) * 1e3 > one.from_us;

function drawBox(u, { from, to, label, chosen, words: own }, y, free) {
  const { ctx, bbox } = u;
  const [begin, end] = [Math.max(bbox.left, place(u, from)), Math.min(bbox.left + bbox.width, place(u, to))];
  if (end < bbox.left || begin > bbox.left + bbox.width) return free;
  const text = own ?? (label ? WORDS[label.label] : chosen ? "Label this one" : "To label");
  ctx.font = `${12 * ratio()}px ${FONT}`;
  const room = ctx.measureText(text).width + 14 * ratio();
  let width = Math.max(end - begin, room);
  let left = Math.min(begin, bbox.left + bbox.width - width);
  const fits = left >= free;
  if (!fits) {
    if (end <= free && !chosen) return free; // it would stand on the words of the one before
    left = begin;
    width = Math.max(end - begin, 4 * ratio());
  }
  const height = 18 * ratio();
  const filled = label?.label === "real";
  ctx.beginPath();
  ctx.roundRect(left + 0.5, y, width - 1, height, 3 * ratio());
  ctx.strokeStyle = ctx.fillStyle = filled ? colours.ok : chosen ? colours.accent : colours.ctl;
  ctx.lineWidth = ratio();
  ctx.setLineDash(label ? [] : [3 * ratio(), 2 * ratio()]);
  if (own) ctx.clearRect(left, y, width, height); // it may lie over others
  if (filled) ctx.fill();
  else ctx.stroke();
  ctx.setLineDash([]);
  if (!fits) return free;
  words(ctx, text, left + 7 * ratio(), y + height / 2 + ratio(), { colour: filled ? colours.surface : colours.ink });
  return left + width + 4 * ratio();
}

/** Ticks of all anomalies along the lower edge of the navigator. */
export function drawTicks(u, anomalies, columns) {
  clipped(u, (ctx, bbox) => {
    const height = 4 * ratio();
    const y = bbox.top + bbox.height - height;
    ctx.fillStyle = colours.surface; // on which every severity can be told from its ground
    ctx.fillRect(bbox.left, y - ratio(), bbox.width, height + ratio());
    for (const { name } of [...LEVELS].reverse()) {
      for (const one of anomalies) {
        if ((level(one.score)?.name ?? "major") !== name) continue;
        tick(ctx, u, one.from_us, one.to_us, y, height, isFalse(one) ? colours.ctl : colours[name]);
      }
    }
    if (!columns) return;
    for (let i = 0; i < columns.n; i += 1) {
      if (columns.anomalies[i] === 0 || columns.time_us[i] >= (anomalies[0]?.from_us ?? Infinity)) continue;
      tick(ctx, u, columns.time_us[i], columns.end_us[i], y, height, colours[level(columns.peak[i])?.name ?? "major"]);
    }
  });
}

function tick(ctx, u, from, to, y, height, colour) {
  const a = place(u, from);
  ctx.fillStyle = colour;
  ctx.fillRect(a, y, Math.max(3 * ratio(), place(u, to) - a), height);
}

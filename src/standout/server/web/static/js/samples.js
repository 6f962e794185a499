// Series to begin with, made here: the same for everybody.

/** A small generator of numbers in [0, 1), the same on every machine. */
function random(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

function series(n, seed, make) {
  const next = random(seed);
  const noise = () => next() + next() + next() - 1.5;
  return Array.from({ length: n }, (_, k) => Number(make(k, noise).toFixed(3)));
}

const daily = (k) => 40 + 14 * Math.sin((k / 96) * 2 * Math.PI) + 4 * Math.sin((k / 48) * 2 * Math.PI);

export const SAMPLES = [
  ["Spikes on a daily rhythm", () => series(960, 7, (k, noise) => daily(k) + noise() + (k === 611 ? 31 : 0) + (k === 804 ? -24 : 0))],
  ["A changed rhythm", () => series(960, 11, (k, noise) => (k > 640 && k < 720 ? 40 + 14 * Math.sin((k / 24) * 2 * Math.PI) : daily(k)) + 0.6 * noise())],
  ["A new level", () => series(700, 3, (k, noise) => 20 + 1.4 * noise() + (k >= 470 ? 9 : 0))],
  ["Nothing but noise", () => series(700, 5, (k, noise) => 100 + 3 * noise())],
];

// Fewer points than pixels lose nothing: each pixel column keeps its first, lowest, highest and
// last value, a gap if there is one, and the widest of its expected ranges.

const orNull = (x) => (Number.isNaN(x) ? null : x);

/**
 * What to draw of `series` in [low, high) where [from, to] seconds fill `pixels`.
 *
 * Gives the `indices` that are drawn, ascending, at most five a column, and for each of them uPlot's
 * columns `data`: time, value, lower, upper; null where there is none.
 */
export function decimate(series, low, high, from, to, pixels) {
  const drawn = { indices: [], data: [[], [], [], []] };
  const thin = high - low > pixels * 4;
  const scale = pixels / (to - from);
  let begin = low;
  while (begin < high) {
    let end = begin + 1;
    if (thin) {
      const column = Math.floor((series.time[begin] - from) * scale);
      while (end < high && Math.floor((series.time[end] - from) * scale) === column) end += 1;
    }
    take(series, begin, end, drawn);
    begin = end;
  }
  return drawn;
}

function take(series, begin, end, { indices, data }) {
  const { value, lower, upper, time } = series;
  let [least, most, gap] = [begin, begin, begin];
  let [bottom, top] = [lower[begin], upper[begin]];
  for (let i = begin; i < end; i += 1) {
    if (Number.isNaN(value[i])) gap = i;
    else {
      if (Number.isNaN(value[least]) || value[i] < value[least]) least = i;
      if (Number.isNaN(value[most]) || value[i] > value[most]) most = i;
    }
    if (Number.isNaN(bottom) || lower[i] < bottom) bottom = lower[i];
    if (Number.isNaN(top) || upper[i] > top) top = upper[i];
  }
  const chosen = [begin, least, most, gap, end - 1].sort((a, b) => a - b);
  chosen.forEach((index, k) => {
    if (index === chosen[k - 1]) return;
    indices.push(index);
    data[0].push(time[index]);
    data[1].push(orNull(value[index]));
    data[2].push(orNull(bottom));
    data[3].push(orNull(top));
  });
}

// What a training's scores say at every threshold: sums over the bins that the server keeps.

/** For each bin, how many rows lie in it or above. */
export function above(counts) {
  const sums = new Array(counts.length);
  let sum = 0;
  for (let k = counts.length - 1; k >= 0; k -= 1) {
    sum += counts[k];
    sums[k] = sum;
  }
  return sums;
}

/** The curves of a version's measures; null where they were not kept. */
export function curvesOf(measures) {
  if (!measures?.training) return null;
  const training = above(measures.training);
  const labelled = measures.rows && { rows: above(measures.rows), hits: above(measures.anomalies) };
  const at = (k) => {
    const told = { score: measures.scores[k], flagged: training[k], share: training[k] / Math.max(1, training[0]) };
    if (!labelled) return told;
    const [rows, hits, real] = [labelled.rows[k], labelled.hits[k], labelled.hits[0]];
    const precision = rows ? hits / rows : null;
    const recall = real ? hits / real : null;
    return { ...told, rows, hits, precision, recall, f1: (2 * hits) / Math.max(1, rows + real), wrong: rows - hits, missed: real - hits, measured: labelled.rows[0] };
  };
  const bins = measures.scores.length;
  return { bins, shipped: measures.shipped, scores: measures.scores, measures, labelled: Boolean(labelled), at, points: Array.from({ length: bins }, (_, k) => at(k)) };
}

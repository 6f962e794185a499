// The five votes of a stream, in the order of their bits.

const VOTERS = ["z-score", "IQR", "EWMA", "moving average", "isolation forest"];

/** "4 of 5: z-score, IQR, …"; a dash where nobody voted or the detector has no votes. */
export function votesText(bits) {
  const names = VOTERS.filter((name, bit) => bits & (1 << bit));
  if (names.length === 0) return "–";
  return `${names.length} of ${VOTERS.length}: ${names.join(", ")}`;
}

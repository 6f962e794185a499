// The tokens as colours that a canvas understands; canvas does not follow CSS variables.

const NAMES = [
  "surface", "line", "grid", "idle", "ctl", "ink", "ink2", "ink3", "accent", "trace", "band",
  "band-edge", "low", "minor", "major", "critical", "ok", "accent-ink", "bg",
];

export const colours = {};

/** Reads the tokens of the theme that is on. */
export function readColours() {
  const probe = document.createElement("i");
  probe.hidden = true;
  document.body.append(probe);
  for (const name of NAMES) {
    probe.style.color = `var(--${name})`;
    colours[name] = getComputedStyle(probe).color;
  }
  probe.remove();
}

addEventListener("themechange", readColours);
readColours();

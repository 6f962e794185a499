// The legend above the chart.

import { mark } from "./severity.js";

function swatch(kind) {
  const element = document.createElement("span");
  element.className = `swatch ${kind}`;
  return element;
}

export function drawLegend(list) {
  const entries = [
    [swatch("trace"), "Value"],
    [swatch("band"), "Expected range"],
    [mark("critical"), "Critical"],
    [mark("major"), "Major"],
    [mark("minor"), "Minor"],
    [mark("low"), "Low"],
  ];
  for (const [sign, words] of entries) {
    const item = document.createElement("li");
    item.append(sign, words);
    list.append(item);
  }
}

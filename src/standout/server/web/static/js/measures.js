// What is told of a training: the figures by which models are compared.

import { el } from "./dom.js";
import * as format from "./format.js";

const three = new Intl.NumberFormat("en", { minimumFractionDigits: 3, maximumFractionDigits: 3 });
const share = (x) => (x === undefined || x === null ? "–" : three.format(x));

export const percent = (x) => (x === undefined || x === null ? "–" : `${format.brief(Number((x * 100).toPrecision(3)))} %`);

export const MEASURES = [
  ["precision", "Precision", share, "Precision"],
  ["recall", "Recall", share, "Recall"],
  ["f1", "F1", share, "F1"],
  ["average_precision", "AP", share, "Average precision"],
  ["auroc", "AUROC", share, "Area under the ROC curve"],
];

/** The measures of a version: they stand beside the other statistics, where labels were given. */
export const measure = (stats, name) => stats?.[name] ?? null;

/** A list of name and text pairs. */
export const pairs = (rows) => el("dl", { class: "kv" }, ...rows.flatMap(([name, ...content]) => [el("dt", {}, name), el("dd", {}, ...content)]));

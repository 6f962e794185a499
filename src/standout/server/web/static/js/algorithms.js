// The names of algorithms as people know them.

import { getJson } from "./api.js";
import * as format from "./format.js";

let asked = null;

/** Gives a function from a name to its title; one that is not known stands as it is. */
export async function titled() {
  asked ??= getJson("/algorithms").catch(() => ({ algorithms: [] }));
  const { algorithms } = await asked;
  const titles = new Map(algorithms.map(({ name, title }) => [name, title]));
  return (name) => titles.get(name) ?? format.detector(name);
}

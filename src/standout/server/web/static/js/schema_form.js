// A form made from a JSON Schema: title, description, default, limits and words become a field each.

import { el, setText } from "./dom.js";
import * as format from "./format.js";

/** Makes the fields of an object's schema. Gives `{ fields, read, complain }`. */
export function schemaForm(schema, { changed, values = {} }) {
  const parts = Object.entries(schema.properties ?? {}).map(([name, one]) => field(name, one, values[name], changed));
  return {
    fields: parts.map((part) => part.element),
    /** What differs from the defaults; null where something is wrong, and the first of these has the focus. */
    read() {
      const wrong = parts.filter((part) => !part.valid());
      if (wrong.length > 0) {
        wrong[0].input.focus();
        return null;
      }
      return Object.fromEntries(parts.filter((part) => part.value() !== part.default).map((part) => [part.name, part.value()]));
    },
  };
}

function field(name, schema, given, changed) {
  const start = given ?? schema.default;
  const id = `param-${name}`;
  const input = control(id, schema, start);
  const wrong = el("span", { class: "wrong", id: `${id}-wrong`, role: "alert", hidden: true });
  const help = el("small", { id: `${id}-help` }, [schema.description, limits(schema)].filter(Boolean).join(" "));
  input.setAttribute("aria-describedby", `${id}-help ${id}-wrong`);
  const check = el("label", { class: schema.type === "boolean" ? "check" : "field", for: id }, ...(schema.type === "boolean" ? [input, el("span", {}, called(name, schema), help)] : [called(name, schema), input, help, wrong]));
  const value = () => {
    if (schema.type === "boolean") return input.checked;
    if (numeric(schema)) return input.value.trim() === "" ? (schema.default ?? null) : Number(input.value);
    return input.value;
  };
  const valid = () => {
    const reason = numeric(schema) && !(optional(schema) && value() === null) ? complaint(value(), schema) : "";
    wrong.hidden = !reason;
    setText(wrong, reason);
    input.setAttribute("aria-invalid", String(Boolean(reason)));
    return !reason;
  };
  input.addEventListener("input", () => {
    if (valid()) changed();
  });
  return { name, element: check, input, value, valid, default: schema.default };
}

const types = ({ type }) => [type].flat();
const numeric = (schema) => types(schema).some((type) => type === "integer" || type === "number");
const optional = (schema) => types(schema).includes("null");
const called = (name, { title }) => title ?? name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");

function control(id, schema, start) {
  if (schema.type === "boolean") {
    const box = el("input", { id, type: "checkbox" });
    box.checked = start === true;
    return box;
  }
  if (schema.enum) {
    const select = el("select", { id }, ...schema.enum.map((word) => el("option", { value: word }, String(word))));
    select.value = start;
    return select;
  }
  return el("input", { id, type: numeric(schema) ? "number" : "text", value: start ?? null, min: schema.minimum, max: schema.maximum, step: schema.type === "integer" ? 1 : "any" });
}

const told = (x) => (typeof x === "number" && Math.abs(x) >= 10_000 ? format.count(x) : x);

function limits({ type, minimum, exclusiveMinimum, maximum, default: start }) {
  const least = minimum ?? (exclusiveMinimum === undefined ? undefined : `above ${exclusiveMinimum}`);
  const range = least !== undefined && maximum !== undefined ? `${told(least)} to ${told(maximum)}` : least !== undefined && (minimum === undefined ? least : `at least ${told(least)}`);
  const usual = start !== undefined && start !== null && type !== "boolean" && `${start} if left out`;
  const words = [range, usual].filter(Boolean).join("; ");
  return words && `(${words})`;
}

function complaint(value, { type, minimum, exclusiveMinimum, maximum }) {
  if (value === null || !Number.isFinite(value)) return "A number is wanted.";
  if (type === "integer" && !Number.isInteger(value)) return "A whole number is wanted.";
  if (minimum !== undefined && value < minimum) return `At least ${minimum} is wanted.`;
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) return `More than ${exclusiveMinimum} is wanted.`;
  if (maximum !== undefined && value > maximum) return `At most ${maximum} is wanted.`;
  return "";
}

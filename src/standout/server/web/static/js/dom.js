// Elements by name, made without markup: text is never read as HTML.

export const root = document.documentElement;
export const byId = (id) => document.getElementById(id);

/** An address below the server's root. */
export const address = (path) => `${root.dataset.base}${path}`;

export const streamPage = (id, query = {}) =>
  address(`/client/${encodeURIComponent(id)}${search(query)}`);

/** "?a=1&b=2" of what is set; "" for nothing. */
export function search(query) {
  const set = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = new URLSearchParams(set.map(([key, value]) => [key, String(value)])).toString();
  return text && `?${text}`;
}

/** Makes an element: `class`, `data`, `on` and attributes from `options`, then its children. */
export function el(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [type, act] of Object.entries(value)) element.addEventListener(type, act);
    else if (name === "data") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Sets text where it has changed, so that nothing is announced or laid out in vain. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Calls `act` once `ms` have passed without another call. */
export function debounced(act, ms) {
  let timer = null;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...given), ms);
  };
}

/** Calls `act` at once, then at most once every `ms`; the last call is never lost. */
export function throttled(act, ms) {
  let timer = null;
  let last = -Infinity;
  return () => {
    if (timer !== null) return;
    const wait = Math.max(0, last + ms - performance.now());
    timer = setTimeout(() => {
      timer = null;
      last = performance.now();
      act();
    }, wait);
  };
}

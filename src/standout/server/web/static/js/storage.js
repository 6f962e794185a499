// What a browser remembers for a person. Where storage is switched off, it lasts for the page.

const here = new Map();

export function recall(key) {
  try {
    return localStorage.getItem(`standout.${key}`) ?? here.get(key) ?? null;
  } catch {
    return here.get(key) ?? null;
  }
}

export function remember(key, value) {
  here.set(key, value);
  try {
    localStorage.setItem(`standout.${key}`, value);
  } catch {
    // it lasts for the page
  }
}

// Rows of a table of which only those that can be seen are there, as long as all have one height.

const MORE = 8; // rows beyond either edge

export class VirtualRows {
  /**
   * `body` holds the rows of `scroller`; `make(key)` gives an object with `element`; `fill(row,
   * item)` writes an item into it; `key(item)` names it. Up to `plain` items are simply all there.
   */
  constructor({ scroller, body, height, columns, plain = 60, key, make, fill, pinned = 0 }) {
    Object.assign(this, { scroller, body, height, plain, key, make, fill, pinned, items: [], rows: new Map() });
    this.above = spacer(columns);
    this.below = spacer(columns);
    scroller.addEventListener("scroll", () => this.#place(), { passive: true });
  }

  /** Shows these items; rows of the same key are kept. */
  show(items) {
    this.items = items;
    this.many = items.length > this.plain;
    this.scroller.classList.toggle("many", this.many);
    this.range = "";
    this.#place();
  }

  /** Brings an item into view, and gives its row. */
  reveal(index) {
    if (this.many) {
      const top = (index - this.pinned) * this.height;
      const { scrollTop, clientHeight } = this.scroller;
      const head = this.#head();
      if (top < scrollTop) this.scroller.scrollTop = top;
      else if (top + this.height + head > scrollTop + clientHeight) this.scroller.scrollTop = top + this.height + head - clientHeight;
      this.#place();
    }
    return this.rows.get(this.key(this.items[index]));
  }

  /** Fills the rows that are there anew. */
  refill() {
    for (const item of this.seen ?? []) this.fill(this.rows.get(this.key(item)), item);
  }

  #head() {
    return this.body.offsetTop + 0;
  }

  #visible() {
    if (!this.many) return [0, this.items.length];
    const { scrollTop, clientHeight } = this.scroller;
    const low = Math.floor((scrollTop - this.#head()) / this.height) + this.pinned - MORE;
    const high = Math.ceil((scrollTop + clientHeight) / this.height) + this.pinned + MORE;
    return [Math.max(this.pinned, low), Math.min(this.items.length, high)];
  }

  #place() {
    const [low, high] = this.#visible();
    const range = `${low}:${high}`;
    if (range === this.range) return;
    this.range = range;
    this.seen = this.many ? [...this.items.slice(0, this.pinned), ...this.items.slice(low, high)] : this.items;
    const wanted = new Set(this.seen.map(this.key));
    for (const [key, row] of this.rows) {
      if (wanted.has(key)) continue;
      row.element.remove();
      this.rows.delete(key);
    }
    this.above.firstChild.style.height = `${this.many ? (low - this.pinned) * this.height : 0}px`;
    this.below.firstChild.style.height = `${this.many ? (this.items.length - high) * this.height : 0}px`;
    const elements = this.seen.map((item) => this.#row(item));
    if (this.many) {
      elements.splice(this.pinned, 0, this.above);
      elements.push(this.below);
    } else {
      this.above.remove();
      this.below.remove();
    }
    this.#order(elements);
    this.refill();
  }

  #row(item) {
    const key = this.key(item);
    if (!this.rows.has(key)) this.rows.set(key, this.make(item));
    return this.rows.get(key).element;
  }

  /** Moves only what is out of place: a row that stays keeps its focus. */
  #order(elements) {
    let after = null;
    for (const element of elements) {
      if (element.previousElementSibling !== after || element.parentNode !== this.body) {
        if (after) after.after(element);
        else this.body.prepend(element);
      }
      after = element;
    }
  }
}

function spacer(columns) {
  const row = document.createElement("tr");
  row.className = "gap";
  row.setAttribute("aria-hidden", "true");
  const cell = document.createElement("td");
  cell.colSpan = columns;
  cell.className = "gap";
  row.append(cell);
  return row;
}

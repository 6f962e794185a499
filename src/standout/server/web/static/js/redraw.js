// A canvas that is drawn anew when its size or the theme changes, for as long as it is there.

/** Calls `draw` now, and whenever `canvas` must be drawn again. */
export function keepDrawn(canvas, draw) {
  const watch = new ResizeObserver(draw);
  watch.observe(canvas);
  const repaint = () => {
    if (canvas.isConnected) return draw();
    watch.disconnect();
    return removeEventListener("themechange", repaint);
  };
  addEventListener("themechange", repaint);
}

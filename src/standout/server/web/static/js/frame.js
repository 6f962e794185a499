// At most one redraw per animation frame, and none while nobody looks.

/** Returns a function that asks for `draw`; many askings in one frame make one drawing. */
export function oncePerFrame(draw) {
  let asked = false;
  let missed = false;

  function run() {
    asked = false;
    if (document.hidden) missed = true;
    else draw();
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && missed) {
      missed = false;
      ask();
    }
  });

  function ask() {
    if (document.hidden) missed = true;
    else if (!asked) {
      asked = true;
      requestAnimationFrame(run);
    }
  }
  return ask;
}

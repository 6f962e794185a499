// A WebSocket that comes back by itself: each message is JSON.

const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;

/**
 * Keeps a connection open; `path()` gives its address each time.
 *
 * `onMessage(message)` gets each message; `onState("live" | "lost", since)` the connection's state,
 * `since` in milliseconds; `onProblem(problem)` why the server refuses, after which it stays closed.
 */
export function keepOpen(path, { onMessage, onState, onProblem }) {
  let wait = FIRST_WAIT;
  let state = "connecting";
  let lostAt = null;
  let timer = null;
  let refused = false;

  function open() {
    timer = null;
    const address = new URL(path(), location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address);
    socket.addEventListener("message", (event) => receive(JSON.parse(event.data)));
    socket.addEventListener("close", lose);
  }

  function receive(message) {
    if (message.status !== undefined) {
      refused = true;
      onProblem(message);
      return;
    }
    wait = FIRST_WAIT;
    if (state !== "live") onState((state = "live"), null);
    lostAt = null;
    onMessage(message);
  }

  function lose() {
    if (refused) return;
    lostAt ??= Date.now();
    onState((state = "lost"), lostAt);
    // The jitter keeps many pages from returning in the same instant after a restart.
    timer = setTimeout(open, wait * (0.75 + Math.random() / 2));
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }

  function hurry() {
    if (timer === null) return;
    clearTimeout(timer);
    wait = FIRST_WAIT;
    open();
  }

  addEventListener("online", hurry);
  document.addEventListener("visibilitychange", () => document.hidden || hurry());
  open();
}

// The stream of quotes of one product. While it is down, the snapshot is asked for every few
// seconds instead, and the page says so.
// @ts-check

/** @typedef {{seq: number, bids: [number | null, number][], asks: [number | null, number][]}} Depth */
/** @typedef {{id: number, at: string, price_fen: number, qty_t: number, buy_taker: boolean}} Trade */
/** @typedef {{reference_fen: number, open_fen: number | null, high_fen: number | null, low_fen: number | null, last_fen: number | null, volume_t: number, turnover_fen: number, phase: string}} Day */
/** @typedef {"joining" | "live" | "away" | "polling" | "offline"} State */
/** @typedef {{depth: (depth: Depth) => void, trades: (trades: Trade[], isAll: boolean) => void, day: (day: Day) => void, state: (state: State) => void}} Listener */

const POLL_MS = 4000;
const AGAIN_MS = 8000;
/** A line that is back at once was never down. */
const GRACE_MS = 2000;
/** A stream that says nothing for so long, not even that it lives, is asked anew. */
const SILENT_MS = 45000;
const CLOSED_MS = 60000;

/** @param {string} product */
const streamOf = (product) => new EventSource(`/stream/market?product=${encodeURIComponent(product)}`);

/** Call `begin` once the market is no longer closed, as the stream tells, or without one the snapshot.
 * @param {string} product @param {string} snapshot address @param {() => void} begin */
export function whenOpen(product, snapshot, begin) {
  const stream = streamOf(product);
  let isOpen = false;

  /** @param {Day} day */
  function told({ phase }) {
    if (isOpen || phase === "closed") return;
    isOpen = true;
    stream.close();
    clearInterval(wait);
    begin();
  }

  const wait = setInterval(async () => {
    try {
      const answer = await fetch(snapshot);
      if (answer.ok) told((await answer.json()).day);
    } catch {
      // Asked again in a minute.
    }
  }, CLOSED_MS);
  stream.addEventListener("snapshot", (event) => told(JSON.parse(event.data).day));
  stream.addEventListener("day", (event) => told(JSON.parse(event.data)));
  addEventListener("pagehide", () => stream.close());
}

/** Follow a product. @param {string} product @param {string} snapshot address @param {Listener} listener */
export function follow(product, snapshot, listener) {
  /** @type {EventSource | null} */
  let stream = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let poll;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let grace;
  let heardAt = Date.now();

  /** @param {any} whole */
  function all(whole) {
    listener.depth(whole.depth);
    listener.trades(Array.isArray(whole.trades) ? whole.trades : whole.trades.trades, true);
    listener.day(whole.day);
  }

  async function ask() {
    try {
      const answer = await fetch(snapshot);
      if (!answer.ok) throw new Error(String(answer.status));
      const whole = await answer.json();
      // The stream may be back while this was under way; it knows better.
      if (!poll) return;
      all(whole);
      listener.state("polling");
    } catch {
      if (poll) listener.state("offline");
    }
  }

  function startPolling() {
    grace = undefined;
    if (poll) return;
    poll = setInterval(ask, POLL_MS);
    ask();
  }

  function heard() {
    heardAt = Date.now();
    clearTimeout(grace);
    clearInterval(poll);
    grace = poll = undefined;
    listener.state("live");
  }

  /** @param {string} name @param {(data: any) => void} take */
  function on(name, take) {
    stream?.addEventListener(name, (event) => {
      heard();
      take(JSON.parse(/** @type {MessageEvent} */ (event).data));
    });
  }

  function join() {
    stream?.close();
    stream = streamOf(product);
    on("snapshot", all);
    on("depth", listener.depth);
    on("trades", (data) => listener.trades(data.trades, false));
    on("day", listener.day);
    stream.addEventListener("floor", (event) => {
      heard();
      if (!JSON.parse(event.data).up) listener.state("away");
    });
    stream.onopen = () => { heardAt = Date.now(); };
    stream.onerror = () => {
      grace ??= setTimeout(startPolling, GRACE_MS);
      // The browser joins again by itself unless the answer was no stream at all.
      if (stream?.readyState === EventSource.CLOSED) setTimeout(join, AGAIN_MS);
    };
  }

  listener.state("joining");
  join();
  setInterval(() => {
    if (!poll && Date.now() - heardAt > SILENT_MS) {
      startPolling();
      join();
    }
  }, POLL_MS);
  addEventListener("pagehide", () => stream?.close());
}

// Keeps the figures of one product on the page what the exchange says now.
// @ts-check

import { refreshCandles } from "./candles.js";
import { follow, whenOpen } from "./live.js";
import { chinese } from "./theme.js";

const LEVELS = 5;
const LONGEST_TAPE = 50;
const CANDLES_MS = 5000;
const group = new Intl.NumberFormat("en-US");
const SVG = "http://www.w3.org/2000/svg";

/** Fen as yuan, exactly. @param {number} fen */
export function yuan(fen) {
  const rest = String(Math.abs(fen) % 100).padStart(2, "0");
  return `${fen < 0 ? "−" : ""}${group.format(Math.trunc(Math.abs(fen) / 100))}.${rest}`;
}

/** @param {number} tonnes */
export const tonnes = (tonnes) => group.format(tonnes);

/** @param {string} tag @param {string} text @param {string} [classes] */
export function made(tag, text, classes = "") {
  const node = document.createElement(tag);
  node.textContent = text;
  if (classes) node.className = classes;
  return node;
}

/** @param {number} part @param {number} whole @param {string} tone */
function bar(part, whole, tone) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `bar ${tone}`);
  svg.setAttribute("viewBox", "0 0 100 6");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  for (const [name, width] of [["whole", 100], ["part", whole ? (100 * part) / whole : 0]]) {
    const rect = document.createElementNS(SVG, "rect");
    rect.setAttribute("class", String(name));
    rect.setAttribute("width", String(width));
    rect.setAttribute("height", "6");
    svg.append(rect);
  }
  return svg;
}

/** Nothing names the price of an order at any price. @param {number | null} fen */
const priced = (fen) => (fen === null ? (chinese ? "市价" : "Market") : yuan(fen));

/** @param {HTMLElement} table @param {import("./live.js").Depth} depth */
function showDepth(table, { asks, bids }) {
  const deepest = Math.max(0, ...[...asks, ...bids].map(([, qty]) => qty));
  const [above, below] = table.querySelectorAll("tbody");
  /** @param {string | undefined} side @param {number} place @param {[number | null, number] | undefined} level @param {string} tone @param {string} trend */
  const row = (side, place, level, tone, trend) => {
    const tr = document.createElement("tr");
    const head = made("th", `${side}${place}`);
    head.setAttribute("scope", "row");
    const volume = made("td", level ? tonnes(level[1]) : "", "number volume");
    if (level) {
      volume.append(bar(level[1], deepest, tone));
      if (level[0] !== null) tr.dataset.price = String(level[0]);
    }
    tr.append(head, made("td", level ? priced(level[0]) : "—", `number ${trend} bare`), volume);
    return tr;
  };
  const places = Array.from({ length: LEVELS }, (_, n) => n);
  above.replaceChildren(...places.map((n) => row(table.dataset.ask, n + 1, asks[n], "sell", "down")).reverse());
  below.replaceChildren(...places.map((n) => row(table.dataset.bid, n + 1, bids[n], "buy", "up")));
}

/** Trades newest first; the colour of each is against the one before it. */
class Tape {
  /** @param {HTMLElement} table */
  constructor(table) {
    this.body = /** @type {HTMLElement} */ (table.querySelector("tbody"));
    this.box = /** @type {HTMLElement} */ (table.closest(".table-box"));
    /** @type {import("./live.js").Trade[]} */
    this.trades = [];
  }

  /** @param {import("./live.js").Trade[]} trades @param {boolean} isAll */
  show(trades, isAll) {
    const known = isAll ? [] : this.trades;
    const fresh = trades.filter((trade) => !known.some((each) => each.id === trade.id));
    this.trades = [...fresh, ...known].sort((a, b) => b.id - a.id).slice(0, LONGEST_TAPE);
    this.body.replaceChildren(...this.trades.map((trade, n) => this.row(trade, this.trades[n + 1])));
    this.box.hidden = this.trades.length === 0;
    const empty = /** @type {HTMLElement | null} */ (document.querySelector("[data-tape-empty]"));
    if (empty) empty.hidden = this.trades.length > 0;
  }

  /** @param {import("./live.js").Trade} trade @param {import("./live.js").Trade | undefined} before */
  row(trade, before) {
    const tr = document.createElement("tr");
    const change = before ? trade.price_fen - before.price_fen : 0;
    const trend = change > 0 ? "up" : change < 0 ? "down" : "flat";
    tr.append(
      made("td", trade.at.slice(11, 19)),
      made("td", yuan(trade.price_fen), `number ${trend}`),
      made("td", tonnes(trade.qty_t), "number"),
    );
    return tr;
  }
}

/** What the exchange does, in words, where it changed since the page was made. @param {HTMLElement} root @param {string} phase */
function showPhase(root, phase) {
  const chip = /** @type {HTMLElement | null} */ (root.querySelector("[data-phase]"));
  const said = chip?.dataset[phase];
  if (!chip || !said || chip.dataset.phase === phase) return;
  // Closed is told by the server together with when it opens.
  if (chip.dataset.phase || phase !== "closed") {
    chip.textContent = said;
    chip.className = `chip ${phase === "continuous" || phase === "call" ? "good" : ""}`;
  }
  chip.dataset.phase = phase;
}

/** @param {HTMLElement} root @param {import("./live.js").Day} day */
function showDay(root, day) {
  /** @param {string} name @param {string} text */
  const say = (name, text) => {
    for (const node of root.querySelectorAll(`[data-day="${name}"]`)) node.textContent = text;
  };
  for (const name of /** @type {const} */ (["open_fen", "high_fen", "low_fen", "reference_fen"])) {
    const fen = day[name];
    say(name, fen === null ? "—" : yuan(fen));
  }
  showPhase(root, day.phase);
  say("volume_t", tonnes(day.volume_t));
  say("turnover_fen", yuan(day.turnover_fen));
  say("average_fen", day.volume_t ? yuan(Math.round(day.turnover_fen / day.volume_t)) : "—");
  if (day.last_fen === null) return;
  const change = day.last_fen - day.reference_fen;
  const trend = change > 0 ? "up" : change < 0 ? "down" : "flat";
  const sign = change > 0 ? "+" : "";
  const last = root.querySelector("[data-last]");
  if (!last) return;
  last.textContent = yuan(day.last_fen);
  last.className = `last ${trend}`;
  root.querySelector("[data-change-box]")?.setAttribute("class", `ticker-price ${trend} bare`);
  const texts = { change: `${sign}${yuan(change)}`, "change-ratio": ratio(change, day.reference_fen) };
  for (const [name, text] of Object.entries(texts)) {
    const node = root.querySelector(`[data-${name}]`);
    if (node) node.textContent = text;
  }
}

/** @param {number} change @param {number} reference */
function ratio(change, reference) {
  const share = ((100 * change) / reference).toFixed(2);
  return `${change > 0 ? "+" : ""}${share.replace("-", "−")}%`;
}

/** @param {import("./live.js").State} state */
function showConnection(state) {
  for (const chip of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-connection]"))) {
    const said = chip.dataset[state] ?? "";
    if (chip.textContent !== said) chip.textContent = said;
    chip.hidden = false;
    chip.className = `chip ${{ live: "good", joining: "info", away: "bad", polling: "warn", offline: "bad" }[state]}`;
  }
}

const root = /** @type {HTMLElement | null} */ (document.querySelector("[data-quotes]"));
const depthTable = /** @type {HTMLElement | null} */ (root?.querySelector("[data-depth]") ?? null);
const tapeTable = /** @type {HTMLElement | null} */ (root?.querySelector("[data-tape]") ?? null);

/** @param {HTMLElement} page @param {HTMLElement} depths @param {HTMLElement} trades */
function begin(page, depths, trades) {
  const tape = new Tape(trades);
  let askedAt = 0;
  follow(page.dataset.quotes ?? "", page.dataset.snapshot ?? "", {
    depth: (depth) => {
      showDepth(depths, depth);
      dispatchEvent(new CustomEvent("depth", { detail: depth }));
    },
    trades: (fresh, isAll) => {
      tape.show(fresh, isAll);
      dispatchEvent(new CustomEvent("trades"));
      if (Date.now() - askedAt > CANDLES_MS) {
        askedAt = Date.now();
        refreshCandles().catch(() => {});
      }
    },
    day: (day) => {
      showDay(page, day);
      dispatchEvent(new CustomEvent("day", { detail: day }));
    },
    state: showConnection,
  });
}

if (root && depthTable && tapeTable) {
  const start = () => begin(root, depthTable, tapeTable);
  if (root.dataset.closed === undefined) start();
  else whenOpen(root.dataset.quotes ?? "", root.dataset.snapshot ?? "", start);
}

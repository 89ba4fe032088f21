// Draws the candles of an address with averages and volume into every element with data-candles.
// Buttons beside it switch the interval. Red rises, green falls, unless the reader chose otherwise.
// @ts-check

import { chinese, drawInScheme, token } from "./theme.js";

const group = new Intl.NumberFormat("en-US");
const { klinecharts } = /** @type {any} */ (window);

/** @typedef {{timestamp: number, open: number, high: number, low: number, close: number, volume: number, turnover: number}} Candle */
/** @typedef {[string, number, number, number, number, number, number]} Row */

/** How the library calls an interval. @type {Record<string, {type: string, span: number}>} */
const PERIODS = {
  "1m": { type: "minute", span: 1 }, "5m": { type: "minute", span: 5 }, "15m": { type: "minute", span: 15 },
  "30m": { type: "minute", span: 30 }, "1h": { type: "hour", span: 1 }, "1d": { type: "day", span: 1 },
  "1w": { type: "week", span: 1 }, "1M": { type: "month", span: 1 }, "1Y": { type: "year", span: 1 },
};
/** So many candles are enough for the longest average to move. */
const SOME = 60;

/** Fen to yuan for the eye only; the figures themselves stand in tables. @param {number} fen */
const yuan = (fen) => fen / 100;

/** @param {Row} row @returns {Candle} */
const candle = ([start, open, high, low, close, volume, turnover]) => ({
  timestamp: Date.parse(start), open: yuan(open), high: yuan(high), low: yuan(low), close: yuan(close),
  volume, turnover: yuan(turnover),
});

function styles() {
  const [rise, fall, ink, faint, line] = ["rise", "fall", "ink-2", "hairline", "line"].map(token);
  const letters = { family: token("sans"), color: ink };
  const mark = { color: ink, textFamily: letters.family };
  const both = {
    upColor: rise, downColor: fall, noChangeColor: ink,
    upBorderColor: rise, downBorderColor: fall, noChangeBorderColor: ink,
    upWickColor: rise, downWickColor: fall, noChangeWickColor: ink,
  };
  const axis = { axisLine: { color: line }, tickLine: { color: line }, tickText: letters };
  const lines = ["series-3", "series-2", "series-4"].map((name) => ({ color: token(name), size: 1 }));
  return {
    grid: { horizontal: { color: faint }, vertical: { show: false } },
    candle: {
      bar: both,
      priceMark: { high: mark, low: mark, last: { ...both, text: { family: letters.family } } },
      tooltip: { title: { show: false }, legend: letters },
    },
    indicator: {
      bars: [{ upColor: rise, downColor: fall, noChangeColor: ink }], lines,
      tooltip: { title: letters, legend: letters },
    },
    xAxis: axis, yAxis: axis, separator: { color: faint },
    crosshair: {
      horizontal: { text: { backgroundColor: token("accent") } },
      vertical: { text: { backgroundColor: token("accent") } },
    },
  };
}

/** A chart in its place; `refresh` asks for what is new. */
class Candles {
  /** @param {HTMLElement} place */
  constructor(place) {
    this.place = place;
    this.interval = place.dataset.interval ?? "1d";
    /** @type {((candle: Candle) => void) | null} */
    this.tell = null;
    /** @type {Candle[]} */
    this.shown = [];
    /** @type {any} */
    this.chart = null;
  }

  /** @returns {Promise<Candle[]>} */
  async ask() {
    const answer = await fetch(`${this.place.dataset.candles}?interval=${this.interval}`);
    return answer.ok ? /** @type {Row[]} */ (await answer.json()).map(candle) : [];
  }

  async draw() {
    this.shown = await this.ask();
    // A market that never traded has no candles to draw, whatever the interval.
    if (this.shown.length === 0 && !this.chart) return;
    if (!this.chart) this.begin();
    this.chart.setPeriod(PERIODS[this.interval]);
    this.chart.setBarSpace(Math.min(16, Math.max(3, (0.8 * this.place.clientWidth) / Math.max(this.shown.length, SOME))));
    this.chart.scrollToRealTime?.();
  }

  begin() {
    const { place } = this;
    place.hidden = false;
    place.setAttribute("aria-hidden", "true");
    this.chart = klinecharts.init(place, {
      locale: chinese ? "zh-CN" : "en-US", timezone: "Asia/Shanghai", styles: styles(),
      formatter: { formatBigNumber: (/** @type {string | number} */ value) => group.format(Number(value)) },
    });
    this.chart.setSymbol({ ticker: place.dataset.name ?? "", pricePrecision: 2, volumePrecision: 0 });
    this.chart.setDataLoader({
      getBars: (/** @type {any} */ { type, callback }) => callback(type === "init" ? this.shown : [], false),
      subscribeBar: (/** @type {any} */ { callback }) => { this.tell = callback; },
      unsubscribeBar: () => { this.tell = null; },
    });
    this.chart.setOffsetRightDistance(8);
    this.chart.createIndicator({ name: "MA", calcParams: [5, 10, 20], paneId: "candle_pane" }, true);
    this.chart.createIndicator({ name: "VOL", calcParams: [] });
    drawInScheme(() => this.chart.setStyles(styles()));
    new ResizeObserver(() => this.chart.resize()).observe(place);
  }

  /** @param {string} interval */
  async switchTo(interval) {
    this.interval = interval;
    await this.draw();
    this.chart?.resetData();
  }

  async refresh() {
    if (!this.chart) {
      await this.draw();
      return;
    }
    const last = this.shown.at(-1)?.timestamp ?? 0;
    const found = await this.ask();
    for (const one of found.filter((each) => each.timestamp >= last)) this.tell?.(one);
    this.shown = found;
  }
}

/** @type {Candles[]} */
const drawn = [];

/** Ask for the latest candles of every chart of the page. */
export async function refreshCandles() {
  await Promise.all(drawn.map((one) => one.refresh()));
}

/** @param {Candles} one */
function listen(one) {
  const switches = /** @type {HTMLElement | null} */ (document.querySelector(`[data-intervals-for="${one.place.id}"]`));
  if (!switches) return;
  switches.hidden = false;
  switches.addEventListener("click", (event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest("button");
    if (!button?.dataset.interval) return;
    for (const each of switches.querySelectorAll("button")) {
      if (each === button) each.setAttribute("aria-pressed", "true");
      else each.removeAttribute("aria-pressed");
    }
    one.switchTo(button.dataset.interval);
  });
}

if (klinecharts) {
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-candles]"))) {
    const one = new Candles(place);
    drawn.push(one);
    one.draw().then(() => one.chart && listen(one), () => {});
  }
}

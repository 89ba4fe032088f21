// Draws the daily table as candles with volume. Red rises, green falls, also on the price mark and
// the volume bars. The candles come from the address in the table's data-src.
// @ts-check

import { chinese, drawInScheme, token } from "./theme.js";

const group = new Intl.NumberFormat("en-US");
const { klinecharts } = /** @type {any} */ (window);

/** @typedef {{timestamp: number, open: number, high: number, low: number, close: number, volume: number, turnover: number}} Candle */

/** Fen to yuan for the eye only; the figures themselves stand in the table. @param {number} fen */
const yuan = (fen) => Number(fen) / 100;

/** @param {string} day */
const midnight = (day) => Date.parse(`${day}T00:00:00+08:00`);

/** The published days as the interface tells them. A day without trades is a dash at its close.
 * @param {any[]} days @returns {Candle[]} */
function fromDays(days) {
  return days.map((day) => ({
    timestamp: midnight(day.day),
    open: yuan(day.open_fen ?? day.close_fen), high: yuan(Math.max(day.high_fen ?? 0, day.close_fen)),
    low: yuan(Math.min(day.low_fen ?? day.close_fen, day.close_fen)), close: yuan(day.close_fen),
    volume: day.volume_t, turnover: yuan(day.turnover_fen),
  }));
}

/** @param {HTMLTableElement} table @returns {Promise<Candle[]>} */
async function candles(table) {
  const answer = await fetch(table.dataset.src ?? "");
  return answer.ok ? fromDays(await answer.json()) : [];
}

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

/** @param {HTMLElement} place */
async function draw(place) {
  const table = /** @type {HTMLTableElement | null} */ (document.getElementById(place.dataset.candlesFor ?? ""));
  const bars = table ? await candles(table) : [];
  if (bars.length === 0) return;
  place.hidden = false;
  place.setAttribute("aria-hidden", "true");
  const chart = klinecharts.init(place, {
    locale: chinese ? "zh-CN" : "en-US", timezone: "Asia/Shanghai", styles: styles(),
    formatter: { formatBigNumber: (/** @type {string | number} */ value) => group.format(Number(value)) },
  });
  chart.setSymbol({ ticker: table?.dataset.product ?? "", pricePrecision: 2, volumePrecision: 0 });
  chart.setPeriod({ type: "day", span: 1 });
  chart.setDataLoader({ getBars: (/** @type {any} */ { callback }) => callback(bars, false) });
  chart.setOffsetRightDistance(8);
  chart.setBarSpace(Math.max(3, (0.8 * place.clientWidth) / bars.length));
  chart.createIndicator({ name: "MA", calcParams: [5, 10, 20], paneId: "candle_pane" }, true);
  chart.createIndicator({ name: "VOL", calcParams: [] });
  drawInScheme(() => chart.setStyles(styles()));
  new ResizeObserver(() => chart.resize()).observe(place);
}

if (klinecharts) {
  for (const place of document.querySelectorAll("[data-candles-for]")) draw(/** @type {HTMLElement} */ (place));
}

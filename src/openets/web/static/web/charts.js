// Draws every <table data-chart="bars|sides|donut|treemap"> into the element that names it by
// data-chart-for. The table stays on the page: it is the figures, the chart is the impression.
// @ts-check

import * as echarts from "../echarts/echarts.esm.min.mjs";
import { drawInScheme, token } from "./theme.js";

const SERIES = ["series-1", "series-3", "series-2", "series-4", "series-5", "series-6"];
/** The most changed come first; the rest is in the table. */
const MOST_SIDES = 16;
const group = new Intl.NumberFormat("en-US");

/** @param {HTMLTableCellElement | undefined} cell */
const text = (cell) => cell?.textContent?.trim() ?? "";

/** The exact number of a cell: what the server wrote beside the grouped one. */
/** @param {HTMLTableCellElement} cell */
const number = (cell) => (cell.dataset.value ? Number(cell.dataset.value) : null);

/** @param {HTMLTableElement} table */
const rows = (table) => [...table.tBodies].flatMap((body) => [...body.rows]);

/** The heading's own text, without the unit under it. @param {HTMLTableElement} table @param {number} column */
const heading = (table, column) => table.tHead?.rows[0].cells[column].firstChild?.textContent?.trim() ?? "";

function letters() {
  return { fontFamily: token("sans"), color: token("ink-2"), fontSize: 12 };
}

function tooltip() {
  return {
    backgroundColor: token("surface"), borderColor: token("line"), textStyle: letters(), confine: true,
    valueFormatter: (/** @type {number | null} */ value) => (value === null ? "—" : group.format(value)),
  };
}

/** Large numbers on an axis: 1,200,000 as 1.2 M would be foreign here; thousands separators are not. */
function valueAxis() {
  return {
    type: "value",
    axisLabel: { ...letters(), color: token("ink-3"), formatter: (/** @type {number} */ v) => group.format(v) },
    splitLine: { lineStyle: { color: token("hairline") } },
  };
}

/** @param {HTMLTableElement} table */
function bars(table) {
  const columns = (table.dataset.series ?? "1").split(",").map(Number);
  const label = Number(table.dataset.label ?? 0);
  return {
    tooltip: { ...tooltip(), trigger: "axis", axisPointer: { type: "shadow" } },
    legend: { top: 0, left: 0, icon: "roundRect", itemWidth: 10, itemHeight: 10, textStyle: letters() },
    grid: { left: 4, right: 8, top: 40, bottom: 0, containLabel: true },
    xAxis: {
      type: "category", data: rows(table).map((row) => text(row.cells[label])),
      axisLabel: letters(), axisTick: { show: false }, axisLine: { lineStyle: { color: token("line") } },
    },
    yAxis: valueAxis(),
    series: columns.map((column) => ({
      type: "bar", name: heading(table, column), barMaxWidth: 28, barGap: "20%",
      itemStyle: { borderRadius: [3, 3, 0, 0] },
      data: rows(table).map((row) => number(row.cells[column])),
    })),
  };
}

/** Gains to the right and losses to the left of nought, a row a name; the first row on top. */
/** @param {HTMLTableElement} table */
function sides(table) {
  const columns = (table.dataset.series ?? "1,2").split(",").map(Number);
  const shown = rows(table).slice(0, MOST_SIDES);
  const names = shown.map((row) => text(row.cells[Number(table.dataset.label ?? 0)]));
  const narrow = innerWidth < 600;
  return {
    tooltip: { ...tooltip(), trigger: "axis", axisPointer: { type: "shadow" } },
    legend: { top: 0, left: 0, icon: "roundRect", itemWidth: 10, itemHeight: 10, textStyle: letters() },
    grid: { left: 4, right: 28, top: 32, bottom: 0, containLabel: true },
    xAxis: { ...valueAxis(), splitNumber: narrow ? 2 : 5 },
    yAxis: {
      type: "category", inverse: true, data: names, axisTick: { show: false },
      axisLabel: { ...letters(), interval: 0, width: narrow ? 88 : 180, overflow: "truncate" },
      axisLine: { lineStyle: { color: token("line") } },
    },
    series: columns.map((column, n) => ({
      type: "bar", stack: "both", name: heading(table, column), barMaxWidth: 18,
      itemStyle: { color: token(n === 0 ? "rise" : "fall") },
      data: shown.map((row) => number(row.cells[column])),
    })),
  };
}

/** @param {HTMLTableElement} table */
function parts(table) {
  const label = Number(table.dataset.label ?? 0);
  const value = Number(table.dataset.value ?? 1);
  return rows(table).map((row) => ({
    name: row.cells[label].firstChild?.textContent?.trim() || text(row.cells[label]),
    value: number(row.cells[value]),
  }));
}

/** @param {HTMLTableElement} table */
function donut(table) {
  return {
    tooltip: { ...tooltip(), trigger: "item" },
    legend: { bottom: 0, icon: "roundRect", itemWidth: 10, itemHeight: 10, textStyle: letters() },
    series: [{
      type: "pie", radius: ["54%", "84%"], center: ["50%", "43%"], data: parts(table), minAngle: 2, padAngle: 1.5,
      itemStyle: { borderRadius: 3 },
      label: { show: false },
    }],
  };
}

/** @param {HTMLTableElement} table */
function treemap(table) {
  return {
    tooltip: { ...tooltip(), trigger: "item" },
    series: [{
      type: "treemap", data: parts(table), roam: false, nodeClick: false, breadcrumb: { show: false },
      left: 0, right: 0, top: 0, bottom: 0,
      itemStyle: { borderColor: token("surface"), gapWidth: 2 },
      label: { fontFamily: token("sans"), color: "#fff" },
    }],
  };
}

const KINDS = { bars, sides, donut, treemap };

for (const table of /** @type {NodeListOf<HTMLTableElement>} */ (document.querySelectorAll("table[data-chart]"))) {
  const place = /** @type {HTMLElement | null} */ (document.querySelector(`[data-chart-for="${table.id}"]`));
  const kind = KINDS[/** @type {keyof typeof KINDS} */ (table.dataset.chart)];
  if (!place || !kind || rows(table).length === 0) continue;
  place.hidden = false;
  if (kind === sides) place.style.height = `${Math.min(rows(table).length, MOST_SIDES) * 26 + 72}px`;
  place.setAttribute("aria-hidden", "true");
  const chart = echarts.init(place, null, { renderer: "svg" });
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  drawInScheme(() => chart.setOption({ color: SERIES.map(token), animation: !still, ...kind(table) }, true));
  new ResizeObserver(() => chart.resize()).observe(place);
}

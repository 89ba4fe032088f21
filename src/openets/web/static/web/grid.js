// A grid as people know it from a spreadsheet: blocks are pasted, keys move, columns are summed.
// @ts-check

/** The cells of a block as a spreadsheet copies it: tabs between cells, quotes round line ends. @param {string} text */
export function cellsOf(text) {
  /** @type {string[][]} */
  const rows = [[""]];
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const row = rows[rows.length - 1];
    const sign = text[at];
    if (quoted && sign === '"' && text[at + 1] === '"') {
      row[row.length - 1] += '"';
      at += 1;
    } else if (sign === '"' && (quoted || row[row.length - 1] === "")) {
      quoted = !quoted;
    } else if (!quoted && sign === "\t") {
      row.push("");
    } else if (!quoted && sign === "\n") {
      rows.push([""]);
    } else if (sign !== "\r") {
      row[row.length - 1] += quoted && sign === "\n" ? " " : sign;
    }
  }
  const last = rows[rows.length - 1];
  if (last.length === 1 && last[0] === "") rows.pop();
  return rows;
}

/** The exact sum of plain decimals; what is none is left out. @param {string[]} texts @returns {{sum: string, count: number}} */
export function sumOf(texts) {
  const numbers = texts.filter((text) => /^-?\d+(\.\d+)?$/.test(text));
  const decimals = Math.max(0, ...numbers.map((text) => (text.split(".")[1] ?? "").length));
  let sum = 0n;
  for (const text of numbers) {
    const [whole, part = ""] = text.split(".");
    sum += BigInt(whole + part.padEnd(decimals, "0"));
  }
  const digits = (sum < 0n ? -sum : sum).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals).replace(/\B(?=(\d{3})+$)/g, ",");
  const rest = decimals ? `.${digits.slice(-decimals)}`.replace(/\.?0+$/, "") : "";
  return { sum: `${sum < 0n ? "-" : ""}${whole}${rest}`, count: numbers.length };
}

/** One more row, numbered on from the last. @param {HTMLTableSectionElement} body */
function addRow(body) {
  const last = body.rows[body.rows.length - 1];
  const row = /** @type {HTMLTableRowElement} */ (last.cloneNode(true));
  const number = Number(last.cells[0].textContent) + 1;
  row.cells[0].textContent = String(number);
  for (const old of row.querySelectorAll(".cell-fault, .proof-link")) old.remove();
  row.querySelector(".beside")?.replaceChildren();
  for (const input of row.querySelectorAll("input")) {
    input.id = input.name = input.name.replace(/-\d+-/, `-${number}-`);
    input.value = "";
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
    input.setAttribute("aria-label", (input.getAttribute("aria-label") ?? "").replace(/\d+$/, String(number)));
  }
  for (const button of row.querySelectorAll("button")) {
    button.dataset.row = (button.dataset.row ?? "").replace(/\d+$/, String(number));
  }
  body.append(row);
}

/** The input of a cell, if it has one. @param {HTMLTableElement} table @param {number} down @param {number} right */
function inputAt(table, down, right) {
  return table.tBodies[0].rows[down]?.cells[right]?.querySelector("input") ?? null;
}

/** Where an input stands. @param {HTMLInputElement} input */
function placeOf(input) {
  const cell = /** @type {HTMLTableCellElement} */ (input.closest("td"));
  const row = /** @type {HTMLTableRowElement} */ (cell.parentElement);
  return { down: row.sectionRowIndex, right: cell.cellIndex };
}

/** Fill in a block; what it replaced, and how many filled cells found no place. @param {HTMLTableElement} table @param {HTMLInputElement} start @param {string[][]} cells */
function fill(table, start, cells) {
  const body = table.tBodies[0];
  const { down: first, right: left } = placeOf(start);
  const most = Number(table.dataset.mostRows);
  /** @type {[HTMLInputElement, string][]} */
  const before = [];
  let lost = 0;
  cells.forEach((values, down) => {
    while (body.rows.length <= first + down && body.rows.length < most) addRow(body);
    values.forEach((value, right) => {
      const input = inputAt(table, first + down, left + right);
      if (!input) lost += value.trim() === "" ? 0 : 1;
      else {
        before.push([input, input.value]);
        input.value = value.trim();
      }
    });
  });
  return { before, lost };
}

/** Move to a cell and select what it holds. @param {HTMLInputElement | null} input @param {Event} event */
function go(input, event) {
  if (!input) return;
  event.preventDefault();
  input.focus();
  input.select();
}

/** Tell of the focused column its sum, by unit where its rows have one. @param {HTMLTableElement} table @param {HTMLElement} bar @param {HTMLInputElement} focused */
function tellSum(table, bar, focused) {
  bar.textContent = "";
  if (!focused.classList.contains("number")) return;
  const { right } = placeOf(focused);
  const column = focused.name.replace(/^.*-/, "");
  /** @type {Map<string, string[]>} */
  const byUnit = new Map();
  for (const row of table.tBodies[0].rows) {
    const value = row.cells[right]?.querySelector("input")?.value.trim() ?? "";
    const unit = /quantity|output/.test(column) ? (row.querySelector("input[name$='-unit']")?.value ?? "") : "";
    if (value) byUnit.set(unit, [...(byUnit.get(unit) ?? []), value]);
  }
  const told = [...byUnit].map(([unit, values]) => {
    const { sum, count } = sumOf(values);
    return count ? `${bar.dataset.sum} ${sum} ${unit} · ${bar.dataset.count} ${count}` : "";
  });
  bar.textContent = told.filter(Boolean).join("　");
}

/** @param {HTMLTableElement} table */
function begin(table) {
  const bar = /** @type {HTMLElement} */ (document.querySelector(`[data-bar="${table.dataset.grid}"]`));
  /** @type {[HTMLInputElement, string][]} */
  let pasted = [];
  table.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!(event.target instanceof HTMLInputElement) || !/[\t\n]/.test(text.trimEnd())) return;
    event.preventDefault();
    const { before, lost } = fill(table, event.target, cellsOf(text));
    pasted = before;
    tellSum(table, bar, event.target);
    const said = lost ? `${bar.dataset.cut}${lost} ${bar.dataset.cells}` : bar.dataset.pasted;
    bar.textContent = `${said}　${bar.textContent}`;
    table.dispatchEvent(new Event("input", { bubbles: true }));
  });
  table.addEventListener("focusin", (event) => {
    if (event.target instanceof HTMLInputElement) tellSum(table, bar, event.target);
  });
  table.addEventListener("input", (event) => {
    if (!(event.target instanceof HTMLInputElement)) return;
    pasted = [];
    tellSum(table, bar, event.target);
  });
  table.addEventListener("keydown", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || event.isComposing) return;
    const { down, right } = placeOf(input);
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.key === "z" && !plain && pasted.length) {
      event.preventDefault();
      for (const [cell, value] of pasted) cell.value = value;
      pasted = [];
      tellSum(table, bar, input);
    } else if (event.key === "Enter" && plain) {
      // Enter never sends the form; it goes down, and up with Shift.
      event.preventDefault();
      go(inputAt(table, down + (event.shiftKey ? -1 : 1), right), event);
    } else if (event.key === "ArrowDown" && plain && !input.list) {
      go(inputAt(table, down + 1, right), event);
    } else if (event.key === "ArrowUp" && plain && !input.list) {
      go(inputAt(table, down - 1, right), event);
    } else if (event.key === "ArrowRight" && plain && !event.shiftKey && input.selectionStart === input.value.length) {
      go(inputAt(table, down, right + 1), event);
    } else if (event.key === "ArrowLeft" && plain && !event.shiftKey && input.selectionEnd === 0) {
      go(inputAt(table, down, right - 1), event);
    }
  });
}

/** A file chosen beside a row is filed with it at once, and everything typed is saved. @param {HTMLFormElement} form */
function takeFiles(form) {
  const row = /** @type {HTMLSelectElement | null} */ (form.querySelector("select[name='evidence_row']"));
  const file = /** @type {HTMLInputElement | null} */ (form.querySelector("input[name='evidence_file']"));
  if (!row || !file) return;
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (form.querySelectorAll("button.attach"))) button.hidden = false;
  let asked = false;
  form.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button.attach") : null;
    if (!(button instanceof HTMLButtonElement)) return;
    const name = button.dataset.row ?? "";
    if (![...row.options].some((option) => option.value === name)) row.append(new Option(name, name));
    row.value = name;
    asked = true;
    file.click();
  });
  file.addEventListener("change", () => {
    if (asked && file.files?.length) form.requestSubmit();
    asked = false;
  });
}

/** Ask before what was typed is lost. @param {HTMLFormElement} form */
function guard(form) {
  let changed = false;
  form.addEventListener("input", () => (changed = true));
  form.addEventListener("submit", () => (changed = false));
  window.addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
}

/** A place in the list of faults leads into its cell. @param {MouseEvent} event */
function jump(event) {
  const link = event.target instanceof Element ? event.target.closest(".problems a[href^='#']") : null;
  const cell = link && document.getElementById((link.getAttribute("href") ?? "").slice(1));
  if (!(cell instanceof HTMLInputElement)) return;
  cell.scrollIntoView({ block: "center", inline: "center" });
  go(cell, event);
}

if (typeof document !== "undefined") {
  for (const table of /** @type {NodeListOf<HTMLTableElement>} */ (document.querySelectorAll("table[data-grid]"))) begin(table);
  for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form.grid-form"))) {
    takeFiles(form);
    guard(form);
  }
  document.addEventListener("click", jump);
}

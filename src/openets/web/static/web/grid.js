// Paste a block of cells from a spreadsheet into a grid; rows are added as they are needed.
// @ts-check

const MOST_ROWS = 200;

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

/** One more row, numbered on from the last. @param {HTMLTableSectionElement} body */
function addRow(body) {
  const last = body.rows[body.rows.length - 1];
  const row = /** @type {HTMLTableRowElement} */ (last.cloneNode(true));
  const number = Number(last.cells[0].textContent) + 1;
  row.cells[0].textContent = String(number);
  for (const fault of row.querySelectorAll(".cell-fault")) fault.remove();
  row.querySelector(".beside")?.replaceChildren();
  for (const input of row.querySelectorAll("input")) {
    input.name = input.name.replace(/-\d+-/, `-${number}-`);
    input.value = "";
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
    input.setAttribute("aria-label", (input.getAttribute("aria-label") ?? "").replace(/\d+$/, String(number)));
  }
  body.append(row);
}

/** @param {HTMLTableElement} table @param {HTMLInputElement} start @param {string[][]} cells */
function fill(table, start, cells) {
  const body = table.tBodies[0];
  const place = /** @type {HTMLTableCellElement} */ (start.closest("td"));
  const first = /** @type {HTMLTableRowElement} */ (place.parentElement).sectionRowIndex;
  cells.slice(0, MOST_ROWS - first).forEach((values, down) => {
    while (body.rows.length <= first + down) addRow(body);
    values.forEach((value, right) => {
      const input = body.rows[first + down].cells[place.cellIndex + right]?.querySelector("input");
      if (input) input.value = value.trim();
    });
  });
}

for (const table of /** @type {NodeListOf<HTMLTableElement>} */ (document.querySelectorAll("table[data-grid]"))) {
  table.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!(event.target instanceof HTMLInputElement) || !/[\t\n]/.test(text.trimEnd())) return;
    event.preventDefault();
    fill(table, event.target, cellsOf(text));
  });
}

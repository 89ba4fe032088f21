// The ticket of a trader: sides and steps by keys, hints while typing, checked before it is sent.
// Without this script the form goes to the server, which asks the floor in the same way.
// @ts-check

import { made, tonnes, yuan } from "./quotes.js";
import { chinese } from "./theme.js";

const OWN_MS = 10000;
/** One's own may have traded, but not more often than this. */
const TRADED_MS = 2000;
/** @param {string} zh @param {string} en */
const say = (zh, en) => (chinese ? zh : en);

/** @typedef {{buy: boolean, price_fen: number | null, qty: number, tif: string}} Draft */
/** @typedef {{code: string, article: string, zh: string, en: string, remedy_zh: string, remedy_en: string}} Refused */
/** @typedef {{key: string, order: number, state: string, traded_t: number, refusal: Refused | null}} Answer */

const STATES = {
  resting: say("已挂单", "resting"), filled: say("全部成交", "filled"), withdrawn: say("已撤单", "withdrawn"),
  expired: say("已过期", "expired"), refused: say("已拒绝", "refused"),
};

/** Whole fen of what was typed, or null. @param {string} text */
function fenOf(text) {
  const found = /^(\d+)(?:\.(\d{1,2}))?$/.exec(text.replace(/[,，\s]/g, ""));
  return found ? Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0")) : null;
}

/** Whole tonnes of what was typed, or null. @param {string} text */
function tonnesOf(text) {
  const plain = text.replace(/[,，\s]/g, "");
  return /^\d{1,10}$/.test(plain) ? Number(plain) : null;
}

/** The fee a tonne in fen, rounded up as the floor holds it. @param {number} fen @param {string} ratio */
function feeOf(fen, ratio) {
  const [whole, part = ""] = ratio.split(".");
  const scale = 10n ** BigInt(part.length);
  const product = BigInt(fen) * BigInt(whole + part);
  return Number((product + scale - 1n) / scale);
}

/** A name of the holder's own, so that an order sent twice happens once. */
function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((n) => n.toString(16).padStart(2, "0")).join("");
}

/** Whether keys belong to what is typed elsewhere. @param {EventTarget | null} target */
function isElsewhere(target) {
  const node = /** @type {HTMLElement} */ (target);
  return !node.closest(".ticket-form") && Boolean(node.closest("input, select, textarea, button, a, [contenteditable]"));
}

class Ticket {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    const data = form.dataset;
    this.tick = Number(data.tick);
    this.lot = Number(data.lot);
    this.low = data.low ? Number(data.low) : null;
    this.high = data.high ? Number(data.high) : null;
    this.fee = data.fee ?? "0";
    this.orders = data.orders ?? "";
    this.cash = 0;
    this.sellable = 0;
    /** The number of the order that is changed. @type {number | null} */
    this.replacing = null;
    /** @type {{key: string, draft: Draft} | null} */
    this.checked = null;
    this.isSending = false;
    this.answerBox = this.part("[data-answer]");
    this.sendButton = /** @type {HTMLButtonElement} */ (this.part("[data-send]"));
    this.verb = this.sendButton.textContent ?? "";
    this.listen();
    this.readOwn();
    this.show();
    const begun = Number(this.input("replaces").value);
    if (begun) this.change(begun);
  }

  /** @param {string} selector */
  part(selector) {
    return /** @type {HTMLElement} */ (this.form.querySelector(selector));
  }

  /** @param {string} name */
  input(name) {
    return /** @type {HTMLInputElement} */ (this.form.querySelector(`[name="${name}"]`));
  }

  get isBuy() {
    return /** @type {HTMLInputElement | null} */ (this.form.querySelector('[name="side"]:checked'))?.value !== "sell";
  }

  get isMarket() {
    return this.input("kind").value === "market";
  }

  listen() {
    this.part("[data-keys]").hidden = false;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.enter();
    });
    this.form.addEventListener("input", () => {
      this.back(false);
      this.show();
    });
    this.form.addEventListener("click", (event) => {
      const button = /** @type {HTMLElement} */ (event.target).closest("button.fill");
      if (!(button instanceof HTMLElement)) return;
      if (button.dataset.price) this.price(Number(button.dataset.price));
      else this.quantity(Number(button.dataset.most));
    });
    addEventListener("keydown", (event) => this.key(event));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || isElsewhere(event.target)) return;
    const side = { b: "buy", s: "sell" }[event.key.toLowerCase()];
    if (side && !this.replacing) {
      event.preventDefault();
      this.side(side);
    } else if (event.key === "Escape") {
      this.back(true);
    } else if (event.key === "Enter" && !(/** @type {HTMLElement} */ (event.target).closest("button"))) {
      event.preventDefault();
      this.enter();
    } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      this.step(event);
    }
  }

  /** @param {KeyboardEvent} event */
  step(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (target.closest("select, [type=radio]")) return;
    event.preventDefault();
    const many = (event.shiftKey ? 10 : 1) * (event.key === "ArrowUp" ? 1 : -1);
    if (target === this.input("qty")) {
      this.quantity(Math.max(this.lot, (tonnesOf(this.input("qty").value) ?? 0) + many * this.lot));
    } else if (!this.isMarket) {
      const now = fenOf(this.input("price").value) ?? Number(this.form.dataset.reference);
      const next = now + many * this.tick;
      this.price(Math.min(this.high ?? next, Math.max(this.low ?? this.tick, next)));
      if (target !== this.input("price")) this.input("price").focus();
    }
  }

  /** @param {string} side */
  side(side) {
    /** @type {HTMLInputElement} */ (this.part(`[name="side"][value="${side}"]`)).checked = true;
    this.back(false);
    this.show();
    (this.isMarket ? this.input("qty") : this.input("price")).focus();
  }

  /** @param {number} fen */
  price(fen) {
    if (this.isMarket) return;
    this.input("price").value = yuan(fen).replaceAll(",", "");
    this.back(false);
    this.show();
  }

  /** @param {number} amount */
  quantity(amount) {
    this.input("qty").value = String(amount);
    this.back(false);
    this.show();
  }

  /** What is one's own stands on the page; read what may be used of it. */
  readOwn() {
    const own = /** @type {HTMLElement | null} */ (document.querySelector("[data-mine]"));
    this.cash = Number(own?.dataset.cash || 0);
    this.sellable = Number(own?.dataset.sellable || 0);
  }

  /** @returns {Draft} */
  draft() {
    return {
      buy: this.isBuy,
      price_fen: this.isMarket ? null : fenOf(this.input("price").value),
      qty: tonnesOf(this.input("qty").value) ?? 0,
      tif: this.input("tif").value,
    };
  }

  /** What a tonne holds: a market order holds the upper limit. @param {Draft} draft */
  held(draft) {
    const price = draft.price_fen ?? (this.isMarket ? this.high : null);
    return price === null ? null : price + feeOf(price, this.fee);
  }

  show() {
    const draft = this.draft();
    this.form.dataset.side = draft.buy ? "buy" : "sell";
    this.input("price").disabled = this.isMarket;
    this.part('[data-hint="cash"]').textContent = `${yuan(this.cash)} ${say("元", "yuan")}`;
    this.part('[data-hint="sellable"]').textContent = `${tonnes(this.sellable)} ${say("吨", "t")}`;
    const held = this.held(draft);
    const most = draft.buy ? (held ? Math.floor(this.cash / held / this.lot) * this.lot : null) : this.sellable;
    this.part('[data-hint-row="most"]').hidden = most === null;
    const button = this.part("[data-most]");
    button.dataset.most = String(most ?? 0);
    button.textContent = `${tonnes(most ?? 0)} ${say("吨", "t")}`;
    const row = this.part('[data-hint-row="holds"]');
    row.hidden = !held || !draft.qty;
    if (!held || !draft.qty) return;
    this.part('[data-hint="holds-label"]').textContent = draft.buy ? say("冻结（含手续费）", "Holds, with fee") : say("冻结", "Holds");
    this.part('[data-hint="holds"]').textContent = draft.buy
      ? `${yuan(held * draft.qty)} ${say("元", "yuan")}` : `${tonnes(draft.qty)} ${say("吨", "t")}`;
  }

  /** Why a draft cannot stand, in the order in which the floor asks, or nothing. @param {Draft} draft */
  fault(draft) {
    const { price_fen: price, qty } = draft;
    if (!this.isMarket && price === null) return say("请填写价格（元/吨，最多两位小数）", "Give a price in yuan with at most two decimals");
    if (price !== null && price % this.tick) return say(`价格须为 ${yuan(this.tick)} 元的整数倍`, `The price is a multiple of ${yuan(this.tick)}`);
    if (price !== null && this.low !== null && this.high !== null && (price < this.low || price > this.high)) {
      return say(`价格须在 ${yuan(this.low)} 至 ${yuan(this.high)} 元之间`, `The price lies between ${yuan(this.low)} and ${yuan(this.high)}`);
    }
    if (!qty) return say("请填写数量（整吨）", "Give a quantity in whole tonnes");
    if (qty % this.lot) return say(`数量须为 ${this.lot} 吨的整数倍`, `The quantity is a multiple of ${this.lot} t`);
    const held = this.held(draft);
    if (this.replacing) return null;
    if (draft.buy && held !== null && held * qty > this.cash) {
      return say(`需冻结 ${yuan(held * qty)} 元，可用 ${yuan(this.cash)} 元`, `It holds ${yuan(held * qty)} yuan; ${yuan(this.cash)} are available`);
    }
    if (!draft.buy && qty > this.sellable) {
      return say(`可卖 ${tonnes(this.sellable)} 吨`, `${tonnes(this.sellable)} t may be sold`);
    }
    return null;
  }

  enter() {
    if (this.isSending) return;
    if (this.checked) {
      this.send(this.checked);
      return;
    }
    const draft = this.draft();
    const fault = this.fault(draft);
    if (fault) {
      this.tell("bad", [fault]);
      return;
    }
    this.checked = { key: newKey(), draft };
    this.form.dataset.step = "check";
    const side = draft.buy ? say("买入", "Buy") : say("卖出", "Sell");
    const price = draft.price_fen === null ? say("市价", "at market") : `${yuan(draft.price_fen)} ${say("元/吨", "yuan/t")}`;
    const what = this.replacing ? say(`改单 ${this.replacing}：`, `Change order ${this.replacing}: `) : "";
    this.tell("check", [
      `${what}${side} ${this.form.dataset.product} ${tonnes(draft.qty)} ${say("吨", "t")}，${price}`.replace("，", say("，", ", ")),
      say("再按 Enter 发送，Esc 返回修改", "Enter again to send, Esc to change"),
    ]);
    this.sendButton.textContent = say("确认发送", "Send");
    this.sendButton.focus();
  }

  /** @param {{key: string, draft: Draft}} checked */
  async send({ key, draft }) {
    this.isSending = true;
    this.sendButton.disabled = true;
    const replaced = this.replacing;
    const done = replaced
      ? await this.ask("PUT", `/${replaced}`, { key, qty: draft.qty, price_fen: draft.price_fen })
      : await this.ask("POST", "", { key, product: this.form.dataset.product, ...draft });
    this.isSending = false;
    this.sendButton.disabled = false;
    if (!done) return;
    this.back(!done.refusal);
    this.told(done);
    if (!done.refusal) this.input("qty").value = "";
    this.show();
  }

  /** Ask the floor; null where no answer came: the same key may be sent again.
   * @param {string} method @param {string} path @param {object} [body] @returns {Promise<Answer | null>} */
  async ask(method, path, body) {
    const again = say("没有收到回执。再按 Enter 以同一编号重发，不会重复成交。", "No answer came. Enter sends it again under the same key; it happens once.");
    try {
      const answer = await fetch(this.orders + path, {
        method, body: body && JSON.stringify(body),
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.input("csrfmiddlewaretoken").value },
      });
      if (answer.status === 404 || answer.status === 405) {
        this.tell("bad", [say("撮合服务未运行，申报没有送达。", "The floor is not running; the order did not arrive.")]);
        return null;
      }
      const told = await answer.json();
      if (answer.status === 503) {
        this.tell("bad", [told.refusal ? say(told.refusal.zh, told.refusal.en) : "", again]);
        return null;
      }
      if ("state" in told) return told;
      // The interface itself said no, before the floor was asked.
      return { key: "", order: 0, state: "refused", traded_t: 0, refusal: { ...told, zh: told.message_zh, en: told.message, remedy_en: told.remedy } };
    } catch {
      this.tell("bad", [again]);
      return null;
    }
  }

  /** @param {Answer} answer */
  told({ order, state, traded_t: traded, refusal }) {
    if (refusal) {
      this.tell("bad", [`${say(refusal.zh, refusal.en)} (${refusal.article})`, say(refusal.remedy_zh, refusal.remedy_en)]);
    } else {
      const stood = STATES[/** @type {keyof typeof STATES} */ (state)] ?? state;
      this.tell("good", [`${say("委托", "Order")} ${order} ${stood}${traded ? say(`，成交 ${tonnes(traded)} 吨`, `, ${tonnes(traded)} t traded`) : ""}`]);
    }
    dispatchEvent(new Event("own"));
  }

  /** @param {"good" | "bad" | "check"} tone @param {string[]} lines */
  tell(tone, lines) {
    this.answerBox.className = `answer ${tone}`;
    this.answerBox.replaceChildren(...lines.filter(Boolean).map((line) => made("p", line)));
    this.answerBox.hidden = false;
  }

  /** Leave the check; with `all` also a change that was begun. @param {boolean} all */
  back(all) {
    if (this.isSending) return;
    if (this.checked || all) this.answerBox.hidden = true;
    if (this.checked && all && !this.isMarket) this.input("price").focus();
    this.checked = null;
    delete this.form.dataset.step;
    if (all) {
      this.replacing = null;
      this.form.querySelector("[data-replacing]")?.remove();
    }
    this.sendButton.textContent = this.replacing ? say("核对改单", "Check change") : this.verb;
  }

  /** @param {HTMLElement} row */
  replace(row) {
    const data = row.dataset;
    /** @type {HTMLInputElement} */ (this.part(`[name="side"][value="${data.buy ? "buy" : "sell"}"]`)).checked = true;
    this.input("kind").value = data.price ? "limit" : "market";
    this.input("price").value = data.price ? yuan(Number(data.price)).replaceAll(",", "") : "";
    this.input("qty").value = data.remaining ?? "";
    this.change(Number(data.order));
  }

  /** What the fields say takes the place of an open order. @param {number} order */
  change(order) {
    this.replacing = order;
    this.back(false);
    this.show();
    this.tell("check", [say(`正在修改委托 ${order}，Esc 放弃`, `Changing order ${order}; Esc to leave it`)]);
    const first = this.input(this.isMarket ? "qty" : "price");
    first.focus();
    first.select();
  }

  /** @param {HTMLElement} row */
  async withdraw(row) {
    const done = await this.ask("DELETE", `/${row.dataset.order}?key=${newKey()}`);
    if (done) this.told(done);
  }
}

/** One's own orders, trades, holdings and cash, kept current. @param {Ticket} ticket */
function keepOwn(ticket) {
  const place = /** @type {HTMLElement} */ (document.querySelector("[data-mine-place]"));
  let isAsking = false;
  let askedAt = 0;

  function arm() {
    ticket.readOwn();
    ticket.show();
  }

  async function ask() {
    // A button under somebody's finger is not taken away.
    if (isAsking || document.hidden || place.contains(document.activeElement)) return;
    isAsking = true;
    askedAt = Date.now();
    try {
      const answer = await fetch(ticket.form.dataset.mineHref ?? "");
      if (answer.ok && !answer.redirected) {
        const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
        place.replaceChildren(...parsed.body.childNodes);
        arm();
      }
    } catch {
      // The connection chip says so.
    } finally {
      isAsking = false;
    }
  }

  place.addEventListener("click", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const row = /** @type {HTMLElement | null} */ (target.closest("tr[data-order]"));
    if (row && target.closest("[data-replace]")) {
      event.preventDefault();
      show("ticket");
      ticket.replace(row);
    }
  });
  place.addEventListener("submit", (event) => {
    const row = /** @type {HTMLElement} */ (event.target).closest("tr");
    if (!row) return;
    event.preventDefault();
    /** @type {HTMLElement | null} */ (document.activeElement)?.blur();
    ticket.withdraw(row);
  });
  addEventListener("own", ask);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let due;
  addEventListener("trades", () => {
    clearTimeout(due);
    due = setTimeout(ask, Math.max(0, askedAt + TRADED_MS - Date.now()));
  });
  setInterval(ask, OWN_MS);
  arm();
}

/** Buttons of which one is pressed; it names what is shown. @param {HTMLElement} bar @param {string} name @param {HTMLElement} shown */
function choose(bar, name, shown) {
  bar.hidden = false;
  bar.addEventListener("click", (event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest("button");
    const value = button?.dataset[name];
    if (!value) return;
    shown.dataset[name] = value;
    for (const each of bar.querySelectorAll("button")) {
      if (each === button) each.setAttribute("aria-pressed", "true");
      else each.removeAttribute("aria-pressed");
    }
    dispatchEvent(new Event("resize"));
  });
}

/** Show a view of the phone's. @param {string} view */
function show(view) {
  /** @type {HTMLElement | null} */ (document.querySelector(`[data-views] [data-view="${view}"]`))?.click();
}

const screen = /** @type {HTMLElement} */ (document.querySelector(".trade"));
const views = /** @type {HTMLElement} */ (document.querySelector("[data-views]"));
choose(views, "view", screen);
screen.dataset.view = "ticket";
const form = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-ticket]"));
const own = /** @type {HTMLElement | null} */ (document.querySelector(".own"));
const tabs = /** @type {HTMLElement | null} */ (document.querySelector("[data-tabs]"));
if (own && tabs) choose(tabs, "tab", own);
if (form) {
  const ticket = new Ticket(form);
  keepOwn(ticket);
  document.querySelector("[data-depth]")?.addEventListener("click", (event) => {
    const row = /** @type {HTMLElement} */ (event.target).closest("tr");
    if (!row?.dataset.price) return;
    show("ticket");
    ticket.price(Number(row.dataset.price));
    ticket.input("qty").focus();
  });
}

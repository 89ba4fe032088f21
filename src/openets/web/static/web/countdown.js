// @ts-check
// Counts down to a moment of the market. The page says the time left when it was made; here only
// the seconds since then are taken off, so that the browser's own clock does not matter.

for (const place of document.querySelectorAll("[data-countdown]")) {
  const shown = /** @type {HTMLElement} */ (place);
  const left = Number(shown.dataset.countdown);
  const began = performance.now();
  const units = (shown.dataset.units ?? "d h min s").split(" ");

  const tick = () => {
    const rest = Math.max(0, left - Math.floor((performance.now() - began) / 1000));
    const parts = [Math.floor(rest / 86400), Math.floor(rest / 3600) % 24, Math.floor(rest / 60) % 60, rest % 60];
    shown.textContent = parts.map((part, n) => `${part} ${units[n]}`).join(" ");
    if (!rest) {
      clearInterval(timer);
      location.reload();
    }
  };
  const timer = setInterval(tick, 1000);
}

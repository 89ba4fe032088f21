// Red rises and green falls, or the other way round: the choice is kept in the browser. It runs
// before the page is drawn, so that no figure changes its colour under the eye.
// @ts-check

(() => {
  const root = document.documentElement;
  const NAME = "rise";

  function kept() {
    try {
      return localStorage.getItem(NAME);
    } catch {
      return null;
    }
  }

  /** @param {boolean} isGreen */
  function choose(isGreen) {
    if (isGreen) root.dataset.rise = "green";
    else delete root.dataset.rise;
  }

  choose(kept() === "green");
  addEventListener("DOMContentLoaded", () => {
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-colours]"))) {
      const say = () => {
        button.textContent = (root.dataset.rise ? button.dataset.greenUp : button.dataset.redUp) ?? "";
      };
      say();
      button.hidden = false;
      button.addEventListener("click", () => {
        choose(!root.dataset.rise);
        say();
        try {
          localStorage.setItem(NAME, root.dataset.rise ? "green" : "red");
        } catch {
          // Without storage the choice lasts as long as the page.
        }
        dispatchEvent(new Event("colours"));
      });
    }
  });
})();

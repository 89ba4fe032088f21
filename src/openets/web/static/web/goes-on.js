// Sends the one form inside <div data-goes-on>: a run goes on step by step while somebody watches.
// Without scripts its button does the same.
// @ts-check

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-goes-on] form"));
form?.requestSubmit();

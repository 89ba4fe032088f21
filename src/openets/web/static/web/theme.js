// The colours and letters of the page, for libraries that draw on a canvas.
// @ts-check

/** @param {string} name of a custom property, without dashes */
export function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

export const chinese = document.documentElement.lang.startsWith("zh");

/** Call `draw` now and again whenever the light or dark scheme or the colour of rising changes. @param {() => void} draw */
export function drawInScheme(draw) {
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  addEventListener("colours", draw);
}

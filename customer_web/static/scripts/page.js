/** @file What every page does besides being a page: errors are read first, and open panels close again. */

const summary = document.getElementById('summary');
if (summary) summary.focus();

/** @returns {HTMLDetailsElement[]} */
const opened = () => Array.from(document.querySelectorAll('details.panel[open]')).filter((it) => it instanceof HTMLDetailsElement);

document.addEventListener('click', ({ target }) => {
  for (const panel of opened()) if (!(target instanceof Node && panel.contains(target))) panel.open = false;
});

document.addEventListener('keydown', ({ key }) => {
  if (key !== 'Escape') return;
  for (const panel of opened()) {
    panel.open = false;
    panel.querySelector('summary')?.focus();
  }
});

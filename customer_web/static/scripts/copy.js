/** @file A button that copies the text of the element it names. Without it the text is selected by hand. */

for (const button of document.querySelectorAll('button[data-copy]')) {
  if (!(button instanceof HTMLButtonElement) || !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener('click', async () => {
    const text = document.getElementById(button.dataset['copy'] ?? '')?.textContent ?? '';
    const said = button.parentElement?.querySelector('[data-copied]');
    try {
      await navigator.clipboard.writeText(text);
      if (said instanceof HTMLElement) said.hidden = false;
    } catch {
      button.hidden = true; // the browser forbids it; the text stands there to be selected
    }
  });
}

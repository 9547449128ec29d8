/** The remote: buttons on the page and keys of the keyboard become names of remote keys. */

/** Keys that act again while they are held; all others act once per press. */
const REPEATING = new Set(['up', 'down', 'left', 'right', 'volume_up', 'volume_down']);

const PRESSED_MS = 120;

/** @type {Record<string, string>} */
const KEYBOARD = {
  ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: 'left', ArrowRight: 'right', Enter: 'ok', Escape: 'back', Backspace: 'back',
  F1: 'help', F2: 'hide', End: 'stop', h: 'home', m: 'menu', s: 'source', p: 'power', '+': 'volume_up', '=': 'volume_up',
  '-': 'volume_down', '−': 'volume_down',
};
for (let digit = 0; digit < 10; digit++) KEYBOARD[String(digit)] = `digit_${digit}`;

/**
 * The remote key for a key of the keyboard, or '' where the browser or a focused control should have it.
 * @param {Pick<KeyboardEvent, 'key' | 'repeat' | 'ctrlKey' | 'altKey' | 'metaKey'>} event
 * @param {boolean} onControl whether a button or a link has the keyboard's focus
 */
export function remoteKey(event, onControl) {
  if (event.ctrlKey || event.altKey || event.metaKey) return '';
  if (onControl && event.key === 'Enter') return '';
  const key = KEYBOARD[event.key] ?? KEYBOARD[event.key.toLowerCase()] ?? '';
  return event.repeat && !REPEATING.has(key) ? '' : key;
}

/**
 * @param {ParentNode} root where the buttons are
 * @param {(key: string) => void} press
 */
export function connectButtons(root, press) {
  for (const button of root.querySelectorAll('button')) {
    const key = button.dataset['key'] ?? '';
    // A mouse press must not leave the keyboard's focus on the button: Enter is OK on the set, not this button again.
    button.addEventListener('mousedown', (event) => event.preventDefault());
    if (key === 'stop') {
      // Stop acts when the finger lands; a click without a pointer comes from the keyboard or a screen reader.
      button.addEventListener('pointerdown', () => flashAnd(button, press, key));
      button.addEventListener('click', (event) => { if (event.detail === 0) flashAnd(button, press, key); });
    } else {
      button.addEventListener('click', () => flashAnd(button, press, key));
    }
  }
}

/**
 * @param {ParentNode} root
 * @param {(key: string) => void} press
 */
export function connectKeyboard(root, press) {
  document.addEventListener('keydown', (event) => {
    const onControl = document.activeElement instanceof HTMLElement && document.activeElement.matches('button, a');
    const key = remoteKey(event, onControl);
    // A list has keys of its own; Stop is Stop everywhere.
    if (!key || (document.activeElement instanceof HTMLSelectElement && key !== 'stop')) return;
    event.preventDefault();
    const button = root.querySelector(`button[data-key="${key}"]`);
    if (button instanceof HTMLElement) flashAnd(button, press, key);
  });
}

/**
 * @param {HTMLElement} button
 * @param {(key: string) => void} press
 * @param {string} key
 */
function flashAnd(button, press, key) {
  press(key);
  button.classList.add('pressed');
  setTimeout(() => button.classList.remove('pressed'), PRESSED_MS);
}

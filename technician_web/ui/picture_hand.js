/** @file The hand on the picture: an arrow for the customer, or the TV's own pointer where it has one. */

/** @typedef {import('./mode.js').Mode} Mode */
/** @typedef {import('../core/types.js').PointerStep} PointerStep */
/** @typedef {import('../core/types.js').KeyResult} KeyResult */

const SPAN = 65_536; // places across the picture (seal SPEC §4.1)
const BATCH_MS = 50; // twenty frames a second while something is dragged
const STEPS = 16;
const NOTCH_PX = 100;
/** The browser's button and the wire's: left, middle, right. @type {{ [button: number]: number }} */
const BUTTONS = { 0: 1, 1: 2, 2: 3 };

/**
 * Where on the picture a place of the page lies, or null beside it. The canvas holds the picture whole, with bars where shapes differ.
 * @param {{ left: number, top: number, width: number, height: number }} box @param {{ width: number, height: number }} picture
 * @param {number} clientX @param {number} clientY @returns {{ x: number, y: number } | null}
 */
export function placeOn(box, picture, clientX, clientY) {
  const scale = Math.min(box.width / picture.width, box.height / picture.height);
  if (!(scale > 0)) return null;
  const across = (clientX - box.left - (box.width - picture.width * scale) / 2) / (picture.width * scale);
  const down = (clientY - box.top - (box.height - picture.height * scale) / 2) / (picture.height * scale);
  if (across < 0 || across >= 1 || down < 0 || down >= 1) return null;
  return { x: Math.floor(across * SPAN), y: Math.floor(down * SPAN) };
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {{ does: () => 'drive' | 'point' | '', pointer: (steps: PointerStep[]) => void, point: (x: number, y: number) => void }} hand `does`: what a click is good for now
 */
export function pictureHand(canvas, { does, pointer, point }) {
  /** @type {PointerStep[]} */
  let steps = [];
  let held = 0;
  let owed = 0; // a button that is down on the TV and was let go while nothing could be sent
  let turned = 0;
  /** @type {{ x: number, y: number }} */
  let last = { x: 0, y: 0 };
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (steps.length > 0 && does() === 'drive') pointer(steps);
    steps = [];
  };
  /** @param {PointerStep} step */
  const add = (step) => {
    const before = steps.at(-1);
    if (step.b === 0 && before?.b === 0) steps.pop(); // only where it came to matters
    steps.push(step);
    if (steps.length >= STEPS) flush();
    else timer ??= setTimeout(flush, BATCH_MS);
  };
  /** @param {MouseEvent} event */
  const at = (event) => placeOn(canvas.getBoundingClientRect(), canvas, event.clientX, event.clientY);
  const letGo = () => {
    if (held) add({ b: held, d: false, ...last });
    held = 0;
    flush();
  };

  /** @param {PointerEvent} event */
  const down = (event) => {
    const place = at(event);
    const b = BUTTONS[event.button];
    if (!place || !b || does() === '') return;
    event.preventDefault();
    if (does() === 'point') return void (b === 1 && point(place.x, place.y));
    canvas.setPointerCapture?.(event.pointerId);
    [held, last] = [b, place];
    add({ b: 0, d: false, ...place });
    add({ b, d: true, ...place });
    flush();
  };
  /** @param {PointerEvent} event */
  const move = (event) => {
    const place = held ? at(event) : null;
    if (!place) return;
    last = place;
    add({ b: 0, d: false, ...place });
  };
  /** @param {PointerEvent} event */
  const up = (event) => {
    if (BUTTONS[event.button] !== held) return;
    last = at(event) ?? last;
    letGo();
  };
  /** @param {WheelEvent} event */
  const wheel = (event) => {
    const place = at(event);
    if (!place || does() !== 'drive' || event.ctrlKey) return;
    event.preventDefault();
    turned += event.deltaMode === 0 ? event.deltaY : Math.sign(event.deltaY) * NOTCH_PX;
    for (; Math.abs(turned) >= NOTCH_PX; turned -= Math.sign(turned) * NOTCH_PX) add({ b: turned > 0 ? 5 : 4, d: true, ...place });
  };
  /** @param {Event} event */
  const menu = (event) => { if (does() === 'drive') event.preventDefault(); };

  /** @type {[string, (event: any) => void][]} */
  const listeners = [['pointerdown', down], ['pointermove', move], ['pointerup', up], ['pointercancel', letGo], ['wheel', wheel], ['contextmenu', menu]];
  for (const [name, call] of listeners) canvas.addEventListener(name, call, { passive: false });
  window.addEventListener('blur', letGo);
  return {
    letGo,
    /** Nothing is held where nothing can be seen; what is down on the TV is let go as soon as that can be sent. */
    stop: () => {
      if (held) owed = held;
      held = 0;
      steps = [];
      clearTimeout(timer);
      timer = undefined;
    },
    go: () => {
      if (owed) pointer([{ b: owed, d: false, ...last }]);
      owed = 0;
    },
    close: () => {
      for (const [name, call] of listeners) canvas.removeEventListener(name, call);
      window.removeEventListener('blur', letGo);
      clearTimeout(timer);
    },
  };
}

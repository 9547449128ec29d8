/** @file A still to be looked at closely: enlarged without blur, with a grid between its pixels, and saved as it came. Loaded when one was taken. */

import { unb64 } from '../core/bytes.js';
import { button, facts } from './controls.js';
import { el, setAttribute, setText } from './dom.js';
import { icon } from './icons.js';
import { GRID_FROM, cornerOf, held, moved, scaleOf, stepped, whole } from './zoom.js';

/** @typedef {Extract<import('../core/types.js').StillResult, { outcome: 'exact' }>} Still */
/** @typedef {import('./words.js').Words} Words */
/** @typedef {ReturnType<typeof stillView>} StillView */

const MOVE_PX = 80;
/** @type {{ [key: string]: [number, number] }} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Session and time, so that file and record find each other. @param {string} session @param {Still} still */
export function fileName(session, { at, type }) {
  const time = at <= 8.64e15 ? new Date(at).toISOString().replace(/[-:]/g, '') : String(at);
  return `${session}_${time}.${type === 'image/webp' ? 'webp' : 'png'}`;
}

/** As `sha256sum` and `alongside audit show` print it. @param {string} sha256 b64 */
export const hexadecimal = (sha256) => Array.from(unb64(sha256, 32), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** @param {Words} words @param {{ still: Still, session: string, close: () => void }} parts */
export function stillView(words, { still, session, close }) {
  const canvas = el('canvas', { class: 'still-canvas', testid: 'still-canvas', tabindex: 0, role: 'img', 'aria-label': words.text('console.still.view') });
  const level = el('output', { class: 'still-level', testid: 'still-level' });
  const problem = el('p', { class: 'hint', role: 'status' });
  const heading = el('h2', { class: 'with-icon', id: 'still-title', tabindex: -1 }, icon('camera'), words.text('console.still.title'));
  let zoom = whole(still);
  let grid = false;
  /** @type {ImageBitmap | null} */
  let bitmap = null;
  let closed = false;

  const size = () => ({ width: canvas.width, height: canvas.height });
  const draw = () => {
    const box = canvas.getBoundingClientRect();
    const [width, height] = [box.width, box.height].map((side) => Math.max(1, Math.round(side * devicePixelRatio)));
    if (width !== undefined && width !== canvas.width) canvas.width = width;
    if (height !== undefined && height !== canvas.height) canvas.height = height;
    zoom = held(zoom, still, size());
    const { x, y, scale } = cornerOf(zoom, still, size());
    setText(level, words.text('console.still.level', { percent: Math.round(scale * 100) }));
    setAttribute(canvas, 'data-scale', String(scale));
    setAttribute(gridButton, 'aria-pressed', String(grid));
    const context = canvas.getContext('2d');
    if (!context || !bitmap) return;
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingEnabled = scale < 1; // enlarged, a pixel stays a pixel
    context.drawImage(bitmap, x, y, Math.round(still.width * scale), Math.round(still.height * scale));
    if (grid && scale >= GRID_FROM) drawGrid(context, { x, y, scale });
  };

  /** @param {1 | -1} by */
  const step = (by) => { zoom = stepped(zoom, by, still, size()); draw(); };
  const fit = () => { zoom = whole(still); draw(); };
  const toggleGrid = () => {
    grid = !grid;
    while (grid && scaleOf(zoom, still, size()) < GRID_FROM) zoom = stepped(zoom, 1, still, size());
    draw();
  };
  /** @param {number} dx @param {number} dy */
  const move = (dx, dy) => { zoom = moved(zoom, dx, dy, still, size()); draw(); };

  const save = () => {
    const url = URL.createObjectURL(new Blob([still.file], { type: still.type }));
    el('a', { href: url, download: fileName(session, still) }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000); // the browser may begin to read it only now
  };

  /** @type {{ [key: string]: () => void }} */
  const keys = { '+': () => step(1), '=': () => step(1), '-': () => step(-1), 0: fit, g: toggleGrid, s: save };
  for (const [key, [dx, dy]] of Object.entries(ARROWS)) keys[key] = () => move(dx * MOVE_PX, dy * MOVE_PX);
  canvas.addEventListener('keydown', (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation(); // or it would drive the TV
    act();
  });
  canvas.addEventListener('wheel', (event) => {
    if (event.deltaY === 0) return;
    event.preventDefault();
    step(event.deltaY < 0 ? 1 : -1);
  }, { passive: false });
  canvas.addEventListener('pointerdown', (event) => canvas.setPointerCapture(event.pointerId));
  canvas.addEventListener('pointermove', (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) move(-event.movementX * devicePixelRatio, -event.movementY * devicePixelRatio);
  });

  const gridButton = button(words.text('console.still.grid'), toggleGrid, { testid: 'still-grid' });
  const tools = el('div', { class: 'still-tools', role: 'group', 'aria-label': words.text('console.still.tools') },
    button('−', () => step(-1), { testid: 'still-smaller', name: words.text('console.still.smaller') }), level,
    button('+', () => step(1), { testid: 'still-larger', name: words.text('console.still.larger') }),
    button(words.text('console.still.fit'), fit, { testid: 'still-fit' }), gridButton,
    button(words.text('console.still.save'), save, { testid: 'still-save', weight: 'primary' }));
  const root = el('section', { class: 'card still', testid: 'still', 'aria-labelledby': 'still-title', on: {
    keydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      event.stopPropagation(); // or it would be Back on the TV's remote
      close();
    },
  } },
  el('div', { class: 'card-head' }, heading, button([icon('close'), words.text('console.still.close')], close, { weight: 'quiet', testid: 'still-close' })),
  tools, canvas, problem,
  el('p', { class: 'with-icon still-exact' }, icon('check'), el('span', {}, words.text('console.still.exact'))),
  facts([
    [words.text('console.still.taken'), words.time(still.at)],
    [words.text('console.still.size'), `${still.width} × ${still.height}`],
    ['SHA-256', el('code', { class: 'still-hash', testid: 'still-hash' }, hexadecimal(still.sha256))],
  ]));

  const resized = new ResizeObserver(() => draw());
  resized.observe(canvas);
  void createImageBitmap(new Blob([still.file], { type: still.type })).then((decoded) => {
    if (closed) return decoded.close();
    bitmap = decoded;
    setAttribute(canvas, 'data-drawn', 'true');
    draw();
  }, () => setText(problem, words.text('console.still.unreadable')));
  return {
    root, heading,
    close: () => {
      closed = true;
      resized.disconnect();
      bitmap?.close();
      bitmap = null;
    },
  };
}

/** A dark and a light line side by side, so that it is seen on any colour. @param {CanvasRenderingContext2D} context @param {{ x: number, y: number, scale: number }} corner */
function drawGrid(context, { x, y, scale }) {
  const { width, height } = context.canvas;
  const { backgroundColor, color } = getComputedStyle(context.canvas);
  for (const [colour, alpha, by] of /** @type {const} */ ([[backgroundColor, 0.45, 0], [color, 0.35, 1]])) {
    context.fillStyle = colour;
    context.globalAlpha = alpha;
    for (let at = x % scale; at < width; at += scale) context.fillRect(at + by, 0, 1, height);
    for (let at = y % scale; at < height; at += scale) context.fillRect(0, at + by, width, 1);
  }
  context.globalAlpha = 1;
}

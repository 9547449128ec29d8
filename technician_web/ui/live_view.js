/** @file The canvas that holds the decoded picture at its own resolution, and the painter that fills it. */

import { el } from './dom.js';

/** @typedef {import('../core/types.js').Painter} Painter */

const WIDTH = 1920;
const HEIGHT = 1080;

export function liveCanvas() {
  return el('canvas', { width: WIDTH, height: HEIGHT, role: 'img', testid: 'live-view' });
}

/**
 * Draws a strip where it belongs; the rest of the picture stays as it was.
 * @param {HTMLCanvasElement} canvas @returns {Painter}
 */
export function painter(canvas) {
  const brush = canvas.getContext('2d', { alpha: false });
  if (!brush) throw new Error('this browser has no canvas');
  return {
    draw: (source, { width, height, x, y, columns, rows }) => {
      if (canvas.width !== width || canvas.height !== height) {
        canvas.width = width;
        canvas.height = height;
      }
      brush.drawImage(source, x, y, columns, rows);
    },
    clear: () => brush.clearRect(0, 0, canvas.width, canvas.height),
  };
}

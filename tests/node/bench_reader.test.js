/** @file The reader that the bench puts into a viewer's page: what it takes for the screen, and what it notes. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';

const SOURCE = readFileSync(new URL('../../bench/screen/reader.js', import.meta.url), 'utf8');
const GIVEN = { selector: 'canvas, video', width: 1920, cell: 24, left: 480, top: 1008, cells: 4 };

/**
 * A page of which the test paints what lies in the row: one light per cell.
 * @param {{ width: number, height: number, videoWidth?: number, videoHeight?: number, box: number }[]} shown
 */
function page(shown) {
  let time = 1000;
  /** @type {Map<string, (event: object) => void>} */
  const listeners = new Map();
  /** @type {(() => void)[]} */
  const frames = [];
  /** @type {{ from: object, at: number[] }[]} */
  const drawn = [];
  const row = { lights: [0, 0, 0, 0] };
  const elements = shown.map((one) => ({
    ...one,
    isConnected: true,
    getBoundingClientRect: () => ({ width: one.box, height: one.box, left: 10, top: 20 }),
    ownerDocument: { defaultView: { frameElement: null } },
  }));
  const ink = {
    drawImage: (/** @type {object} */ from, /** @type {number[]} */ ...at) => drawn.push({ from, at }),
    getImageData: (/** @type {number} */ _x, /** @type {number} */ _y, /** @type {number} */ wide, /** @type {number} */ high) => ({
      data: Uint8ClampedArray.from({ length: wide * high * 4 }, (_, at) => row.lights[Math.floor(((at / 4) % wide) / 4)] ?? 0),
    }),
  };
  const context = {
    OffscreenCanvas: class { getContext() { return ink; } },
    document: { querySelectorAll: (/** @type {string} */ what) => (what === 'iframe' ? [] : elements) },
    performance: { timeOrigin: 50_000, now: () => time },
    requestAnimationFrame: (/** @type {() => void} */ work) => frames.push(work),
    addEventListener: (/** @type {string} */ kind, /** @type {(event: object) => void} */ work) => listeners.set(kind, work),
    given: GIVEN,
    /** @type {any} what the reader leaves there */
    alongsideReader: null,
  };
  const expression = SOURCE.slice(SOURCE.indexOf('\n(/** @param')).trim().replace(/;$/, '');
  runInNewContext(`(${expression})(given)`, context);
  return {
    reader: context.alongsideReader,
    drawn,
    elements,
    /** @param {number[]} lights @param {number} at */
    frame(lights, at) {
      row.lights = lights;
      time = at;
      for (const work of frames.splice(0)) work();
    },
    /** @param {string} kind @param {number} at @param {object} [event] */
    hear(kind, at, event = {}) {
      time = at;
      listeners.get(kind)?.(event);
    },
  };
}

const CANVAS = { width: 1920, height: 1080, box: 900 };
const plain = (/** @type {unknown} */ value) => JSON.parse(JSON.stringify(value));

test('a row is noted when it changes, with the moment of the frame that had it', () => {
  const { reader, frame } = page([CANVAS]);
  frame([255, 0, 255, 0], 1010);
  frame([255, 0, 255, 0], 1020);
  frame([255, 255, 0, 0], 1030);
  assert.deepEqual(plain(reader.samples), [['1010', 51_010], ['1100', 51_030]]);
  assert.equal(reader.frames, 3);
});

test('light and dark are told apart in the middle, as a codec leaves them', () => {
  const { reader, frame } = page([CANVAS]);
  frame([128, 127, 200, 60], 1010);
  assert.equal(reader.samples[0][0], '1010');
});

test('the screen is the largest picture that is to be seen', () => {
  const hidden = { width: 4000, height: 4000, box: 0 };
  const video = { width: 0, height: 0, videoWidth: 1280, videoHeight: 720, box: 500 };
  const { drawn, elements, frame, reader } = page([{ ...CANVAS, width: 640, height: 360 }, hidden, video]);
  frame([0, 0, 0, 0], 1010);
  assert.equal(drawn[0]?.from, elements[2]);
  assert.deepEqual(plain(reader.size), [1280, 720]);
});

test('on a smaller picture of the screen the row is sought where it lies there', () => {
  const { drawn, frame } = page([{ width: 960, height: 540, box: 400 }]);
  frame([0, 0, 0, 0], 1010);
  assert.deepEqual(drawn[0]?.at.slice(0, 4), [240, 504, 48, 12]);
});

test('presses are noted at once, and a key that repeats is one press', () => {
  const { reader, hear } = page([CANVAS]);
  hear('pointerdown', 1005);
  hear('keydown', 1006, { repeat: false });
  hear('keydown', 1007, { repeat: true });
  assert.deepEqual(plain([reader.clicks, reader.keys]), [[51_005], [51_006]]);
});

test('what was forgotten is gone, and a row that stays is not noted again', () => {
  const { reader, frame, hear } = page([CANVAS]);
  frame([255, 0, 0, 0], 1010);
  hear('pointerdown', 1011);
  reader.forget();
  frame([255, 0, 0, 0], 1020);
  assert.deepEqual(plain([reader.samples, reader.clicks, reader.keys, reader.frames]), [[], [], [], 1]);
});

test('a page without any screen has nothing to note, and is looked at again', () => {
  const { reader, frame } = page([]);
  frame([255, 0, 0, 0], 1010);
  assert.deepEqual(plain([reader.samples, reader.problem]), [[], '']);
  assert.equal(reader.frames, 1);
});

test('the middle of the screen is where it is on the page', () => {
  const { reader } = page([CANVAS]);
  assert.deepEqual(plain(reader.middle()), [460, 470]);
});

/**
 * @file Runs in the viewer's page, whatever it is: reads the scene's clock at every animation frame from the largest
 * canvas or video that is to be seen, and notes presses. It judges nothing: rows go out as they are, with their time.
 */

(/** @param {{ selector: string, width: number, cell: number, left: number, top: number, cells: number }} given */ (given) => {
  const GRAIN = 4; // pixels to which each cell is brought before it is read
  const LOOK_AGAIN = 30; // animation frames after which another element may have become the largest

  const wide = given.cells * GRAIN;
  const small = new OffscreenCanvas(wide, GRAIN).getContext('2d', { willReadFrequently: true });
  /** @typedef {HTMLCanvasElement | HTMLVideoElement} Shown */
  const state = {
    /** @type {[string, number][]} each row that differs from the one before, and when it was there */
    samples: [],
    /** @type {number[]} */
    clicks: [],
    /** @type {number[]} */
    keys: [],
    frames: 0,
    problem: '',
    size: [0, 0],
    forget,
    middle,
    pictures,
  };
  let last = '';

  function now() {
    return performance.timeOrigin + performance.now();
  }

  /** @param {Shown} one @returns {[number, number]} */
  function sizeOf(one) {
    return 'videoWidth' in one ? [one.videoWidth, one.videoHeight] : [one.width, one.height];
  }

  /** @returns {Shown | undefined} */
  function largest() {
    const pages = [document, ...[...document.querySelectorAll('iframe')].map((frame) => frame.contentDocument)];
    const every = pages.flatMap((page) => (page ? [.../** @type {NodeListOf<Shown>} */ (page.querySelectorAll(given.selector))] : []));
    const seen = every.filter((one) => {
      const box = one.getBoundingClientRect();
      return box.width > 0 && box.height > 0 && sizeOf(one)[0] > 0;
    });
    /** @param {Shown} one */
    const area = (one) => sizeOf(one)[0] * sizeOf(one)[1];
    return seen.sort((one, other) => area(other) - area(one))[0];
  }

  /** @param {Shown} shown */
  function read(shown) {
    if (!small) return;
    const [width, height] = sizeOf(shown);
    const scale = width / given.width;
    const row = [given.left, given.top, given.cells * given.cell, given.cell].map((at) => at * scale);
    const [x = 0, y = 0, w = 0, h = 0] = row;
    small.drawImage(shown, x, y, w, h, 0, 0, wide, GRAIN);
    const pixels = small.getImageData(0, 0, wide, GRAIN).data;
    let text = '';
    for (let cell = 0; cell < given.cells; cell += 1) {
      const middle = [1, 2].flatMap((down) => [1, 2].map((right) => pixels[4 * (down * wide + cell * GRAIN + right) + 1] ?? 0));
      text += middle.reduce((sum, light) => sum + light, 0) > 510 ? '1' : '0';
    }
    state.size = [width, height];
    if (text === last) return;
    last = text;
    state.samples.push([text, now()]);
  }

  /** Where to click in the page to hit the middle of the screen. @returns {[number, number]} */
  function middle() {
    const shown = largest();
    if (!shown) return [innerWidth / 2, innerHeight / 2];
    const frame = shown.ownerDocument.defaultView?.frameElement?.getBoundingClientRect();
    const box = shown.getBoundingClientRect();
    return [(frame?.left ?? 0) + box.left + box.width / 2, (frame?.top ?? 0) + box.top + box.height / 2];
  }

  /** From here on only what changes from now on counts. */
  function forget() {
    state.samples.length = state.clicks.length = state.keys.length = state.frames = 0;
  }

  /** @param {{ at: number[], boxes: { x: number, y: number, width: number, height: number }[] }} asked */
  async function pictures({ at, boxes }) {
    const taken = [];
    for (const moment of at) {
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, moment - now())));
      const shown = largest();
      const scale = shown ? sizeOf(shown)[0] / given.width : 1;
      for (const { x, y, width, height } of boxes) {
        const canvas = new OffscreenCanvas(width, height);
        if (shown) {
          const box = [x, y, width, height].map((edge) => edge * scale);
          canvas.getContext('2d')?.drawImage(shown, box[0] ?? 0, box[1] ?? 0, box[2] ?? 0, box[3] ?? 0, 0, 0, width, height);
        }
        taken.push(canvas);
      }
    }
    return Promise.all(taken.map(asText));
  }

  /** @param {OffscreenCanvas} canvas */
  async function asText(canvas) {
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer());
    let text = '';
    for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
    return btoa(text);
  }

  /** @type {Shown | undefined} */
  let shown;
  function look() {
    requestAnimationFrame(look);
    if (!shown?.isConnected || state.frames % LOOK_AGAIN === 0) shown = largest();
    state.frames += 1;
    if (!shown) return;
    try {
      read(shown);
    } catch (problem) {
      state.problem = String(problem);
    }
  }

  addEventListener('pointerdown', () => state.clicks.push(now()), true);
  addEventListener('keydown', (event) => event.repeat || state.keys.push(now()), true);
  Object.assign(globalThis, { alongsideReader: state });
  requestAnimationFrame(look);
});

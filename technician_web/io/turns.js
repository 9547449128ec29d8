/** @file Whose turn it is in a page that hardly runs: words first, then the picture (docs/honest-picture.md). */

/** @typedef {import('../core/types.js').Timing} Timing */

/**
 * What the browser does between two tasks.
 * @typedef {object} Painting
 * @property {(call: () => void) => unknown} beforeFrame As `requestAnimationFrame`: no frame comes while nobody sees the page.
 * @property {Timing['after']} after
 */

/** So long a frame may keep a picture waiting, ms: it goes on where nobody sees the page. */
export const NO_FRAME_MS = 1_000;

export class Turns {
  #isHeld;
  #painting;

  /** @param {() => boolean} isHeld whether the page hardly runs now @param {Painting} painting */
  constructor(isHeld, painting) {
    this.#isHeld = isHeld;
    this.#painting = painting;
  }

  /** Whether what takes long is better done after the next frame. */
  get areShort() {
    return this.#isHeld();
  }

  /** Once, after the next frame has been painted. @param {() => void} call */
  afterFrame(call) {
    let done = false;
    const once = () => {
      if (done) return;
      done = true;
      giveUp();
      call();
    };
    const giveUp = this.#painting.after(NO_FRAME_MS, once);
    this.#painting.beforeFrame(() => this.#painting.after(0, once));
  }
}

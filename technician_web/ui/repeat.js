/** @file A key held down: pressed again at an even pace for as long as the device does it, and not once more. */

/** Held down, only these go on; holding never repeats OK or digits (LOOK §5.4). */
export const REPEATS = ['up', 'down', 'left', 'right', 'volume_up', 'volume_down'];

const FIRST_MS = 400;
// Ten a second: a third of what the relay lets pass (SPEC §9), so there is always room for what else is done.
const EVERY_MS = 100;
const AT_ONCE = 2; // On a slow line the pace is the line's: no more than this many wait for their records.
const PATIENCE_MS = 1000;

export class Repeat {
  #press;
  #after;
  #key = '';
  #waiting = 0;
  #oldest = 0;
  #pressed = 0;
  /** @type {(() => void) | null} */
  #cancel = null;

  /**
   * @param {(key: string) => Promise<boolean> | null} press whether the device did it; null where it cannot be pressed now
   * @param {(ms: number, call: () => void) => () => void} after gives the way to call it off
   */
  constructor(press, after) {
    this.#press = press;
    this.#after = after;
  }

  /** The key that is held, '' where none is. */
  get key() {
    return this.#key;
  }

  /** How often the key that is held was pressed by being held. */
  get pressed() {
    return this.#pressed;
  }

  /** A key went down. @param {string} key @param {{ first: boolean }} how `first`: press it at once */
  hold(key, { first }) {
    this.stop();
    if (first && !this.#once(key)) return;
    if (!REPEATS.includes(key)) return;
    this.#key = key;
    this.#next(FIRST_MS);
  }

  /** It was let go, or nobody can see what it does any more. */
  stop() {
    this.#cancel?.();
    this.#cancel = null;
    this.#key = '';
    this.#waiting = 0;
    this.#pressed = 0;
  }

  /** @param {number} ms */
  #next(ms) {
    this.#cancel = this.#after(ms, () => {
      const key = this.#key;
      this.#oldest = this.#waiting > 0 ? this.#oldest + ms : 0;
      if (this.#oldest >= PATIENCE_MS) return this.stop();
      if (this.#waiting < AT_ONCE) {
        if (!this.#once(key)) return this.stop();
        this.#pressed += 1;
      }
      if (this.#key === key) this.#next(EVERY_MS);
    });
  }

  /** @param {string} key */
  #once(key) {
    const answer = this.#press(key);
    if (!answer) return false;
    this.#waiting += 1;
    answer.then((did) => {
      this.#waiting = Math.max(0, this.#waiting - 1);
      this.#oldest = 0;
      if (!did && this.#key === key) this.stop();
    });
    return true;
  }
}

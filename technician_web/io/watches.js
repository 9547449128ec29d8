/** @file Named alarms of one session: setting one again moves it. */

/** @typedef {import('../core/types.js').Timing} Timing */

export class Watches {
  /** @type {Map<string, () => void>} */
  #set = new Map();
  #timing;

  /** @param {Timing} timing */
  constructor(timing) {
    this.#timing = timing;
  }

  /** @param {string} name @param {number} delay ms @param {() => void} call */
  set(name, delay, call) {
    this.clear(name);
    this.#set.set(name, this.#timing.after(Math.max(0, delay), () => {
      this.#set.delete(name);
      call();
    }));
  }

  /** @param {...string} names none = all */
  clear(...names) {
    for (const name of names.length > 0 ? names : [...this.#set.keys()]) {
      this.#set.get(name)?.();
      this.#set.delete(name);
    }
  }
}

/** @file Named alarms of one session: setting one again moves it. Each is told how late it comes: the page may have slept. */

/** @typedef {import('../core/types.js').Timing} Timing */

export class Watches {
  /** @type {Map<string, { due: number, cancel: () => void }>} */
  #set = new Map();
  #timing;

  /** @param {Timing} timing */
  constructor(timing) {
    this.#timing = timing;
  }

  /** @param {string} name @param {number} delay ms @param {(late: number) => void} call */
  set(name, delay, call) {
    this.clear(name);
    const due = this.#timing.now() + Math.max(0, delay);
    const cancel = this.#timing.after(Math.max(0, delay), () => {
      const late = this.late(name);
      this.#set.delete(name);
      call(late);
    });
    this.#set.set(name, { due, cancel });
  }

  /** For how long an alarm has been due, ms; 0 where none is set. @param {string} name */
  late(name) {
    const alarm = this.#set.get(name);
    return alarm ? Math.max(0, this.#timing.now() - alarm.due) : 0;
  }

  /** @param {...string} names none = all */
  clear(...names) {
    for (const name of names.length > 0 ? names : [...this.#set.keys()]) {
      this.#set.get(name)?.cancel();
      this.#set.delete(name);
    }
  }
}

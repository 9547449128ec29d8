/** @file Time that moves only when a test moves it. */

/** @typedef {import('../../technician_web/core/types.js').Timing} Timing */

/** @implements {Timing} */
export class FakeTime {
  #now = 1_700_000_000_000;
  /** @type {Set<{ at: number, call: () => void }>} */
  #alarms = new Set();

  now = () => this.#now;

  /** @param {number} delay @param {() => void} call */
  after = (delay, call) => {
    const alarm = { at: this.#now + delay, call };
    this.#alarms.add(alarm);
    return () => { this.#alarms.delete(alarm); };
  };

  /** How many alarms are set: none may be left behind by a session that is over. */
  get pending() {
    return this.#alarms.size;
  }

  /** Time in which the page does not run: what was due comes late, at the end, or with `wake: false` not yet. @param {number} ms */
  oversleep(ms, { wake = true } = {}) {
    this.#now += ms;
    if (!wake) return;
    const due = [...this.#alarms].filter(({ at }) => at <= this.#now).sort((one, other) => one.at - other.at);
    for (const alarm of due) if (this.#alarms.delete(alarm)) alarm.call();
  }

  /** @param {number} ms */
  pass(ms) {
    const end = this.#now + ms;
    for (;;) {
      const next = [...this.#alarms].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0];
      if (!next) break;
      this.#alarms.delete(next);
      this.#now = next.at;
      next.call();
    }
    this.#now = end;
  }
}

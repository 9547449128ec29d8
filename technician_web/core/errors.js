/** @file The two ways a core function refuses: what anyone may read was wrong, or what only the ends may read was. */

/** A value of wire/SPEC.md was refused. The code is stable; the detail is for developers and never holds a secret. */
export class WireError extends Error {
  /** @param {string} code @param {string} [detail] */
  constructor(code, detail = '') {
    super(detail ? `${code}: ${detail}` : code);
    this.name = 'WireError';
    this.code = code;
  }
}

/** The sealed layer refused: keys, tags, frames or what was inside them. */
export class SealError extends Error {
  /** @param {string} code @param {string} [detail] */
  constructor(code, detail = '') {
    super(detail ? `${code}: ${detail}` : code);
    this.name = 'SealError';
    this.code = code;
  }
}

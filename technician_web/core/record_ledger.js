/** @file Device records as they reach the console: clear through the relay and again inside sealed frames. */

import { sha256B64 } from './bytes.js';
import { WireError } from './errors.js';
import { RecordReader } from './records.js';

/** @typedef {import('./types.js').Bytes} Bytes */
/** @typedef {import('./records.js').DeviceRecord} DeviceRecord */
/** @typedef {'clear' | 'sealed'} Way */
/** @typedef {{ record: DeviceRecord, fresh: boolean }} Taken */

/**
 * Both copies are one record: whichever comes first moves the chain, the other is recognised by its hash. A relay that
 * keeps a record back leaves a gap, and shows by it; one that repeats a record is refused.
 */
export class RecordLedger {
  /** @type {Map<string, { record: DeviceRecord, way: Way }>} */
  #waiting = new Map();
  #reader;
  #judgePaired;

  /**
   * @param {RecordReader} reader
   * @param {(record: import('./records.js').PairedRecord) => boolean} judgePaired whether it names our badge and our auth frame
   */
  constructor(reader, judgePaired) {
    this.#reader = reader;
    this.#judgePaired = judgePaired;
  }

  /** @param {Bytes} data @param {Way} way @returns {Promise<Taken>} */
  async take(data, way) {
    const hash = await sha256B64(data);
    const known = this.#waiting.get(hash);
    if (known && known.way !== way) {
      this.#waiting.delete(hash);
      return { record: known.record, fresh: false };
    }
    const record = await this.#reader.read(data);
    if (record.typ === 'paired' && !this.#judgePaired(record)) throw new WireError('bad_record', 'names another badge or frame');
    // Actions and hides come in clear only. The rest is rare: a handful of records waits for its second copy.
    if (record.typ !== 'action' && record.typ !== 'hide') this.#waiting.set(hash, { record, way });
    return { record, fresh: true };
  }
}

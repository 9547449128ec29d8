/** @file The console's core gives the answers of the shared vectors (INV-C1, INV-C2). */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FILES, runFile } from './vector_cases.js';

const ROOT = new URL('../../', import.meta.url);
// Operations the console does not have; a new name here needs the vectors' README to say so.
/** @type {{ [file: string]: string[] }} */
const LEFT_TO_OTHERS = {
  'wire/vectors/badge.json': ['accept', 'judge'],
  'wire/vectors/enrolment.json': ['enrol_message', 'read_enrol_code'],
  'wire/vectors/hellos.json': ['device_hello_message'],
  'wire/vectors/messages.json': ['decode_for_device', 'decode_from_console', 'decode_from_device'],
  'seal/vectors/alive.json': ['check_console'],
  'seal/vectors/cpace-ristretto255-sha512.json': ['another suite'],
};

// Between a device and the service alone (SPEC §5.6): no browser signs or judges one.
const NONE_OF_A_BROWSERS = ['wire/vectors/device_request.json'];

test('no vector file is passed over', () => {
  const found = ['wire/vectors/', 'seal/vectors/'].flatMap((folder) => readdirSync(new URL(folder, ROOT))
    .filter((name) => name.endsWith('.json')).map((name) => folder + name));
  assert.deepEqual(found.sort(), [...FILES, ...NONE_OF_A_BROWSERS].sort());
});

for (const path of FILES) {
  test(`every case of ${path} comes out as it says`, async () => {
    const report = await runFile(path, JSON.parse(readFileSync(new URL(path, ROOT), 'utf8')));
    assert.deepEqual(report.failures, []);
    assert.ok(report.ran > 0);
    assert.deepEqual([...new Set(report.left)].sort(), LEFT_TO_OTHERS[path] ?? []);
  });
}

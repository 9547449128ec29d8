/** @file Which language the console takes, and which sentence it chooses among plurals. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ALIASES, chooseLanguage, LANGUAGES, Words } from '../../technician_web/ui/words.js';

test('the first of the reader’s languages that we speak is taken, else English', () => {
  assert.equal(chooseLanguage(['xx', 'vi-VN', 'en']), 'vi');
  assert.equal(chooseLanguage(['VI']), 'vi');
  for (const wanted of [[], [''], ['xx'], ['toString'], ['constructor', '__proto__']]) {
    assert.equal(chooseLanguage(wanted), 'en');
  }
});

test('Norwegian by any name is Bokmål, once we speak it', () => {
  const norwegian = 'nb' in LANGUAGES ? 'nb' : 'en';
  for (const tag of ['no', 'nn', 'nb', 'nb-NO', 'nn-NO']) assert.equal(chooseLanguage([tag]), norwegian, tag);
  assert.deepEqual(Object.keys(ALIASES).filter((name) => name in LANGUAGES), []);
});

test('each language chooses among its sentences by its own rule, as Babel does', () => {
  /** @type {[string, { [category: string]: string }, string[]][]} */
  const rules = [
    ['lv', { zero: 'zero {n}', one: 'one {n}', other: 'other {n}' },
      ['zero 0', 'one 1', 'other 2', 'zero 10', 'zero 11', 'zero 19', 'zero 20', 'one 21', 'other 22', 'zero 111', 'one 121']],
    ['cs', { one: 'one {n}', few: 'few {n}', other: 'other {n}' },
      ['other 0', 'one 1', 'few 2', 'few 4', 'other 5', 'other 21', 'other 22']],
    ['nb', { one: 'one {n}', other: 'other {n}' }, ['other 0', 'one 1', 'other 2', 'other 21']],
    ['vi', { other: 'other {n}' }, ['other 0', 'other 1']],
  ];
  for (const [language, key, expected] of rules) {
    const words = new Words(language, { key });
    for (const sentence of expected) assert.equal(words.text('key', { n: Number(sentence.split(' ')[1]) }), sentence);
  }
});

test('a tenth of a second is written with the language’s own sign', () => {
  const written = ['en', 'vi', 'lv', 'nb', 'cs'].map((language) => new Words(language, {}).tenths(1234));
  assert.deepEqual(written, ['1.2', '1,2', '1,2', '1,2', '1,2']);
});

test('a day is written as the customer’s pages write it, so that both read the same on the phone', () => {
  const written = ['en', 'vi', 'lv', 'nb', 'cs'].map((language) => new Words(language, {}).day('2027-02-01'));
  assert.deepEqual(written, ['1 February 2027', '1 tháng 2 năm 2027', '2027. gada 1. februāris', '1. februar 2027', '1. února 2027']);
});

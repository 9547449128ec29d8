/** @file The TV's settings as it tells them, each with its value and the control that changes it. */

import { settingName } from './changes.js';
import { button } from './controls.js';
import { el, fill, setAttribute, setText } from './dom.js';
import { icon } from './icons.js';
import { wasDone, whyNot } from './outcome.js';

/** @typedef {import('../core/types.js').SettingItem} SettingItem */
/** @typedef {import('./screen.js').Context} Context */
/** @typedef {import('./screen.js').SessionState} SessionState */
/** @typedef {import('./words.js').Words} Words */
/** @typedef {{ root: HTMLElement, show: (item: SettingItem) => void }} Row */

const OFF = ['stale', 'held', 'hidden', 'waiting', 'look', 'point'];

/** @param {Context} context */
export function settingsPanel(context) {
  const { words, session } = context;
  const body = el('div', { class: 'settings-groups' });
  const say = el('p', { class: 'pad-say', role: 'status' });
  const root = el('section', { class: 'card settings', testid: 'settings-panel' },
    el('h2', { class: 'with-icon' }, icon('settings'), words.text('console.settings.title')), body, say);
  /** @type {Map<string, Row>} */
  const rows = new Map();
  let drawn = '';
  let off = '';
  /** @type {readonly SettingItem[] | null | undefined} */
  let last;

  /** @param {SettingItem} item @param {string} value */
  const change = async (item, value) => {
    if (!session) return;
    if (off) {
      setText(say, words.text(`console.pad.off.${off}`));
      rows.get(item.path)?.show(item);
      return;
    }
    const result = await session.commands.set(item.path, value);
    const name = settingName(words, item.path);
    setText(say, wasDone(result) ? words.text('console.settings.done', { setting: name }) : whyNot(words, result));
    // What is shown is what the TV says, not what was wished for.
    const now = session.state.settings?.find(({ path }) => path === item.path);
    if (now) rows.get(item.path)?.show(now);
  };

  /** @param {SessionState} state @param {string} reason why nothing is sent now, or '' */
  const draw = ({ settings, grants, caps }, reason) => {
    off = OFF.includes(reason) ? reason : '';
    if (settings && settings === last) return;
    last = settings;
    const shape = settings ? settings.map((item) => JSON.stringify({ ...item, value: '' })).join() : `${grants.includes('settings')}|${caps.includes('settings')}`;
    if (shape !== drawn) {
      drawn = shape;
      rows.clear();
      fill(body, ...(settings?.length ? groups(settings) : [el('p', { class: 'row-text' }, words.text(`console.settings.${emptiness(settings, grants, caps)}`))]));
    }
    for (const item of settings ?? []) rows.get(item.path)?.show(item);
  };

  /** @param {readonly SettingItem[]} settings */
  const groups = (settings) => {
    const names = [...new Set(settings.map(({ path }) => path.split('.', 1)[0] ?? ''))];
    return names.map((name) => el('details', { testid: `settings-${testName(name)}` }, el('summary', {}, groupName(words, name)),
      ...settings.filter(({ path }) => path.split('.', 1)[0] === name).map((item) => {
        const row = makeRow(words, item, (value) => void change(item, value));
        rows.set(item.path, row);
        return row.root;
      })));
  };
  return { root, draw };
}

/** Why there is no list. @param {readonly SettingItem[] | null} settings @param {readonly string[]} grants @param {readonly string[]} caps */
function emptiness(settings, grants, caps) {
  if (settings || !caps.includes('settings')) return 'none';
  return grants.includes('settings') ? 'waiting' : 'not_given';
}

/** @param {Words} words @param {SettingItem} item @param {(value: string) => void} change @returns {Row} */
function makeRow(words, item, change) {
  const names = { id: `setting-${testName(item.path)}`, testid: `setting-${testName(item.path)}` };
  const label = el('label', { for: names.id }, settingName(words, item.path));
  switch (item.kind) {
    case 'switch': {
      const box = el('input', { type: 'checkbox', role: 'switch', ...names, on: { change: () => change(box.checked ? 'on' : 'off') } });
      return { root: el('div', { class: 'setting' }, label, box), show: ({ value }) => { box.checked = value === 'on'; } };
    }
    case 'choice': {
      const select = el('select', { ...names, on: { change: () => change(select.value) } },
        ...item.options.map((option) => el('option', { value: option }, optionName(words, item.path, option))));
      return { root: el('div', { class: 'setting' }, label, select), show: ({ value }) => { if (document.activeElement !== select) select.value = value; } };
    }
    case 'number': {
      const field = el('input', { type: 'number', ...names, min: item.low, max: item.high, step: item.step });
      return entry(words, label, field, change, (text) => String(Math.trunc(Number(text))));
    }
    case 'text': {
      const field = el('input', { type: 'text', ...names, autocomplete: 'off', spellcheck: 'false' });
      return entry(words, label, field, change, (text) => text.normalize('NFC').trim());
    }
  }
}

/** A field and the button that sends it: what is half typed is nobody's setting. @param {Words} words @param {HTMLElement} label @param {HTMLInputElement} field @param {(value: string) => void} change @param {(text: string) => string} read @returns {Row} */
function entry(words, label, field, change, read) {
  let shown = '';
  const send = () => {
    const value = read(field.value);
    if (field.value.trim() !== '' && value !== shown) change(value);
  };
  field.addEventListener('keydown', (event) => { if (event.key === 'Enter' && !event.isComposing) send(); });
  const set = button(words.text('console.settings.set'), send);
  return {
    root: el('div', { class: 'setting' }, label, el('div', { class: 'setting-entry' }, field, set)),
    show: ({ value }) => {
      if (field.value === shown || document.activeElement !== field) field.value = value;
      shown = value;
    },
  };
}

/** @param {string} name */
function testName(name) {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
}

/** @param {Words} words @param {string} name */
function groupName(words, name) {
  return words.has(`menu.${name}`) ? words.text(`menu.${name}`) : settingName(words, name);
}

/** The name of an option where we have one, of a language in its own words, else as the TV calls it. @param {Words} words @param {string} path @param {string} option */
function optionName(words, path, option) {
  const own = path.endsWith('language') ? words.ownName(option) : '';
  if (own) return own;
  return words.has(`option.${option}`) ? words.text(`option.${option}`) : option.replaceAll('_', ' ');
}

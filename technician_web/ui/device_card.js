/** @file What the desk knows of the product before the technician: whose it is to address, and what covers it until when. */

import { button, facts } from './controls.js';
import { el, fill } from './dom.js';
import { asProblem } from './problems.js';

/** @typedef {import('./screen.js').Context} Context */
/** @typedef {import('./screen.js').SessionState} SessionState */
/** @typedef {import('../core/types.js').DeviceCard} Card */

// A service without products has no cards, and a session that is over needs none: neither is anything to say.
const NOTHING_TO_SAY = ['not-found', 'session-not-live', 'not-signed-in'];

/** @param {Context} context */
export function deviceCard(context) {
  const root = el('div', { class: 'device-card', testid: 'device-card', 'aria-live': 'polite' });
  let isAsked = false;

  const load = async () => {
    const { words, session } = context;
    fill(root, el('p', { class: 'row-text' }, words.text('console.card.loading')));
    try {
      fill(root, ...shown(context, await context.deviceCard(session?.state.session ?? '', session?.credential ?? '')));
    } catch (error) {
      const { slug } = asProblem(error);
      fill(root, ...(NOTHING_TO_SAY.includes(slug) ? [] : [el('p', { class: 'row-text' }, words.text('console.card.failed')),
        button(words.text('console.try_again'), () => void load(), { weight: 'quiet', testid: 'device-card-again' })]));
    }
  };
  /** Once, as soon as the customer has said yes and the maker's word on the unit holds. @param {SessionState} state */
  const draw = ({ enrolment, times }) => {
    if (isAsked || enrolment.state !== 'confirmed' || !times.active) return;
    isAsked = true;
    void load();
  };
  return { root, draw };
}

/** @param {Context} context @param {Card} card */
function shown({ words }, { known, model, manufactured_on, registered_at, owner, covers }) {
  if (!known) return [el('p', { class: 'row-text' }, words.text('console.card.unknown'))];
  return [facts([
    [words.text('console.card.product'), model?.name ?? '–'],
    [words.text('console.card.made'), manufactured_on === null ? '–' : words.day(manufactured_on)],
    [words.text('console.card.owner'), owner
      ? `${owner.called}, ${words.ownName(owner.language) || owner.language}` : words.text(`console.card.${registered_at ? 'unnamed' : 'not_registered'}`)],
    ...covers.map((cover) => /** @type {[string, string]} */ ([words.text(`console.card.right.${cover.right}`), until(words, cover)])),
    ...(covers.length ? [] : [/** @type {[string, string]} */ ([words.text('console.card.cover'), words.text('console.card.no_date')])]),
  ])];
}

/** Never a date without what it rests on. @param {import('./words.js').Words} words @param {Card['covers'][number]} cover */
function until(words, { standing, starts_on, ends_on, basis }) {
  const dates = words.text(`console.card.${standing}`, { first: words.day(starts_on), last: words.day(ends_on) });
  return words.text('console.card.dates', { dates, basis: words.text(`console.card.basis.${basis}`) });
}

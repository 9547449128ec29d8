/** @file Type, subtype, category, model: fills each list when the one before it is chosen, without a new page.
 *
 * Where the server cannot be asked, the button that the page has without this script does it.
 */

const ADDRESSES = /** @type {const} */ ([
  { name: 'type', next: 'subtype', address: '/api/v1/catalogue/subtypes?type=' },
  { name: 'subtype', next: 'category', address: '/api/v1/catalogue/categories?subtype=' },
  { name: 'category', next: 'model', address: '/api/v1/catalogue/models?category=' },
]);

/** @param {HTMLFormElement} form @param {string} name */
function list(form, name) {
  const found = form.elements.namedItem(name);
  if (!(found instanceof HTMLSelectElement)) throw new Error(`no list ${name}`);
  return found;
}

/** Empties a list and what hangs on it; its first entry, the one that asks to choose, stays.
 * @param {HTMLFormElement} form @param {string} name */
function empty(form, name) {
  const select = list(form, name);
  select.replaceChildren(...Array.from(select.options).slice(0, 1));
  select.selectedIndex = 0;
  select.disabled = true;
  const below = ADDRESSES.find((step) => step.name === name);
  if (below) empty(form, below.next);
}

/** @param {string} address @returns {Promise<{ code: string, name: string }[]>} */
async function choices(address) {
  const answer = await fetch(address, { headers: { 'Accept-Language': document.documentElement.lang } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  const body = await answer.json();
  return body.groups ?? body.models;
}

/** @param {HTMLFormElement} form @param {typeof ADDRESSES[number]} step */
async function follow(form, step) {
  const above = list(form, step.name);
  const chosen = above.value;
  empty(form, step.next);
  if (!chosen) return;
  let found;
  try {
    found = await choices(step.address + encodeURIComponent(chosen));
  } catch {
    narrow(form, true);
    return;
  }
  if (above.value !== chosen) return; // another was chosen meanwhile
  const select = list(form, step.next);
  select.append(...found.map(({ code, name }) => new Option(name, code)));
  select.disabled = found.length === 0;
  document.getElementById(`hint-${step.next}`)?.toggleAttribute('hidden', found.length > 0);
  finish(form);
}

/** The way without this script: shown where it is needed. @param {HTMLFormElement} form @param {boolean} shown */
function narrow(form, shown) {
  form.querySelector('button[value="narrow"]')?.toggleAttribute('hidden', !shown);
}

/** One button, which goes on once all is chosen. @param {HTMLFormElement} form */
function finish(form) {
  form.querySelector('button[value="continue"]')?.toggleAttribute('hidden', list(form, 'model').disabled);
}

/** The first list that holds another entry than the page came with: chosen before this script was here, or put back
 * by the browser. @param {HTMLFormElement} form */
function chosenEarly(form) {
  return ADDRESSES.find(({ name }) => {
    const { options, value } = list(form, name);
    return value !== (Array.from(options).find((option) => option.defaultSelected)?.value ?? '');
  });
}

for (const form of document.querySelectorAll('form[data-cascade]')) {
  if (!(form instanceof HTMLFormElement)) continue;
  narrow(form, false);
  for (const step of ADDRESSES) list(form, step.name).addEventListener('change', () => follow(form, step));
  finish(form);
  const early = chosenEarly(form);
  if (early) follow(form, early);
}

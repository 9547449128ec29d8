/** @file Signing in with a passkey, and adding one. The browser does it all; this carries what it says. */

const PARTS = {
  get: {
    options: '/api/v1/customers/passkeys/sign-in/options',
    answer: '/api/v1/customers/passkeys/sign-in',
    said: ['clientDataJSON', 'authenticatorData', 'signature', 'userHandle'],
  },
  create: {
    options: '/api/v1/me/passkeys/options',
    answer: '/api/v1/me/passkeys',
    said: ['clientDataJSON', 'attestationObject'],
  },
};
const NAME_MOST = 40;
/** The service's refusal of any sign-in: of a passkey the page's own words say more. */
const SPEAKS_OF_A_PASSWORD = 'urn:alongside:problem:sign-in-refused';

/** What the page says of it instead of its own words. */
class Refused extends Error {}

/** @param {string} address @param {string} csrf @param {unknown} body */
async function post(address, csrf, body) {
  const headers = {
    'Accept-Language': document.documentElement.lang,
    'Content-Type': 'application/json',
    'X-CSRF-Token': csrf,
  };
  const answer = await fetch(address, { method: 'POST', headers, body: JSON.stringify(body) });
  const said = await answer.json();
  if (!answer.ok) throw SPEAKS_OF_A_PASSWORD === said.type ? new Error(said.type) : new Refused(said.title);
  return said;
}

/** What the browser's passkey says, as far as the server looks at it.
 * @param {any} credential @param {string[]} said */
function told(credential, said) {
  const { id, rawId, type, response } = credential.toJSON();
  const kept = said.map((name) => [name, response[name] ?? '']);
  return { id, rawId, type, response: Object.fromEntries(kept) };
}

/** @param {'get' | 'create'} what @param {DOMStringMap} facts @param {string} [password] */
async function use(what, facts, password) {
  const { options, answer, said } = PARTS[what];
  const csrf = facts['csrf'] ?? '';
  const { publicKey } = await post(options, csrf, password === undefined ? {} : { password });
  const Credential = /** @type {any} */ (window.PublicKeyCredential);
  const credential = what === 'get'
    ? told(await navigator.credentials.get({ publicKey: Credential.parseRequestOptionsFromJSON(publicKey) }), said)
    : told(await navigator.credentials.create({ publicKey: Credential.parseCreationOptionsFromJSON(publicKey) }), said);
  await post(answer, csrf, what === 'get' ? { credential } : { name: device(), credential });
  location.assign((facts['after'] ?? '/my') + (what === 'get' ? location.hash : ''));
}

/** A name by which its owner knows a passkey again: the kind of device it was made on. */
function device() {
  const [, inside] = /\(([^)]*)\)/.exec(navigator.userAgent) ?? [];
  return (inside ?? 'Passkey').split(';').slice(0, 2).join(',').slice(0, NAME_MOST);
}

/** @param {HTMLElement} box */
function serve(box) {
  const what = box.dataset['passkey'] === 'create' ? 'create' : 'get';
  const button = /** @type {HTMLButtonElement} */ (box.querySelector('button'));
  const failed = /** @type {HTMLElement} */ (box.querySelector('[data-passkey-failed]'));
  const words = /** @type {HTMLElement} */ (failed.querySelector('span'));
  const field = box.querySelector('input');
  const usual = words.textContent;

  /** @param {string | null} text */
  const fail = (text) => {
    words.textContent = text || usual;
    failed.hidden = false;
    field?.focus();
  };
  const begin = async () => {
    failed.hidden = true;
    if (field?.value === '') return fail(failed.dataset['missing'] ?? '');
    button.disabled = true;
    return use(what, box.dataset, field?.value)
      .catch((error) => fail(error instanceof Refused ? error.message : ''))
      .finally(() => { button.disabled = false; });
  };
  button.addEventListener('click', begin);
  field?.addEventListener('keydown', (event) => { if (event.key === 'Enter' && !button.disabled) begin(); });
  box.hidden = false;
}

for (const box of document.querySelectorAll('[data-passkey]')) {
  if (box instanceof HTMLElement && 'parseRequestOptionsFromJSON' in (window.PublicKeyCredential ?? {})) serve(box);
}

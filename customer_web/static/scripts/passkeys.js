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

/** @param {string} address @param {string} csrf @param {unknown} body */
async function post(address, csrf, body) {
  const headers = { 'X-CSRF-Token': csrf, 'Content-Type': 'application/json' };
  const answer = await fetch(address, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

/** What the browser's passkey says, as far as the server looks at it.
 * @param {any} credential @param {string[]} said */
function told(credential, said) {
  const { id, rawId, type, response } = credential.toJSON();
  const kept = said.map((name) => [name, response[name] ?? '']);
  return { id, rawId, type, response: Object.fromEntries(kept) };
}

/** @param {'get' | 'create'} what @param {DOMStringMap} facts */
async function use(what, facts) {
  const { options, answer, said } = PARTS[what];
  const csrf = facts['csrf'] ?? '';
  const { publicKey } = await post(options, csrf, {});
  const Credential = /** @type {any} */ (window.PublicKeyCredential);
  const credential = what === 'get'
    ? told(await navigator.credentials.get({ publicKey: Credential.parseRequestOptionsFromJSON(publicKey) }), said)
    : told(await navigator.credentials.create({ publicKey: Credential.parseCreationOptionsFromJSON(publicKey) }), said);
  await post(answer, csrf, what === 'get' ? { credential } : { name: device(), credential });
  location.assign(facts['after'] ?? '/my');
}

/** A name by which its owner knows a passkey again: the kind of device it was made on. */
function device() {
  const [, inside] = /\(([^)]*)\)/.exec(navigator.userAgent) ?? [];
  return (inside ?? 'Passkey').split(';').slice(0, 2).join(',').slice(0, NAME_MOST);
}

for (const box of document.querySelectorAll('[data-passkey]')) {
  if (!(box instanceof HTMLElement) || !('parseRequestOptionsFromJSON' in (window.PublicKeyCredential ?? {}))) continue;
  box.hidden = false;
  box.querySelector('button')?.addEventListener('click', () => {
    const failed = box.querySelector('[data-passkey-failed]');
    failed?.toggleAttribute('hidden', true);
    const what = box.dataset['passkey'] === 'create' ? 'create' : 'get';
    use(what, box.dataset).catch(() => failed?.toggleAttribute('hidden', false));
  });
}

/**
 * @file The number that a product's own link carries behind the `#`, which browsers keep to themselves (INV-C4): taken
 * through the sign-in, then typed into its field. Without scripts it is typed by hand.
 */

const carried = new URLSearchParams(location.hash.slice(1)).get('serial');

/** The page after the sign-in keeps what its form's address has behind the `#` (Fetch, HTTP-redirect fetch). */
const signIn = document.querySelector('form[action="/sign-in"]');
if (carried && signIn instanceof HTMLFormElement) signIn.action = `/sign-in${location.hash}`;

const field = document.getElementById('field-identifier');
if (carried && field instanceof HTMLInputElement && field.value === '') {
  field.value = carried;
  history.replaceState(null, '', location.pathname + location.search);
}

/** @file Builds elements. The only way text enters the page is as a text node: there is no markup anywhere (INV-G5). */

/** @typedef {Node | string | null | undefined | false} Child */
/** @typedef {{ [name: string]: string | number | boolean | null | undefined | Listeners }} Attributes */
/** @typedef {{ [event: string]: (event: any) => void }} Listeners The element decides what event it fires. */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {Attributes} [attributes] @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  apply(node, attributes);
  node.append(...present(children));
  return node;
}

/** @param {string} tag @param {Attributes} attributes @param {...Child} children */
export function svg(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  apply(node, attributes);
  node.append(...present(children));
  return node;
}

/** Writes only what changed, so that nothing is drawn or read aloud anew. @param {Element} node @param {string} text */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** @param {Element} node @param {string} name @param {string | boolean | null} value */
export function setAttribute(node, name, value) {
  if (value === null || value === false) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value === true ? '' : value);
}

/** @param {Element} node @param {...Child} children */
export function fill(node, ...children) {
  node.replaceChildren(...present(children));
}

/** @param {Element} node @param {Attributes} attributes */
function apply(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'object') listen(node, value);
    else node.setAttribute(name === 'testid' ? 'data-testid' : name, value === true ? '' : String(value));
  }
}

/** @param {Element} node @param {Listeners} listeners */
function listen(node, listeners) {
  for (const [event, call] of Object.entries(listeners)) node.addEventListener(event, call);
}

/** @param {Child[]} children @returns {(Node | string)[]} */
function present(children) {
  return /** @type {(Node | string)[]} */ (children.filter((child) => child || child === ''));
}

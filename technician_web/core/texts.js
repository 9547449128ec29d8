/** @file Which texts may be put in front of a person (seal SPEC §6). */

/** Controls, direction marks, line breaks: nothing that hides or turns what is read. @param {unknown} text @param {number} least @param {number} most @returns {text is string} */
export function isPlain(text, least, most) {
  if (typeof text !== 'string') return false;
  const size = [...text].length;
  return size >= least && size <= most && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text);
}

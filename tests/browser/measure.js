/** @file Run in the page: what a reader would find cut, covered, spilt over its box or left as a key. */
() => {
  // Drawn to be cut: one line that drops its last facts, a drawing, what only screen readers hear, the ghost of the code.
  const CUT = '.visually-hidden, .tv-drawing, .tv-drawing *, .code-ghost, .strip-facts, .strip-facts *, .bar-title, .skip';
  const BOXES = 'button, .button, .chip, .card, .notice, .ask, .menu-panel, .bar, .session-bar, .live-chip';
  const wide = document.documentElement;
  const found = [];
  if (wide.scrollWidth > wide.clientWidth) found.push(`page is ${wide.scrollWidth} wide, the window ${wide.clientWidth}`);

  const name = (node) => `${node.tagName.toLowerCase()}.${node.className}`;
  const says = (text) => `“${text.trim().slice(0, 60)}”`;
  const isLayer = (node) => ['fixed', 'absolute', 'sticky'].includes(getComputedStyle(node).position);
  const clips = (node) => /hidden|clip/.test(getComputedStyle(node).overflowX + getComputedStyle(node).overflowY);
  const up = (node, holds) => {
    for (let at = node; at && at !== document.body; at = at.parentElement) if (holds(at)) return at;
    return null;
  };
  const isHeardAlone = (node) => getComputedStyle(node).clipPath === 'inset(50%)';
  const outside = (line, box, spare) => line.left < box.left - spare || line.right > box.right + spare
    || line.top < box.top - spare || line.bottom > box.bottom + spare;

  /** Every line of text that shows, with what it stands in. */
  const lines = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const parent = text.parentElement;
    if (!text.data.trim() || !parent || parent.closest(`svg, script, style, [hidden], ${CUT}`)) continue;
    if (up(parent, isHeardAlone)) continue;
    if (!parent.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const places = { text, box: parent.closest(BOXES), layer: up(parent, isLayer), frame: up(parent, clips) };
    for (const line of range.getClientRects()) if (line.width && line.height) lines.push({ ...places, line });
  }
  for (const { text, line, box, frame } of lines) {
    if (line.right > wide.clientWidth + 1 || line.left < -1) found.push(`${says(text.data)} leaves the page`);
    if (box && outside(line, box.getBoundingClientRect(), 3)) found.push(`${says(text.data)} leaves ${name(box)}`);
    if (frame && outside(line, frame.getBoundingClientRect(), 3)) found.push(`${says(text.data)} is cut by ${name(frame)}`);
  }
  lines.forEach((one, place) => {
    for (const other of lines.slice(place + 1)) {
      if (one.text === other.text || one.layer !== other.layer) continue;
      const across = Math.min(one.line.right, other.line.right) - Math.max(one.line.left, other.line.left);
      const down = Math.min(one.line.bottom, other.line.bottom) - Math.max(one.line.top, other.line.top);
      if (across > 2 && down > 4) found.push(`${says(one.text.data)} lies over ${says(other.text.data)}`);
    }
  });
  for (const node of document.querySelectorAll('body *')) {
    if (node.closest(`svg, [hidden], ${CUT}`) || ['INPUT', 'CANVAS', 'SELECT'].includes(node.tagName)) continue;
    if (getComputedStyle(node).display === 'inline' || !node.clientWidth || up(node, isHeardAlone)) continue;
    const holdsText = node.children.length === 0 || clips(node);
    if (holdsText && node.scrollWidth > node.clientWidth + 1) found.push(`${name(node)} spills: ${says(node.textContent ?? '')}`);
  }
  const texts = [document.title];
  for (const node of document.querySelectorAll('body *')) {
    texts.push(...Array.from(node.childNodes, (child) => (child instanceof Text ? child.data : '')));
    texts.push(node.getAttribute('aria-label') ?? '', node.getAttribute('title') ?? '');
  }
  for (const [left] of texts.join('\n').matchAll(/\{[a-z_]*\}|\b(?:console|end|grant|key|setting|duration|problem)\.[a-z_-]+(?:\.[a-z_-]+)+/g)) {
    found.push(`${left} is shown`);
  }
  return [...new Set(found)];
}

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
  /** What an element hands down: the layer it lies in, what cuts it, whether only screen readers hear it. Asked once each. */
  const kept = new Map([[document.body, { layer: null, frame: null, silent: false, clips: false }]]);
  const of = (node) => {
    const known = kept.get(node);
    if (known) return known;
    const above = of(node.parentElement);
    const { position, overflowX, overflowY, clipPath } = getComputedStyle(node);
    const clips = /hidden|clip/.test(overflowX + overflowY);
    const own = {
      layer: ['fixed', 'absolute', 'sticky'].includes(position) ? node : above.layer,
      frame: clips ? node : above.frame, silent: above.silent || clipPath === 'inset(50%)', clips,
    };
    kept.set(node, own);
    return own;
  };
  const plain = ({ left, right, top, bottom }) => ({ left, right, top, bottom });
  const boxes = new Map();
  const boxOf = (node) => {
    if (!boxes.has(node)) boxes.set(node, plain(node.getBoundingClientRect()));
    return boxes.get(node);
  };
  const outside = (line, box, spare) => line.left < box.left - spare || line.right > box.right + spare
    || line.top < box.top - spare || line.bottom > box.bottom + spare;

  /** Every line of text that shows, with what it stands in. */
  const lines = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const parent = text.parentElement;
    if (!text.data.trim() || !parent || parent.closest(`svg, script, style, [hidden], ${CUT}`)) continue;
    if (of(parent).silent || !parent.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const places = { text, box: parent.closest(BOXES), layer: of(parent).layer, frame: of(parent).frame };
    for (const line of range.getClientRects()) if (line.width && line.height) lines.push({ ...places, line: plain(line) });
  }
  for (const { text, line, box, frame } of lines) {
    if (line.right > wide.clientWidth + 1 || line.left < -1) found.push(`${says(text.data)} leaves the page`);
    if (box && outside(line, boxOf(box), 3)) found.push(`${says(text.data)} leaves ${name(box)}`);
    if (frame && outside(line, boxOf(frame), 3)) found.push(`${says(text.data)} is cut by ${name(frame)}`);
  }
  lines.forEach((one, place) => {
    for (const other of lines.slice(place + 1)) {
      if (one.text === other.text || one.layer !== other.layer) continue;
      const across = Math.min(one.line.right, other.line.right) - Math.max(one.line.left, other.line.left);
      const down = Math.min(one.line.bottom, other.line.bottom) - Math.max(one.line.top, other.line.top);
      if (across > 2 && down > 4) found.push(`${says(one.text.data)} lies over ${says(other.text.data)}`);
    }
  });
  // The strip drops its last facts, but never how old the picture is, why, and that parts of it are covered.
  for (const node of document.querySelectorAll('.strip-facts > :is(.age, .cause, .masked):not(:empty)')) {
    if (outside(boxOf(node), boxOf(node.parentElement), 1)) found.push(`${says(node.textContent)} is dropped from the strip`);
  }
  for (const node of document.querySelectorAll('body *')) {
    if (!node.clientWidth || node.scrollWidth <= node.clientWidth + 1) continue;
    if (node.closest(`svg, [hidden], ${CUT}`) || ['INPUT', 'CANVAS', 'SELECT'].includes(node.tagName)) continue;
    if (of(node).silent || getComputedStyle(node).display === 'inline') continue;
    if (node.children.length === 0 || of(node).clips) found.push(`${name(node)} spills: ${says(node.textContent ?? '')}`);
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

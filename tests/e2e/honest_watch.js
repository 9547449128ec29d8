/**
 * Notes what a technician sees of the picture, each time it is another thing, when that was painted.
 *
 * `unexplained` says what is wrong with it: black without a word, a word that cannot be seen, nothing at all.
 */
(() => {
  const DARK = 24;
  const LOOK_MS = 250;
  const by = (id) => document.querySelector(`[data-testid="${id}"]`);
  const small = new OffscreenCanvas(32, 18).getContext('2d', { willReadFrequently: true });

  const isBlack = (canvas) => {
    small.drawImage(canvas, 0, 0, 32, 18);
    const { data } = small.getImageData(0, 0, 32, 18);
    for (let at = 0; at < data.length; at += 4) if (Math.max(data[at], data[at + 1], data[at + 2]) > DARK) return false;
    return true;
  };
  const inside = (inner, outer) => inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1 && inner.left >= outer.left - 1 && inner.right <= outer.right + 1;
  const canBeRead = (node, within) => {
    const box = node?.getBoundingClientRect();
    return Boolean(node?.textContent.trim() && box.width > 0 && box.height > 0 && inside(box, within.getBoundingClientRect()));
  };

  const unexplained = () => {
    const picture = document.querySelector('.picture');
    const canvas = by('live-view');
    if (!picture || !canvas) return 'no picture on the page';
    const { fresh } = picture.dataset;
    const title = picture.querySelector('.over-title');
    if (getComputedStyle(canvas).visibility === 'hidden') return canBeRead(title, picture) ? '' : `nothing in place of the picture, which is ${fresh}`;
    if (fresh === 'stale' && !canBeRead(title, picture)) return 'an old picture without a word';
    if (isBlack(canvas)) return `a black picture, which is ${fresh}`;
    const cause = by('picture-cause');
    if (cause?.textContent && !canBeRead(cause, cause.parentElement)) return `cut off: ${cause.textContent}`;
    return '';
  };

  const seen = () => ({
    state: by('session-state')?.dataset.state ?? '',
    fresh: document.querySelector('.picture')?.dataset.fresh ?? '',
    title: document.querySelector('.picture .over-title')?.textContent ?? '',
    cause: by('picture-cause')?.dataset.cause ?? '',
    words: by('picture-cause')?.textContent ?? '',
    masked: by('picture-masked')?.textContent ?? '',
  });

  let last = '';
  let lookedAt = 0;
  const note = () => {
    const at = Date.now(); // to look at a picture takes a slow page long, so it comes after
    const what = seen();
    const text = JSON.stringify(what);
    const changed = text !== last;
    if (!changed && at - lookedAt < LOOK_MS) return;
    [last, lookedAt] = [text, at];
    const wrong = what.state === 'active' ? unexplained() : '';
    if (changed || wrong) window.alongsideTold(JSON.stringify({ ...what, unexplained: wrong, at }));
  };
  // Comes next after the frame, before all else that waits: what it reads is what was painted.
  const frame = () => {
    requestAnimationFrame(frame);
    void scheduler.postTask(note, { priority: 'user-blocking' });
  };
  requestAnimationFrame(frame);
})();

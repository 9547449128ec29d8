/** @file Where a picture lies under a window of its own, how much enlarged. Pure. */

/** Whole steps, so that every pixel of the picture is as large as every other. */
export const STEPS = /** @type {const} */ ([1, 2, 4, 8, 16]);
/** From this on a grid can be seen between pixels. */
export const GRID_FROM = 8;

/** @typedef {{ width: number, height: number }} Size */
/** `scale` 0 shows all of the picture; `x`, `y` is the place of the picture in the middle. @typedef {{ scale: number, x: number, y: number }} Zoom */

/** @param {Size} picture @returns {Zoom} */
export const whole = ({ width, height }) => ({ scale: 0, x: width / 2, y: height / 2 });

/** Pixels of the window for one of the picture. @param {Zoom} zoom @param {Size} picture @param {Size} view */
export function scaleOf({ scale }, picture, view) {
  return scale || Math.min(view.width / picture.width, view.height / picture.height);
}

/** One step nearer (1) or further (-1), around the middle. @param {Zoom} zoom @param {1 | -1} by @param {Size} picture @param {Size} view @returns {Zoom} */
export function stepped(zoom, by, picture, view) {
  const now = scaleOf(zoom, picture, view);
  const next = by > 0 ? STEPS.find((step) => step > now) : STEPS.findLast((step) => step < now);
  const all = scaleOf(whole(picture), picture, view);
  if (next === undefined || (by < 0 && next <= all)) return by > 0 ? zoom : whole(picture);
  return held({ ...zoom, scale: next }, picture, view);
}

/** By so many pixels of the window. @param {Zoom} zoom @param {number} dx @param {number} dy @param {Size} picture @param {Size} view */
export function moved(zoom, dx, dy, picture, view) {
  const scale = scaleOf(zoom, picture, view);
  return held({ ...zoom, x: zoom.x + dx / scale, y: zoom.y + dy / scale }, picture, view);
}

/** Nothing beyond the edges, and what is smaller than the window in its middle. @param {Zoom} zoom @param {Size} picture @param {Size} view @returns {Zoom} */
export function held(zoom, picture, view) {
  const scale = scaleOf(zoom, picture, view);
  /** @param {number} place @param {number} size @param {number} seen */
  const within = (place, size, seen) => (seen >= size ? size / 2 : Math.min(Math.max(place, seen / 2), size - seen / 2));
  return { scale: zoom.scale, x: within(zoom.x, picture.width, view.width / scale), y: within(zoom.y, picture.height, view.height / scale) };
}

/** Where the picture's upper left corner lies in the window. @param {Zoom} zoom @param {Size} picture @param {Size} view */
export function cornerOf(zoom, picture, view) {
  const scale = scaleOf(zoom, picture, view);
  return { x: Math.round(view.width / 2 - zoom.x * scale), y: Math.round(view.height / 2 - zoom.y * scale), scale };
}

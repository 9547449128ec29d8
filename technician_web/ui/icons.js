/** @file Line icons on a 24 grid. They repeat what the word beside them says and are hidden from screen readers. */

import { svg } from './dom.js';

/** @typedef {keyof typeof PATHS} IconName */

const PATHS = {
  arrow_down: 'M6 10l6 5 6-5',
  arrow_left: 'M14 6l-5 6 5 6',
  arrow_right: 'M10 6l5 6-5 6',
  arrow_up: 'M6 14l6-5 6 5',
  back: 'M9 8L5 12l4 4M5 12h9a5 5 0 0 1 5 5',
  badge: 'M12 3l7 2.5V11c0 4.6-2.9 8-7 10-4.1-2-7-5.4-7-10V5.5zM9 11.5l2.2 2.2L15.2 9.7',
  ban: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM6 6l12 12',
  camera: 'M3.5 8H7l1.5-2.5h7L17 8h3.5v11h-17zM12 10a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4z',
  camera_off: 'M4 7h8a2 2 0 0 1 2 2v6M14 12l6-4v9M12.5 18H5a2 2 0 0 1-2-2V9M3.5 3.5l17 17',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  clock: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 7.5V12l3 2',
  close: 'M6 6l12 12M18 6L6 18',
  cloud_off: 'M8 18h9a4 4 0 0 0 1.3-7.8A6 6 0 0 0 9.5 7M6.5 9.5A4.3 4.3 0 0 0 7 18M4 4l16 16',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z',
  eye_off: 'M9.9 5.8A9.7 9.7 0 0 1 12 5.5c6 0 9.5 6.5 9.5 6.5a16 16 0 0 1-2.7 3.5M6.3 7.4A15.6 15.6 0 0 0 2.5 12S6 18.5 12 18.5a9.3 9.3 0 0 0 4-.9M4 4l16 16',
  flag: 'M6 21V4M6 5h11l-2.5 4L17 13H6',
  globe: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM3.5 12h17M12 3.5c5 5 5 12 0 17M12 3.5c-5 5-5 12 0 17',
  home: 'M4 11l8-7 8 7M6 9.5V20h12V9.5',
  hourglass: 'M7 3.5h10M7 20.5h10M8 3.5c0 5 8 6 8 8.5s-8 3.5-8 8.5M16 3.5c0 5-8 6-8 8.5s8 3.5 8 8.5',
  info: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 11v5M12 8v.01',
  keyboard: 'M3 7h18v10H3zM6.5 10h.01M10 10h.01M13.5 10h.01M17 10h.01M8 13.8h8',
  leave: 'M14 4h5v16h-5M4 12h10M10 8l4 4-4 4',
  list: 'M4 6.5h16M4 12h16M4 17.5h10',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  menu: 'M4 8h9M17 8h3M4 16h3M11 16h9M15 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6zM9 14.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z',
  monitor: 'M3.5 5h17v11.5h-17zM8.5 20h7M12 16.5V20',
  no_answer: 'M4 5h16v11H9l-5 4zM9.5 8l5 5M14.5 8l-5 5',
  person: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20.5c.6-4 3.6-6 7.5-6s6.9 2 7.5 6',
  power: 'M12 3v8M6.8 6.5a7.7 7.7 0 1 0 10.4 0',
  record: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z',
  remote: 'M9 2.5h6a1.5 1.5 0 0 1 1.5 1.5v16a1.5 1.5 0 0 1-1.5 1.5H9A1.5 1.5 0 0 1 7.5 20V4A1.5 1.5 0 0 1 9 2.5zM12 6a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM12 14h.01M12 17.5h.01',
  server: 'M4 4.5h16v6H4zM4 13.5h16v6H4zM7.5 7.5h.01M7.5 16.5h.01',
  settings: 'M4 8h9M17 8h3M4 16h3M11 16h9M15 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6zM9 14.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z',
  shield_alert: 'M12 3l7 2.5V11c0 4.6-2.9 8-7 10-4.1-2-7-5.4-7-10V5.5zM12 8v4.5M12 15.8v.01',
  source: 'M3.5 5h17v11.5h-17zM12 13.5v-5M9.5 10.5L12 8l2.5 2.5M8 20h8',
  speech: 'M4 5h16v11H9l-5 4zM8 9h8M8 12.2h5',
  stop_hand: 'M8 3.5h8l4.5 4.5v8L16 20.5H8L3.5 16V8zM9 9h6v6H9z',
  unplugged: 'M9 3v4M15 3v4M6.5 7h11v4a5.5 5.5 0 0 1-3 4.9M12 21v-4.5a5.5 5.5 0 0 1-5.5-5.5M4 4l16 16',
  volume_down: 'M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 12h5',
  volume_up: 'M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 12h5M18 9.5v5',
  warning: 'M12 4L2.8 19.5h18.4zM12 10v4.5M12 17.2v.01',
  wifi: 'M3 9.5a13 13 0 0 1 18 0M6 13a8.5 8.5 0 0 1 12 0M9 16.3a4.3 4.3 0 0 1 6 0M12 19.5h.01',
};

/** @param {IconName} name @param {string} [size] '' or a class that sets another size. */
export function icon(name, size = '') {
  return svg('svg', { class: `icon ${size}`.trim(), viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false' },
    svg('path', { d: PATHS[name] }));
}

/** The filled square of Stop and End, and the round light of Live. @param {'stop' | 'live'} what */
export function solid(what) {
  const shape = what === 'stop'
    ? svg('rect', { x: 5, y: 5, width: 14, height: 14, rx: 2.5 })
    : svg('circle', { cx: 12, cy: 12, r: 7 });
  return svg('svg', { class: 'icon solid', viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false' }, shape);
}

/** Two bars side by side: one accent, one violet. */
export function mark() {
  return svg('svg', { class: 'mark', viewBox: '0 0 22 22', 'aria-hidden': 'true', focusable: 'false' },
    svg('rect', { class: 'mark-one', x: 1, y: 1, width: 9, height: 20, rx: 4.5 }),
    svg('rect', { class: 'mark-two', x: 12, y: 1, width: 9, height: 20, rx: 4.5 }));
}

/** @file The camera as a scanner: the browser's own reader where it has one, else pictures go to the server.
 *
 * What is read is always judged by the server, so that a pairing code is never taken for a registration.
 */

const PAUSE_MS = 700;
const LONGEST_SIDE = 1280;
const VERDICTS = ['pairing-code-only', 'packaging-code', 'several-products', 'not-a-product-code'];

/**
 * @typedef {{ detect(source: HTMLVideoElement): Promise<unknown[]> }} Reader
 * @typedef {{ number: string } | { problem: string }} Verdict
 */

class Scanner {
  /** @type {HTMLElement} */ #box;
  /** @type {MediaStream | null} */ #stream = null;
  /** @type {Reader | null} */ #reader = null;

  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.#box = parent;
    const Detector = /** @type {any} */ (window)['BarcodeDetector'];
    if (Detector) this.#reader = new Detector();
  }

  wait() {
    this.#part('[data-scan-start]').addEventListener('click', () => void this.#start());
    this.#part('[data-scan-stop]').addEventListener('click', () => this.#stop());
    window.addEventListener('pagehide', () => this.#stop());
  }

  async #start() {
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    } catch (error) {
      const refused = error instanceof DOMException && error.name === 'NotAllowedError';
      this.#say(refused ? 'refused' : 'no-camera');
      return;
    }
    const video = this.#video();
    video.srcObject = this.#stream;
    video.hidden = false;
    await video.play();
    this.#swap(true);
    this.#say('looking');
    while (this.#stream) {
      await this.#look(video);
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  }

  #stop() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.#video().srcObject = null;
    this.#video().hidden = true;
    this.#swap(false);
    this.#say('');
  }

  /** @param {HTMLVideoElement} video */
  async #look(video) {
    if (this.#reader && (await this.#reader.detect(video).catch(() => ['unsure'])).length === 0) return;
    const picture = await still(video);
    if (!picture || !this.#stream) return;
    const verdict = await judged(picture, this.#box.dataset['csrf'] ?? '');
    if ('number' in verdict) this.#found(verdict.number);
    else this.#say(VERDICTS.includes(verdict.problem) ? verdict.problem : 'looking');
  }

  /** @param {string} number */
  #found(number) {
    const form = this.#part('[data-scan-found]');
    if (!(form instanceof HTMLFormElement)) return;
    const field = form.elements.namedItem('identifier');
    if (field instanceof HTMLInputElement) field.value = number;
    this.#stop();
    form.submit();
  }

  /** @param {boolean} running */
  #swap(running) {
    this.#part('[data-scan-start]').hidden = running;
    this.#part('[data-scan-stop]').hidden = !running;
    this.#part(running ? '[data-scan-stop]' : '[data-scan-start]').focus();
  }

  /** @param {string} state */
  #say(state) {
    for (const said of this.#box.querySelectorAll('[data-scan-state]')) {
      if (said instanceof HTMLElement) said.hidden = said.dataset['scanState'] !== state;
    }
  }

  /** @param {string} selector @returns {HTMLElement} */
  #part(selector) {
    const found = this.#box.querySelector(selector);
    if (!(found instanceof HTMLElement)) throw new Error(`no ${selector}`);
    return found;
  }

  #video() {
    const found = this.#part('video');
    if (!(found instanceof HTMLVideoElement)) throw new Error('no video');
    return found;
  }
}

/** The picture as it is now, as a JPEG no longer than the server reads gladly. @param {HTMLVideoElement} video
 * @returns {Promise<Blob | null>} */
async function still(video) {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight, 1));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  if (!canvas.width) return null;
  canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.85));
}

/** @param {Blob} picture @param {string} csrf @returns {Promise<Verdict>} */
async function judged(picture, csrf) {
  try {
    const headers = { 'X-CSRF-Token': csrf, 'Content-Type': picture.type };
    const answer = await fetch('/api/v1/decode', { method: 'POST', headers, body: picture });
    const body = await answer.json();
    return answer.ok ? { number: body.number } : { problem: String(body.type).split(/[/:]/).at(-1) ?? '' };
  } catch {
    return { problem: '' };
  }
}

const box = document.querySelector('[data-scan]');
if (box instanceof HTMLElement && navigator.mediaDevices) {
  box.hidden = false;
  new Scanner(box).wait();
}

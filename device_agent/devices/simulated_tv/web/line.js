/** The line to the set: pictures and states come in, names of keys go out. Comes back by itself when it breaks. */

/**
 * What the set tells; `state` is one of off idle checking pin consent active ended, the rest are texts.
 * @typedef {{name: string, language: string, console: string, state: string, state_text: string, code: string,
 *   code_aloud: string, consent: string, why: string, why_word: string, connected: string, focus: string}} Told
 */

/** @typedef {{picture(image: ImageBitmap): void, told(what: Told): void, lost(): void}} Listener */

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 4000;

export class Line {
  /** @type {Listener} */ #listener;
  /** @type {WebSocket | null} */ #socket = null;
  #wait = FIRST_WAIT_MS;

  /** @param {Listener} listener */
  constructor(listener) {
    this.#listener = listener;
  }

  open() {
    const socket = new WebSocket(`ws://${location.host}/line`);
    socket.binaryType = 'blob';
    socket.addEventListener('message', ({ data }) => this.#receive(socket, data));
    socket.addEventListener('open', () => { this.#wait = FIRST_WAIT_MS; });
    socket.addEventListener('close', () => this.#retry());
    this.#socket = socket;
  }

  /** A key that cannot be sent now is never sent later. @param {string} key */
  press(key) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ press: key }));
  }

  /** What the screen is to stand for. @param {string} shows */
  standFor(shows) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ shows }));
  }

  /**
   * @param {WebSocket} socket
   * @param {unknown} data
   */
  async #receive(socket, data) {
    if (!(data instanceof Blob)) {
      this.#listener.told(JSON.parse(String(data)));
      return;
    }
    const image = await createImageBitmap(data);
    this.#listener.picture(image);
    image.close();
    // Only now may the next one come: a slow page gets fewer pictures, never old ones.
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ drawn: true }));
  }

  #retry() {
    this.#listener.lost();
    setTimeout(() => this.open(), this.#wait);
    this.#wait = Math.min(LONGEST_WAIT_MS, this.#wait * 2);
  }
}

/**
 * A gamepad: its sticks move targets, its buttons act. Gamepads have no events for sticks and buttons, so they are read once
 * per frame, but only while one is connected and the page is visible.
 */

const AXES = 4; // of a standard gamepad: left stick right and down, right stick right and down
const DEAD = 0.15; // of a stick's way, around its middle
const SECONDS = 2; // to cross a slider's range with the stick at its end
const LONGEST = 0.1; // seconds of a step, after a pause

/** What a stick's deflection means, −1 to 1: nothing near the middle, and finer steps beside it. @param {number} value */
export function deflection(value) {
  const size = Math.min(1, Math.abs(value));
  return size < DEAD ? 0 : Math.sign(value) * ((size - DEAD) / (1 - DEAD)) ** 2;
}

/** The buttons that are pressed now and were not before. @param {boolean[]} before @param {boolean[]} now */
export function newlyPressed(before, now) {
  return now.flatMap((pressed, button) => (pressed && !before[button] ? [button] : []));
}

export class GamepadInput {
  #frame = 0;
  #last = 0;
  /** @type {boolean[]} */
  #pressed = [];
  #moving = false;

  /**
   * @param {{move: (axis: number, share: number, since: number) => void, rest: () => void, press: (button: number) => void,
   *     show: (name: string) => void}} on `move` gets the share of the range to move by, up and right are positive; `show` the name of the
   *     connected gamepad, or ""
   */
  constructor(on) {
    this.on = on;
    this.connected = () => this.#start();
    window.addEventListener("gamepadconnected", this.connected);
    window.addEventListener("gamepaddisconnected", this.connected);
    this.#start();
  }

  destroy() {
    cancelAnimationFrame(this.#frame);
    window.removeEventListener("gamepadconnected", this.connected);
    window.removeEventListener("gamepaddisconnected", this.connected);
  }

  /** Begin to read, or end if no gamepad is connected. */
  #start() {
    const pad = connectedPad();
    this.on.show(pad?.id ?? "");
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    if (!pad) return;
    this.#pressed = pad.buttons.map(({ pressed }) => pressed); // a button that is held already does not act
    this.#last = performance.now();
    this.#frame = requestAnimationFrame((now) => this.#read(now));
  }

  /** @param {number} now */
  #read(now) {
    const pad = connectedPad();
    if (!pad) return this.#start();
    const seconds = Math.min(LONGEST, Math.max(0, now - this.#last) / 1000);
    this.#last = now;
    let moved = false;
    pad.axes.slice(0, AXES).forEach((value, axis) => {
      const way = deflection(axis % 2 ? -value : value); // down is positive in the gamepad's values
      if (!way) return;
      moved = true;
      this.on.move(axis, (way * seconds) / SECONDS, now);
    });
    if (this.#moving && !moved) this.on.rest();
    this.#moving = moved;
    const pressed = pad.buttons.map((button) => button.pressed);
    for (const button of newlyPressed(this.#pressed, pressed)) this.on.press(button);
    this.#pressed = pressed;
    this.#frame = requestAnimationFrame((time) => this.#read(time));
  }
}

/** The first connected gamepad. @returns {Gamepad | undefined} */
function connectedPad() {
  try {
    return [...(navigator.getGamepads?.() ?? [])].find((pad) => pad?.connected);
  } catch {
    return undefined; // the page's frame may not use gamepads
  }
}

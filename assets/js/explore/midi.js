/** MIDI: access to the devices, and the meaning of their messages. */

import { t } from "../core/language.js";

const CONTROL_CHANGE = 0xb0;
const MOST = 127; // of a controller's value

/** @typedef {{knob: string, value: number}} KnobEvent the knob's channel and number as "1/20", and its value, 0 to 127 */

/** A message as a turn of a knob; null for any other message. @param {ArrayLike<number> | null | undefined} data @returns {KnobEvent | null} */
export function parseKnob(data) {
  if (data?.length !== 3 || (data[0] & 0xf0) !== CONTROL_CHANGE || data[1] > MOST || data[2] > MOST) return null;
  return { knob: `${(data[0] & 0x0f) + 1}/${data[1]}`, value: data[2] };
}

/** The steps of an endless encoder, whose value is a two's complement of seven bits: 1, 2, … and 127, 126, … @param {number} value */
export function stepsOf(value) {
  return value < 64 ? value : value - 128;
}

/** The name of a knob. @param {string} knob */
export function knobName(knob) {
  const [channel, number] = knob.split("/");
  return channel === "1" ? t("Knob {number}", { number }) : t("Knob {number}, channel {channel}", { number, channel });
}

export class MidiInput {
  /** @type {MIDIAccess | null} */
  #access = null;

  /** @param {(event: KnobEvent, since: number) => void} onKnob @param {() => void} onDevices called when a device came or left */
  constructor(onKnob, onDevices) {
    this.onKnob = onKnob;
    this.onDevices = onDevices;
    this.changed = () => this.#listen();
  }

  /** Names of the connected devices; null without access. */
  get devices() {
    return this.#access && [...this.#access.inputs.values()].filter(({ state }) => state !== "disconnected").map(({ name }) => name || t("MIDI device"));
  }

  /** Ask the browser for access, once. @throws {Error} it has no MIDI, or refuses */
  async open() {
    if (this.#access) return;
    if (!navigator.requestMIDIAccess) {
      const secure = globalThis.isSecureContext === false;
      throw new Error(secure ? t("MIDI needs a secure page. Open Zscope with https, or on localhost.") : t("This browser has no Web MIDI. Use Chrome, Edge or Firefox."));
    }
    try {
      this.#access = await navigator.requestMIDIAccess({ sysex: false });
    } catch {
      throw new Error(t("The browser gives no access to MIDI devices. Allow it in the settings of this site, then try again."));
    }
    this.#access.addEventListener("statechange", this.changed);
    this.#listen();
  }

  /** Open without a question, if the user has allowed it before. */
  async openIfAllowed() {
    try {
      const { state } = await navigator.permissions.query({ name: /** @type {PermissionName} */ ("midi") });
      if (state === "granted") await this.open();
    } catch {
      // The browser does not say; the user can connect.
    }
  }

  destroy() {
    this.#access?.removeEventListener("statechange", this.changed);
    for (const input of this.#access?.inputs.values() ?? []) input.onmidimessage = null;
    this.#access = null;
  }

  #listen() {
    for (const input of this.#access?.inputs.values() ?? []) {
      input.onmidimessage = ({ data, timeStamp }) => {
        const event = parseKnob(data);
        if (event) this.onKnob(event, timeStamp || performance.now());
      };
    }
    this.onDevices();
  }
}

/**
 * Draws the pictures of the strips, and then the lines on the map.
 */

import { Operation } from "../core/protocol.js";
import { placesOf } from "./path.js";

const [OURS, FIRST, LAST] = [2, 3, 5]; // lanes: of the paths that are made here, and of those that the server finds
const LATER = 60; // ms

export class Strips {
  #unplaced = new Set(); // rows whose line on the map is outdated
  #timer = 0;

  /**
   * @param {import("../core/channel.js").LiveChannel} channel
   * @param {import("./row.js").Row[]} rows
   * @param {import("./playback.js").Playback} transport
   * @param {import("./pathmap.js").PathMap | undefined} map
   */
  constructor(channel, rows, transport, map) {
    this.channel = channel;
    this.rows = rows;
    this.transport = transport;
    this.map = map;
  }

  destroy() {
    clearTimeout(this.#timer);
  }

  /** Set the number of pictures per strip from the playback controls. */
  setSteps() {
    for (const row of this.rows) row.setSteps(this.transport.steps);
    this.draw(this.rows);
  }

  /** Draw rows. All rows of a lane are requested together, which saves waiting. @param {import("./row.js").Row[]} rows */
  draw(rows) {
    for (const lane of new Set(rows.map((row) => this.#laneOf(row)))) {
      const there = this.rows.filter((row) => this.#laneOf(row) === lane && row.there);
      if (there.length) this.#ask(there, lane);
    }
  }

  #laneOf(row) {
    if (row.path.script) return OURS;
    return Math.min(LAST, FIRST + this.rows.filter(({ path }) => !path.script).indexOf(row));
  }

  #ask(rows, lane) {
    const { steps, isEven } = this.transport;
    const all = rows.flatMap((row) => placesOf(row.legs.length, steps).map((place) => row.codeAt(place, isEven)));
    const codes = new Float32Array(all.length * all[0].length);
    all.forEach((code, i) => codes.set(code, i * code.length));
    this.channel.ask(Operation.DECODE, lane, all.length, codes, ({ body }) => {
      const size = body.length / rows.length;
      rows.forEach((row, i) => {
        if (row.canvases.length === steps) row.paintStrip(body.subarray(i * size, (i + 1) * size));
        this.#placeSoon(row);
      });
    });
  }

  /** Draw the line on the map soon, after the pictures of all paths. */
  #placeSoon(row) {
    if (!this.map) return;
    this.#unplaced.add(row);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      for (const row of this.#unplaced) this.map.show(row.kind, row);
      this.#unplaced.clear();
    }, LATER);
  }
}

/** The message of the Map page. */

/**
 * What Python sends about the map beside `MapData`: `live_map` of `zscope/ui/components.py`.
 *
 * @typedef {object} Making
 * @property {string} key
 * @property {boolean} linear
 * @property {[string, string]} names of the axes
 * @property {string} explained
 * @property {boolean} ready
 * @property {number} turn
 * @property {string} statusUrl @property {string} frameUrl
 * @property {string} sheetsUrl @property {string} imagesUrl with SPLIT in the place of the split's name
 */

/**
 * @typedef {object} PageOnly
 * @property {import("../core/model.js").Model} model
 * @property {string[]} palette of the classes
 * @property {string} plotlyUrl
 * @property {import("../core/model.js").PointData | null} point
 * @property {import("../core/model.js").MapData & Making} map
 *
 * @typedef {import("../core/model.js").PageData & PageOnly} MapPage
 */

export {};

/** The message of the Interpolate page. */

/**
 * What Python sends: `live_paths` of `zscope/ui/components.py`.
 *
 * @typedef {object} PageOnly
 * @property {import("../core/model.js").Model} model
 * @property {import("../core/model.js").Dimension[]} dimensions
 * @property {string[]} colors of the classes
 * @property {import("../core/model.js").PointData | null} point that Explore and the map show
 * @property {(import("../core/model.js").PointData & {hold: number})[] | null} stops to begin with
 * @property {import("../core/model.js").MapData | null} map null where none is ready
 * @property {import("./row.js").PathKind[]} paths registered kinds of path
 * @property {string} pathUrl @property {string} movieUrl
 *
 * @typedef {import("../core/model.js").PageData & PageOnly} PathsPage
 */

export {};

/** The message of the Reconstruct page. */

/**
 * What Python sends: `reconstructor` of `zscope/ui/components.py`.
 *
 * @typedef {object} PageOnly
 * @property {import("../core/model.js").Model} model
 * @property {import("../core/model.js").Dimension[]} dimensions
 * @property {string[]} colors of the classes
 * @property {import("../core/model.js").MapData | null} map null where none is ready
 * @property {import("./placing.js").Wants} wants
 * @property {string} url of the model's routes
 *
 * @typedef {import("../core/model.js").PageData & PageOnly} ReconstructPage
 */

export {};

/**
 * Type definitions of the messages that Python sends to the pages; nothing else.
 */

/**
 * A model as a page knows it: `model_data` of `zscope/ui/component_data.py`.
 *
 * @typedef {object} Model
 * @property {string} id
 * @property {string} title
 * @property {number} latentDim of z
 * @property {number} codeDim length of a decoded code: z, followed by the class weights of a conditional model
 * @property {[number, number, number]} imageShape height, width, channels
 * @property {string[]} classes their names; empty if the data have no classes
 * @property {number} images number of images in the test split
 * @property {string} dataTitle
 * @property {string | null} prior "normal", N(0, 1) in every dimension, or the key of another; null for a plain autoencoder
 * @property {string} priorDraw what the button that samples the prior does; "" for a plain autoencoder
 * @property {boolean} encodes false: only a decoder, whose images are samples of the model
 * @property {number} unit scale of the codes
 * @property {number} decodeRows limit of codes per decode request
 * @property {string} codesUrl
 * @property {string | null} priorUrl
 * @property {string} imagesUrl
 * @property {string} imagesVersion
 */

/**
 * A latent dimension: `vae/latent/sliders.py`, in slider order.
 *
 * @typedef {object} Dimension
 * @property {number} index in z
 * @property {boolean} active false: collapsed
 * @property {number} kl nats
 * @property {number} effect on the picture, root mean square
 * @property {number} spread standard deviation of the codes
 * @property {number} low @property {number} high @property {number} median of the codes
 * @property {number[]} histogram shares of the codes, from low to high
 */

/**
 * A code, and the test image that it is the code of: `point_data` of `zscope/ui/component_data.py`.
 *
 * @typedef {object} PointData
 * @property {number[]} z
 * @property {number | null} image
 */

/**
 * A map that is ready: `map_data` of `zscope/ui/component_data.py`.
 *
 * @typedef {object} MapData
 * @property {string} method
 * @property {string} title
 * @property {string} settings as a link has them, see `zscope/library/maps/spec.py`
 * @property {string} channel the model's id and the settings
 * @property {string} url of the points
 * @property {string} densityUrl
 */

/**
 * What every page's message has.
 *
 * @typedef {object} PageData
 * @property {string} base of our routes
 * @property {unknown} [leaving] the answer to the state `leaving`, see `mounting.js`
 */

/**
 * @typedef {object} Direction
 * @property {string} id
 * @property {string} title
 * @property {string} a @property {string} b
 * @property {number[]} vector from the mean of A to that of B
 * @property {number[]} start the mean of A
 * @property {number} low @property {number} high of the data's positions
 */

export {};

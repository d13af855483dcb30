/**
 * What Python sends to a page about its model: type definitions.
 */

/**
 * A model as a page knows it: `model_data` of `zscope/ui/component_data.py`.
 *
 * @typedef {object} Model
 * @property {string} id
 * @property {string} title
 * @property {number} latentDim of z
 * @property {number} codeDim of what is decoded: z, followed by the class weights of a conditional model
 * @property {[number, number, number]} imageShape height, width, channels
 * @property {string[]} classes their names; none where the data have none
 * @property {number} images how many the test split has
 * @property {string} dataTitle
 * @property {string | null} prior "normal", N(0, 1) in every dimension, or the key of another; null: a plain autoencoder
 * @property {string} priorDraw what a draw from the prior is; "" for a plain autoencoder
 * @property {boolean} encodes false: a decoder alone, whose images are draws of its own
 * @property {number} unit how far apart codes are
 * @property {number} decodeRows most codes to be decoded at once
 * @property {string} codesUrl
 * @property {string | null} priorUrl
 * @property {string} imagesUrl
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

/**
 * The figures by name. Their modules are loaded when a chapter shows them.
 */

/**
 * @typedef {object} Context
 * @property {import("./small_models.js").LearnFiles} files
 * @property {string[]} colors of the classes
 * @property {Record<string, any>} options of the figure
 */

/** @typedef {{node: HTMLElement, destroy: () => void, ready?: Promise<void>}} Figure ready: it shows its files */
/** @typedef {new (context: Context) => Figure} FigureClass */

/** @type {Record<string, () => Promise<FigureClass>>} */
const FIGURES = {
  beta: async () => (await import("./beta_figure.js")).BetaFigure,
  blur: async () => (await import("./blur_figure.js")).BlurFigure,
  codes: async () => (await import("./codes_figure.js")).CodesFigure,
  collapse: async () => (await import("./collapse_figure.js")).CollapseFigure,
  damage: async () => (await import("./damage_figure.js")).DamageFigure,
  draws: async () => (await import("./draws_figure.js")).DrawsFigure,
  elbo: async () => (await import("./elbo_figure.js")).ElboFigure,
  film: async () => (await import("./film_figure.js")).FilmFigure,
  gallery: async () => (await import("./gallery_figure.js")).GalleryFigure,
  gradients: async () => (await import("./gradients_figure.js")).GradientsFigure,
  kl: async () => (await import("./kl_figure.js")).KlFigure,
  layers: async () => (await import("./layers_figure.js")).LayersFigure,
  likelihood: async () => (await import("./likelihood_figure.js")).LikelihoodFigure,
  montecarlo: async () => (await import("./montecarlo_figure.js")).MonteCarloFigure,
  planes: async () => (await import("./planes_figure.js")).PlanesFigure,
};

/** @param {string} name @param {Context} context @returns {Promise<Figure>} */
export async function makeFigure(name, context) {
  const Found = await FIGURES[name]();
  return new Found(context);
}

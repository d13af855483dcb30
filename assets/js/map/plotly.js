/** The plot library, and texts for it. */

import { currentLanguage, t } from "../core/language.js";

/** @type {Promise<PlotlyLibrary> | null} */
let plotly = null;

/** Plotly, from our own server, once for the whole page. @param {string} url */
export function loadPlotly(url) {
  plotly ??= new Promise((resolve, reject) => {
    if (window.Plotly) return resolve(window.Plotly);
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      plotly = null;
      script.remove();
      reject(new Error(t("Can't load the plot library. Reload the page.")));
    };
    document.head.append(script);
  });
  return plotly;
}

/**
 * Escape text for Plotly, which interprets tags, entities, templates `%{…}` and formulas `$…$`.
 *
 * @param {string} text
 */
export function plotlyText(text) {
  return text.replace(/[&<>%$]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** What Plotly's configuration needs for the language of the page: the names of its buttons. */
export function plotlyLanguage() {
  const language = currentLanguage();
  if (language === "en") return {};
  const dictionary = {
    Pan: t("Pan"),
    Zoom: t("Zoom"),
    "Lasso Select": t("Lasso select"),
    "Box Select": t("Box select"),
    "Zoom in": t("Zoom in"),
    "Zoom out": t("Zoom out"),
    "Reset axes": t("Reset axes"),
    "Turntable rotation": t("Rotate"),
    "Reset camera to default": t("Reset the view"),
  };
  return { locale: language, locales: { [language]: { dictionary, format: {} } } };
}

import { mounting } from "../core/mounting.js";
import { Tour } from "./tour.js";

/** @param {import("../core/messages.js").TourPage} page */
const identityOf = ({ page, model }) => `${page} ${model.id} ${model.codesUrl}`;

export const { mount, unmount } = mounting(Tour, ["explore", "tour"], identityOf, ["go"]);

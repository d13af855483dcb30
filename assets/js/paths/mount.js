import { mounting } from "../core/mounting.js";
import { PathsView } from "./pathsview.js";

/** @param {import("../core/messages.js").PathsPage} page */
const identityOf = ({ model, map, turn }) => `${model.id} ${model.codesUrl} ${map?.channel} ${turn}`;

export const { mount, unmount } = mounting(PathsView, ["explore", "paths"], identityOf, ["go"]);

import { mounting } from "../core/mounting.js";
import { ReconstructView } from "./reconstructview.js";

/** @param {import("../core/messages.js").ReconstructPage} page */
const identityOf = ({ model, map }) => `${model.id} ${model.codesUrl} ${map?.channel}`;

export const { mount, unmount } = mounting(ReconstructView, ["explore", "reconstruct"], identityOf, ["stop", "go"]);

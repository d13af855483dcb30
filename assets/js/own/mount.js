import { mounting } from "../mounting.js";
import { OwnView } from "./ownview.js";

const identityOf = ({ model, map }) => `${model.id} ${model.codesUrl} ${map?.channel}`;

export const { mount, unmount } = mounting(OwnView, ["explore", "own"], identityOf, ["stop", "go"]);

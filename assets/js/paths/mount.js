import { mounting } from "../core/mounting.js";
import { PathsView } from "./pathsview.js";

export const { mount, unmount } = mounting(PathsView, ["explore", "paths"], ({ model, map }) => `${model.id} ${model.codesUrl} ${map?.channel}`, ["go"]);

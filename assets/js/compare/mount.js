import { mounting } from "../core/mounting.js";
import { CompareView } from "./compareview.js";

const of = ({ model }) => `${model.id} ${model.codesUrl}`;
const identityOf = ({ a, b, maps }) => [of(a), of(b), ...maps.map((map) => map.a.url)].join(" ");

export const { mount, unmount } = mounting(CompareView, ["explore", "reconstruct", "compare"], identityOf, ["made"]);

/** Entry point of the phones' page, `{base}/audience/{token}`. */

import { channelUrl } from "../core/channel.js";
import { RoomView } from "./view.js";

const view = new RoomView(document.body, channelUrl(`${location.pathname.replace(/\/$/, "")}/follow`));
Object.assign(document.body, { zscope: view }); // for tests

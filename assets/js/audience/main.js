/** Entry point of the phones' page, `{base}/audience/{token}`. The phone chooses the language. */

import { channelUrl } from "../core/channel.js";
import { setLanguage } from "../core/catalogue.js";
import { currentLanguage, chosenLanguage } from "../core/language.js";
import { RoomView } from "./view.js";

const place = location.pathname.replace(/\/$/, "");
const { documentElement } = document;
await setLanguage(chosenLanguage(navigator.languages, documentElement.dataset.languages.split(" ")), place.replace(/\/audience\/[^/]*$/, ""));
documentElement.lang = currentLanguage();
const view = new RoomView(document.body, channelUrl(`${place}/follow`));
Object.assign(document.body, { zscope: view }); // for tests

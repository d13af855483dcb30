/** The favourites: what the browser keeps, files and links. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Favourites, MOST, formatLink, meanOf, parseFavourites, parseLink } from "../../assets/js/tray/favourites.js";

const PICTURE = "data:image/png;base64,AAAA";

/** As `localStorage`. @param {Record<string, string>} [kept] */
function memory(kept = {}) {
  return { kept, getItem: (key) => kept[key] ?? null, setItem: (key, text) => void (kept[key] = text) };
}

const favourite = (title, ...z) => ({ title, z, image: null, picture: PICTURE });

test("favourites are kept per model, in their order", () => {
  const storage = memory();
  const favourites = new Favourites("one", 2, storage);
  let changes = 0;
  favourites.addEventListener("change", () => changes++);
  favourites.add(favourite("a", 1, 2));
  favourites.add(favourite("b", 3, 4), favourite("c", 5, 6));
  favourites.move(2, 0);
  favourites.move(0, 3); // no such place
  favourites.change(1, { title: "first" });
  favourites.remove(2);
  assert.equal(changes, 5);
  assert.deepEqual(favourites.list.map(({ title }) => title), ["c", "first"]);
  assert.deepEqual(new Favourites("one", 2, storage).list, favourites.list);
  assert.deepEqual(new Favourites("other", 2, storage).list, []);
});

test("favourites of another version of a model, or damaged ones, are not shown and not lost", () => {
  const storage = memory();
  new Favourites("one", 2, storage).add(favourite("a", 1, 2));
  assert.deepEqual(new Favourites("one", 3, storage).list, []);
  assert.equal(new Favourites("one", 2, storage).list.length, 1);
  storage.kept["zscope-favourites/one"] = "{";
  assert.deepEqual(new Favourites("one", 2, storage).list, []);
});

test("what another tab saved is read again", () => {
  const storage = memory();
  const here = new Favourites("one", 1, storage);
  new Favourites("one", 1, storage).add(favourite("there", 1));
  assert.equal(here.list.length, 0);
  here.read();
  assert.equal(here.list[0].title, "there");
});

test("a full browser and too many favourites are reported, and nothing changes", () => {
  const storage = memory();
  const favourites = new Favourites("one", 1, storage);
  favourites.add(favourite("a", 1));
  storage.setItem = () => {
    throw new Error("QuotaExceededError");
  };
  assert.throws(() => favourites.add(favourite("b", 2)), /no space/);
  assert.equal(favourites.list.length, 1);
  const many = Array.from({ length: MOST }, (_, i) => favourite(String(i), i));
  assert.throws(() => favourites.add(...many), /at most 200/);
});

test("a file of favourites is checked", () => {
  const file = (list) => JSON.stringify({ model: "one", favourites: list });
  const [read] = parseFavourites(file([{ title: "x".repeat(100), z: [1, 2], image: 7.5, picture: "javascript:alert()", more: 1 }]), 2);
  assert.deepEqual(read, { title: "x".repeat(60), z: [1, 2], image: null, picture: "" });
  assert.equal(parseFavourites(file([{ z: [1, 2], image: 3, picture: PICTURE }]), 2)[0].image, 3);
  assert.throws(() => parseFavourites("no", 2), /not JSON/);
  for (const text of ["null", "3", '{"favourites": 1}']) assert.throws(() => parseFavourites(text, 2), /no favourites/);
  for (const z of [[1], [1, 2, 3], [1, null], "12", undefined]) assert.throws(() => parseFavourites(file([{ z }]), 2), /another model/);
});

test("a link holds titles and codes", () => {
  const list = [favourite("four → nine; ~&", 1.23456, -2), favourite("", 0, 1e-9)];
  const text = formatLink(list);
  assert.match(text, /^[^;&]*~1\.235,-2;~0,0$/);
  const read = parseLink(text, 2);
  assert.deepEqual(read.map(({ title, z, picture }) => [title, z, picture]), [["four → nine; ~&", [1.235, -2], ""], ["", [0, 0], ""]]);
  for (const wrong of ["", "a", "a~1", "a~1,b", "a~1,2;b"]) assert.throws(() => parseLink(wrong, 2), /another model/);
});

test("the average is the mean of the codes", () => {
  assert.deepEqual([...meanOf([favourite("", 1, 2), favourite("", 3, 6)])], [2, 4]);
});

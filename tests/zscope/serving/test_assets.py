"""Scripts and styles at versioned addresses."""

import gzip

import pytest
from asgi import getter

from zscope.serving.assets import AssetFiles, asset_routes, imported_modules


@pytest.fixture
def root(tmp_path):
    (tmp_path / "js" / "core").mkdir(parents=True)
    (tmp_path / "css").mkdir()
    (tmp_path / "js" / "core" / "one.js").write_text("export const one = 1;\n")
    (tmp_path / "css" / "page.css").write_text("p { margin: 0; }\n")
    (tmp_path / "secret.txt").write_text("secret")
    return tmp_path


@pytest.fixture
def files(root):
    return AssetFiles(root, ("js", "css"), lambda files: {"js/joined.js": b"// " + files["js/core/one.js"]})


@pytest.fixture
def get(files):
    return getter(asset_routes(files))


def test_only_the_current_version_is_immutable(files, get):
    version = files.current().version
    status, headers, body = get(f"/assets/v/{version}/js/core/one.js")
    assert (status, body) == (200, b"export const one = 1;\n")
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert headers["content-type"].startswith("text/javascript")
    assert get(f"/assets/v/{version}/css/page.css")[1]["content-type"].startswith("text/css")
    status, headers, body = get(f"/assets/v/{'0' * 16}/js/core/one.js")
    assert (status, body) == (200, b"export const one = 1;\n"), "a page of an older version still loads its parts"
    assert headers["cache-control"] == "no-cache"


def test_a_changed_file_has_a_new_address(root, files, get):
    before = files.current().version
    assert files.current().version == before
    (root / "js" / "core" / "one.js").write_text("export const one = 2;\n")
    # Until a page is opened, what the version's address names does not change.
    assert get(f"/assets/v/{before}/js/core/one.js")[2] == b"export const one = 1;\n"
    after = files.current().version
    assert after != before
    assert get(f"/assets/v/{after}/js/core/one.js")[2] == b"export const one = 2;\n"
    assert get(f"/assets/v/{after}/js/joined.js")[2] == b"// export const one = 2;\n"
    assert get(f"/assets/v/{before}/js/core/one.js")[1]["cache-control"] == "no-cache"


def test_a_version_depends_on_contents_and_not_on_times(root, files):
    before = files.current().version
    (root / "css" / "page.css").write_text("p { margin: 1; }\n")
    changed = files.current().version
    (root / "css" / "page.css").write_text("p { margin: 0; }\n")
    assert files.current().version == before != changed
    (root / "css" / "page.css").rename(root / "css" / "other.css")
    assert files.current().version not in (before, changed)


def test_a_version_depends_on_what_is_derived(root):
    versions = {
        AssetFiles(root, ("js",), lambda files, text=text: {"a": text}).current().version for text in (b"1", b"2")
    }
    assert len(versions) == 2


@pytest.mark.parametrize(
    "address",
    [
        "/assets/v/VERSION/secret.txt",
        "/assets/v/VERSION/js/../secret.txt",
        "/assets/v/VERSION/js/../../secret.txt",
        "/assets/v/VERSION//secret.txt",
        "/assets/v/VERSION/js/core",
        "/assets/v/VERSION/js/none.js",
        "/assets/v/../js/core/one.js",
        "/assets/v/other/js/core/one.js",
        "/assets/v/VERSION0/js/core/one.js",
    ],
)
def test_nothing_else_is_served(files, get, address):
    status, headers, body = get(address.replace("VERSION", files.current().version))
    assert status == 404 and b"secret" not in body
    assert "immutable" not in headers.get("cache-control", "")


def test_files_are_packed_if_the_browser_accepts_it(files, get):
    address = f"/assets/v/{files.current().version}/css/page.css"
    assert "content-encoding" not in get(address)[1]
    _, headers, body = get(address, {"accept-encoding": "gzip, br"})
    assert headers["content-encoding"] == "gzip" and headers["vary"] == "accept-encoding"
    assert gzip.decompress(body) == b"p { margin: 0; }\n"


def test_each_imported_module_is_found_once():
    sources = {
        "js/a/main.js": 'import { x } from "../core/x.js";\nimport {\n  y,\n} from "./y.js";\n',
        "js/a/y.js": '/** @type {import("../core/type.js").T} */\nimport { x } from "../core/x.js";import"./z.js";\n',
        "js/core/x.js": "export const x = 1;\n",
        "js/a/z.js": 'const later = () => import("./later.js");\n',
    }
    assert imported_modules(["js/a/main.js", "js/core/x.js", "js/none.js"], sources.get) == [
        "js/a/main.js",
        "js/core/x.js",
        "js/a/y.js",
        "js/a/z.js",
    ]

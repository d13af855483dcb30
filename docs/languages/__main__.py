"""`python -m docs.languages`: update the catalogues; with `--check`, fail if they are not up to date or incomplete."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from docs.languages.catalogues import json_text, mo_bytes, po_text, read_translations
from docs.languages.checks import faults_of
from docs.languages.sources import CATALOGUES, find_texts, for_browser
from zscope.languages import ENGLISH, FOLDER, LANGUAGES

Text = str | tuple[str, str]


def files_of(tag: str, texts: Mapping[str, dict[Text, list[str]]], folder: Path) -> tuple[dict[Path, bytes], list[str]]:
    """Return the content that each file of a language must have, and the faults of its translations."""
    old = {name: read_translations(folder / f"{name}.po") for name in CATALOGUES}
    everywhere = {text: one for name in CATALOGUES for text, one in old[name].items()}
    # A text that moved, or that another catalogue has too, keeps its translation.
    kept = {name: {text: old[name].get(text) or everywhere.get(text) for text in texts[name]} for name in CATALOGUES}
    kept = {name: {text: one for text, one in kept[name].items() if one} for name in CATALOGUES}
    files = {folder / f"{name}.po": po_text(tag, texts[name], kept[name]).encode() for name in CATALOGUES}
    every = {text: one for name in CATALOGUES for text, one in kept[name].items()}
    files[folder / "messages.mo"] = mo_bytes(tag, every)
    browser = [text for name in CATALOGUES for text, places in texts[name].items() if for_browser(name, places)]
    files[folder / "messages.json"] = json_text(browser, every).encode()
    return files, faults_of(texts, kept)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if something is missing")
    check = parser.parse_args().check
    texts, faults = find_texts(), []
    for tag in LANGUAGES:
        if tag == ENGLISH:
            continue
        files, found = files_of(tag, texts, FOLDER / tag)
        faults += [f"{tag}/{fault}" for fault in found]
        for path, content in files.items():
            if path.exists() and path.read_bytes() == content:
                continue
            if check:
                faults.append(f"{tag}/{path.name} is not up to date: run python -m docs.languages")
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
    print("\n".join(faults), file=sys.stderr if check else sys.stdout)
    return int(check and bool(faults))


if __name__ == "__main__":
    sys.exit(main())

"""`data`: lists data sets, and adds, removes and checks user data sets."""

import json
import warnings
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from vae.data.builtin import CATALOG
from vae.data.user_data import (
    UserDataset,
    check_user_dataset,
    delete_user_dataset,
    find_user_dataset,
    list_user_datasets,
)
from vae.errors import BadRequestError, DataError
from zscope.cli.progress import progress

__all__ = ["add", "check", "data", "list_data", "remove"]

data = typer.Typer(name="data", help="List data sets; add, remove and check your own.", no_args_is_help=True)


@data.command("list")
def list_data(as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list instead of a table.")] = False):
    """List the data sets to train on: built-in ones and your own. Broken ones are listed with their fault."""
    user_sets = list_user_datasets()
    if as_json:
        print(json.dumps([*map(_describe_builtin, CATALOG.values()), *map(_describe, user_sets)], indent=1))
        return
    table = Table(
        Column("id", no_wrap=True),
        Column("title"),
        Column("size", no_wrap=True),
        Column("classes", justify="right"),
        Column("images", justify="right"),
        box=SIMPLE,
    )
    for info in CATALOG.values():
        table.add_row(info.id, info.title, _size(info.image_shape), str(len(info.class_names)), "built in")
    for entry in user_sets:
        if not entry.fault:
            classes = str(len(entry.info.class_names) or "none")
            table.add_row(entry.id, escape(entry.title), _size(entry.info.image_shape), classes, f"{_images(entry):,}")
    Console(emoji=False).print(table)
    for entry in user_sets:
        if entry.fault:
            print(f"{entry.id} is broken: {entry.fault}")


@data.command()
def add(
    path: Annotated[Path, typer.Argument(help="A folder of pictures, or a zip file. Sub-folders become classes.")],
    title: Annotated[str, typer.Option(help="Data set name. Default: the name of the folder or zip.")] = "",
    side: Annotated[
        int, typer.Option(help="Image size, 8 to 256 pixels; training supports up to 128. Suggested by default.")
    ] = 0,
    colour: Annotated[
        bool | None, typer.Option("--colour/--grey", help="Colour or grey images. Suggested by default.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the split into train, validation and test.")] = 0,
    labels: Annotated[
        list[Path] | None,
        typer.Option(
            help="A CSV or JSON file with a file name, class or attributes in each row, or CelebA's list_attr file. "
            "Can be repeated. By default, those beside the pictures are used."
        ),
    ] = None,
    sheet: Annotated[Path | None, typer.Option(help="Save a contact sheet of the images as this PNG.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read the pictures and print the report only.")] = False,
):
    """Make a data set from your pictures: at least 60 JPEG, PNG, WebP, GIF or BMP files of any size.

    Pictures are centre-cropped to a square and resized. Refused files are counted with the reason.

    Classes come from a table beside the pictures, else from folders. Attributes, such as glasses or age, come from a
    table.
    """
    from vae.data.intake import prepare, survey
    from vae.data.label_tables import read_table_file
    from vae.training.presets import why_not

    if sheet and sheet.suffix.lower() != ".png":
        raise BadRequestError(f"Can't write the contact sheet {sheet.name}: not a PNG.", "Use --sheet FILE.png.")
    # Pillow warns of damaged metadata that it ignores; a user can't act on that.
    warnings.filterwarnings("ignore", module="PIL")
    tables = [read_table_file(one) for one in labels or ()]
    if not side or colour is None:
        suggestion = survey(path, tables=tables).suggestion
        side = side or suggestion.side
        colour = suggestion.channels == 3 if colour is None else colour
    with progress() as bars:
        reading = bars.add_task("read", total=None)
        with prepare(
            path,
            side,
            3 if colour else 1,
            seed=seed,
            report=lambda done, total: bars.update(reading, completed=done, total=total),
            tables=tables,
        ) as prepared:
            report = prepared.report
            print(f"{report.source}: read {report.read:,} of {report.found:,} files as {_size((side, side))} ", end="")
            print("colour images." if colour else "grey images.")
            for refusal in report.refused:
                print(f"  refused: {refusal}")
            for note in report.notes:
                print(f"  {note}")
            if report.class_names:
                counts = zip(report.class_names, report.class_counts, strict=True)
                print(f"  {len(report.class_names)} classes: " + ", ".join(f"{name} {n:,}" for name, n in counts))
            else:
                print("  no classes")
            if report.tables:
                print("  labels from " + ", ".join(report.tables))
            if report.attributes:
                listed = ", ".join(f"{one.name} ({one.kind})" for one in report.attributes)
                print(f"  {len(report.attributes)} attribute{'s' * (len(report.attributes) > 1)}: {listed}")
            if sheet:
                prepared.sheet(scale=max(1, 64 // side)).save(sheet, "PNG")
                print(f"Contact sheet in {sheet}")
            if dry_run:
                print("Dry run: no data set was added.")
                return
            writing = bars.add_task("write", total=report.read)
            entry = prepared.save(title, lambda done, total: bars.update(writing, completed=done))
    import_it = f"zscope import FILES --data {entry.id}"
    next_ = import_it if why_not(entry.info.image_shape) else f"zscope train NAME --dataset {entry.id}"
    print(f"Added as {entry.id}. Next: {next_}")


@data.command()
def remove(id: Annotated[str, typer.Argument(help="The id of one of your own data sets (see `data list`).")]):
    """Remove one of your own data sets. The original pictures stay; models trained on it can't be opened any more."""
    delete_user_dataset(id)
    print(f"Removed {id}.")


@data.command()
def check(id: Annotated[str, typer.Argument(help="The id of one of your own data sets (see `data list`).")]):
    """Check the files of one of your own data sets against their hashes."""
    entry = find_user_dataset(id)
    if entry is None:
        raise DataError(f"You have no data set called {id[:80]!r}.", "See: zscope data list")
    check_user_dataset(entry)
    print(f"{id} is intact: {_images(entry):,} images.")


def _describe_builtin(info) -> dict:
    return {
        "id": info.id,
        "title": info.title,
        "own": False,
        "image_shape": list(info.image_shape),
        "class_names": list(info.class_names),
    }


def _describe(entry: UserDataset) -> dict:
    """Describe a user data set for JSON; a broken one has only its `fault`."""
    known = {"id": entry.id, "title": entry.title, "own": True, "path": str(entry.path)}
    if entry.fault:
        return known | {"fault": entry.fault}
    record = entry.record
    return known | {
        "image_shape": list(record.image_shape),
        "class_names": record.class_names,
        "attributes": [one.model_dump() for one in record.attributes or ()],
        "source": record.source,
        "created": record.created,
        "images": {split: getattr(record, split).rows for split in ("train", "validation", "test")},
        "refused": [refusal.model_dump(mode="json") for refusal in record.refused],
        "notes": record.notes,
    }


def _images(entry: UserDataset) -> int:
    return sum(getattr(entry.record, split).rows for split in ("train", "validation", "test"))


def _size(shape: tuple[int, ...]) -> str:
    height, width, *channels = shape
    colour = {1: ", grey", 3: ", colour"}.get(channels[0], "") if channels else ""
    return f"{height}×{width}{colour}"

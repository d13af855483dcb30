"""`map`: maps a model's encoded images to a plane."""

from collections.abc import Callable
from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated, Literal

import typer

from vae.errors import BadRequestError, DataError
from vae.latent.projections import PROJECTIONS
from vae.latent.projections.settings import Number, Setting
from zscope.cli.framework import load_framework
from zscope.cli.progress import progress
from zscope.library.maps.spec import MapSpec

__all__ = ["map_command"]


def map_command() -> Callable[..., None]:
    """Return the command `map`, with an option for each setting of the registered projections."""

    def project(
        model: Annotated[str, typer.Argument(help="A model's id (see `models`).")],
        method: Annotated[str, typer.Option(help=f"One of {', '.join(PROJECTIONS)}.")] = next(iter(PROJECTIONS)),
        images: Annotated[Literal["test", "all"], typer.Option(help="Only the test images, or all images.")] = "test",
        out: Annotated[
            Path | None, typer.Option(help="Write coordinates, codes and figures of all points to this .csv or .npz.")
        ] = None,
        **settings: object,
    ) -> None:
        """Make a map of a model's encoded images and save it. The Map page shows the same map."""
        given = {name: value for name, value in settings.items() if value is not None}
        _make(model, MapSpec(method=method, images=images, **_read(method, given)), out)

    parameters = [
        one for one in Signature.from_callable(project).parameters.values() if one.kind != Parameter.VAR_KEYWORD
    ]
    options = [*parameters[:-1], *_setting_options(), parameters[-1]]
    by_name = [one.replace(kind=Parameter.KEYWORD_ONLY) for one in options]
    # Typer reads the signature from this attribute.
    project.__signature__ = Signature(by_name)  # pyright: ignore[reportFunctionMemberAccess]
    return project


def _setting_options() -> list[Parameter]:
    """Return one option for each setting name. Its default is None, since each method has its own default."""
    found: dict[str, list[tuple[str, Setting]]] = {}
    for projection in PROJECTIONS.values():
        for setting in projection.settings:
            found.setdefault(setting.name, []).append((projection.key, setting))
    return [_setting_option(name, uses) for name, uses in found.items()]


def _setting_option(name: str, uses: list[tuple[str, Setting]]) -> Parameter:
    setting = uses[0][1]
    kind = type(setting.default) if isinstance(setting, Number) else str
    default = setting.write(setting.default)
    option = typer.Option(help=f"{', '.join(key for key, _ in uses)}: {setting.help}", show_default=default or False)
    return Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option])


def _read(method: str, given: dict[str, object]) -> dict[str, object]:
    """Return the values of options. Text is parsed by its setting."""
    settings = {setting.name: setting for setting in PROJECTIONS[method].settings}
    read = {}
    for name, value in given.items():
        try:
            read[name] = settings[name].read(value) if name in settings and isinstance(value, str) else value
        except ValueError:
            option, example = f"--{name.replace('_', '-')}", settings[name].write(settings[name].default)
            raise BadRequestError(f"{option} {value!r} is not valid.", f"Write it like {example}.") from None
    return read


def _make(model: str, spec: MapSpec, out: Path | None) -> None:
    if out and out.suffix not in (".csv", ".npz"):
        raise BadRequestError(f"{out} is neither a .csv nor a .npz file.", "Use one of these suffixes.")
    load_framework()
    from zscope.library.maps.export import csv_bytes, npz_bytes
    from zscope.library.maps.making import Watcher, find_map, make_map

    with progress() as bars:
        tasks = {}

        class Bars(Watcher):
            def progress(self, what, done, total):
                if what not in tasks:
                    tasks[what] = bars.add_task(what, total=None)
                bars.update(tasks[what], completed=done, total=total or None)

            def frame(self, iteration, coordinates):
                self.progress("arranging", iteration, 0)

        make_map(model, spec, Bars())
    parts = find_map(model, spec)
    if parts is None:
        raise DataError("The map was removed before it was written.", "Run the command again.")
    count = len(parts.points.row)
    if out:
        out.write_bytes((csv_bytes if out.suffix == ".csv" else npz_bytes)(parts))
    print(f"{count:,} points{f' in {out}' if out else ''}, map {parts.key}")

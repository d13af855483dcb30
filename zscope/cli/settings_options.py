"""Generates command-line options from the settings of the configurations."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from vae.errors import BadRequestError
from vae.models.settings import FieldSetting, settings_of

__all__ = ["option_of", "values_of", "with_settings"]


def with_settings(*kinds: type) -> Callable[[Callable], Callable]:
    """Add an option to a command for each setting of some configurations; it gets their values as `**settings`."""

    def wrap(command: Callable) -> Callable:
        parameters = inspect.signature(command, eval_str=True).parameters.values()
        plain = [parameter for parameter in parameters if parameter.kind is not inspect.Parameter.VAR_KEYWORD]
        arguments = [parameter for parameter in plain if parameter.default is inspect.Parameter.empty]
        others = [
            parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
            for parameter in plain
            if parameter.default is not inspect.Parameter.empty
        ]
        options = [option_of(field) for kind in kinds for field in settings_of(kind)]
        command.__signature__ = inspect.Signature([*arguments, *options, *others])
        return command

    return wrap


def option_of(field: FieldSetting) -> inspect.Parameter:
    """Return the option of a setting, such as `--latent-dim`, with its help and range."""
    setting = field.setting
    panel = f"{setting.group}, expert" if setting.expert else setting.group
    if field.type is bool or setting.flag:
        flag = setting.flag or f"--{field.name.replace('_', '-')}"
        kind, default, names = bool, False, (flag,)
    elif field.type is tuple:
        kind, default, names = str, ",".join(map(str, field.default)), ()
    else:
        kind, default, names = field.type, field.default, ()
    text = f"{field.help} {field.range}." if field.range and kind is not bool else field.help
    return inspect.Parameter(
        field.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[kind, typer.Option(*names, help=text, rich_help_panel=panel)],
    )


def values_of(kind: type, given: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a configuration's fields from the values of the options.

    Raises:
        BadRequestError: the text of a list is not a list of numbers.
    """
    values = {}
    for field in settings_of(kind):
        value = given[field.name]
        if field.setting.flag and field.type is bool:
            value = field.setting.flag_value if value else field.default
        elif field.type is tuple:
            value = _numbers(f"--{field.name}", value)
        values[field.name] = value
    return values


def _numbers(option: str, text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise BadRequestError(f"{option} {text!r} is not a list of numbers.", "Write it like 16,32.") from None

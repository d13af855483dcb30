"""What is declared with each field of the configurations, for the command line and the Train form."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, get_args, get_origin, get_type_hints

from pydantic.fields import FieldInfo

from vae.references import resolve

__all__ = ["GROUPS", "FieldSetting", "Setting", "settings_of"]

GROUPS = ("Architecture", "Objective", "Prior and KL", "Training")


@dataclass(frozen=True)
class Setting:
    """Put into the `Annotated` type of a field.

    Attributes:
        title: label in the form; "" where the form does not ask for it.
        help: one sentence.
        group: one of `GROUPS`.
        expert: asked for on the command line alone.
        choices: titles by key, objects with a `title` by key, or "module:name" of either.
        applies: whether it has an effect, given the values of all fields by name; in the form it is hidden otherwise.
        least, most: the form's range, where it is narrower than the field's or the field's end is open.
        first: what the form begins with instead of the field's default.
        step, format: of the form's number.
        flag: the option, where it is not named like the field.
        flag_value: what the flag sets.
    """

    title: str = ""
    help: str = ""
    group: str = GROUPS[0]
    expert: bool = False
    choices: Mapping[str, Any] | str | None = None
    applies: Callable[[Mapping[str, Any]], bool] = lambda values: True
    least: float | None = None
    most: float | None = None
    first: Any = None
    step: float | None = None
    format: str | None = None
    flag: str = ""
    flag_value: Any = True


@dataclass(frozen=True)
class FieldSetting:
    """A field of a configuration with its `Setting`.

    Attributes:
        type: int, float, bool, str or tuple.
        least, most: the form's range; None where it is open.
        range: that the configuration takes, closed ends alone, in words; "" where it is open.
    """

    name: str
    type: type
    default: Any
    setting: Setting
    least: float | None
    most: float | None
    range: str

    @property
    def choices(self) -> dict[str, str]:
        """Titles by key, in the order of registration; empty where any value of the type may be given."""
        members = resolve(self.setting.choices) or {}
        return {key: member if isinstance(member, str) else member.title for key, member in members.items()}

    @property
    def help(self) -> str:
        """With the choices, for the command line."""
        said = self.setting.help
        return f"{said.rstrip('.')}: {', '.join(self.choices)}." if self.choices else said


def settings_of(kind: type) -> list[FieldSetting]:
    """The fields of a configuration that have a `Setting`, in the order of their declaration."""
    hints, found = get_type_hints(kind, include_extras=True), []
    for field in fields(kind):
        metadata = getattr(hints[field.name], "__metadata__", ())
        setting = next((part for part in metadata if isinstance(part, Setting)), None)
        if setting is None:
            continue
        bare = get_args(hints[field.name])[0]
        least, most = _range(metadata)
        found.append(
            FieldSetting(
                name=field.name,
                type=_type(bare),
                default=field.default,
                setting=setting,
                least=least if setting.least is None else setting.least,
                most=most if setting.most is None else setting.most,
                range="" if least is None or most is None else f"{least:g} to {most:g}",
            )
        )
    return found


def _type(bare: Any) -> type:
    origin = get_origin(bare)
    if origin is tuple:
        return tuple
    return bare if isinstance(bare, type) else str  # a Literal of words


def _range(metadata: tuple) -> tuple[float | None, float | None]:
    """The closed ends that pydantic checks."""
    limits = [limit for part in metadata if isinstance(part, FieldInfo) for limit in part.metadata]
    least = next((limit.ge for limit in limits if hasattr(limit, "ge")), None)
    most = next((limit.le for limit in limits if hasattr(limit, "le")), None)
    return least, most

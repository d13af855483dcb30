"""Settings: what each configuration field declares for the command line and the Train form."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from pydantic.fields import FieldInfo

from vae.references import resolve

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = ["GROUPS", "FieldSetting", "Setting", "settings_of"]

GROUPS = ("Architecture", "Objective", "Prior and KL", "Training")


@dataclass(frozen=True)
class Setting:
    """Describes a field, in its `Annotated` type.

    Attributes:
        title: label in the form; "" if the form leaves the field out.
        help: one sentence.
        group: one of `GROUPS`.
        expert: True for a field that only the command line has.
        choices: titles by key, objects with a `title` by key, or "module:name" of either.
        applies: function of the values of all fields by name: whether this one has an effect. The form hides it
            otherwise.
        least, most: the form's range, if it is narrower than the field's, or the field's range is open.
        first: the form's initial value, if it is not the field's default.
        step, format: step and format of the form's number input.
        flag: name of the command-line option, if it differs from the field's.
        flag_value: value that the flag sets.
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
        least, most: the form's range; None for an open end.
        range: the configuration's range in words; "" if an end is open.
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
        """Titles by key, in the order of registration; empty if every value of the type is allowed."""
        members = resolve(self.setting.choices) or {}
        return {key: member if isinstance(member, str) else member.title for key, member in members.items()}

    @property
    def help(self) -> str:
        """Help for the command line: the setting's help with the choices."""
        text = self.setting.help
        return f"{text.rstrip('.')}: {', '.join(self.choices)}." if self.choices else text


def settings_of(kind: "type[DataclassInstance]") -> list[FieldSetting]:
    """Return the fields of a configuration dataclass that have a `Setting`, in the order of their declaration."""
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
    """Return the closed ends of the range that pydantic checks; None for an open one."""
    limits = [limit for part in metadata if isinstance(part, FieldInfo) for limit in part.metadata]
    least = next((limit.ge for limit in limits if hasattr(limit, "ge")), None)
    most = next((limit.le for limit in limits if hasattr(limit, "le")), None)
    return least, most

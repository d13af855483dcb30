"""The form with all settings, generated from the configurations."""

from dataclasses import asdict, fields
from itertools import cycle
from typing import Any, TypeVar

import streamlit as st

from vae.data.catalog import DatasetInfo
from vae.kinds import OBJECTIVES, PRIORS, objective_of
from vae.models.config import ModelConfig, TrainConfig, make_config
from vae.models.settings import GROUPS, FieldSetting, settings_of
from zscope.ui.language import _

__all__ = ["all_settings"]

_COLUMNS = 3
_Config = TypeVar("_Config", ModelConfig, TrainConfig)


def all_settings(
    model: ModelConfig, training: TrainConfig, info: DatasetInfo, key: str
) -> tuple[ModelConfig, TrainConfig]:
    """Show a widget for each setting and return the resulting configurations.

    Args:
        model, training: initial values.
        info: the data set to train on.
        key: key of the widgets; another key shows the initial values again.

    Raises:
        BadRequestError: a value is invalid.
    """
    st.caption(_("docs/zoo.md describes each setting, with formula and source."))
    values: dict[str, Any] = asdict(model) | asdict(training) | {"objective": objective_of(model, training).key}
    declared = [field for kind in (ModelConfig, TrainConfig) for field in settings_of(kind)]
    for group in GROUPS:
        columns = cycle(st.columns(_COLUMNS))
        shown = [field for field in declared if field.setting.group == group and _is_shown(field, info)]
        # The objective decides which of the others apply.
        for field in sorted(shown, key=lambda field: field.name != "objective"):
            if not field.setting.applies(values) or field.name in _refused(values):
                values[field.name] = field.default
            elif field.name == "classes":
                conditional = _toggle(next(columns), field, values["classes"] > 0, key)
                values["classes"] = len(info.class_names) if conditional else 0
            else:
                values[field.name] = _widget(next(columns), field, values[field.name], key)
    objective = OBJECTIVES[values["objective"]]
    values |= {"objective": "" if objective.implied else objective.key, "variational": objective.variational}
    return _config(ModelConfig, values), _config(TrainConfig, values)


def _config(kind: type[_Config], values: dict[str, Any]) -> _Config:
    return make_config(kind, **{field.name: values[field.name] for field in fields(kind)})


def _is_shown(field: FieldSetting, info: DatasetInfo) -> bool:
    if field.name == "classes" and len(info.class_names) < 2:
        return False
    return bool(field.setting.title) and not field.setting.expert


def _refused(values: dict[str, Any]) -> set[str]:
    """Return names of settings that can't be combined with the chosen objective or prior."""
    chosen = (OBJECTIVES[values["objective"]], PRIORS[values["prior"]])
    return {name for kind in chosen for refusal in kind.refuses for name in refusal.settings}


def _widget(place, field: FieldSetting, value: Any, key: str) -> Any:
    setting, label, id = field.setting, _(field.setting.title), f"{field.name}-{key}"
    if choices := field.choices:
        index = list(choices).index(value)
        return place.selectbox(
            label, choices, index, format_func=lambda choice: _(choices[choice]), key=id, help=_(setting.help)
        )
    if field.type is bool:
        return _toggle(place, field, value, key)
    if field.type is tuple:
        text = place.text_input(label, ", ".join(map(str, value)), key=id, help=_(setting.help))
        return [int(part) if part.strip().isdigit() else part for part in text.split(",")]
    if setting.first is not None and value == field.default:
        value = setting.first
    least, most = field.type(field.least), field.type(field.most)
    value = min(max(value, least), most)  # an imported bundle may be outside the form's range
    return place.number_input(
        label, least, most, value, key=id, step=setting.step, format=setting.format, help=_(setting.help)
    )


def _toggle(place, field: FieldSetting, value: bool, key: str) -> bool:
    return place.toggle(_(field.setting.title), value, key=f"{field.name}-{key}", help=_(field.setting.help))

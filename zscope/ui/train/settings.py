"""Chooses the settings: a preset with its estimated time, or every setting."""

import dataclasses

import streamlit as st

from vae.data.catalog import dataset_info
from vae.models.config import ModelConfig, TrainConfig, check_together
from vae.training.presets import PRESETS
from zscope.jobs.runs.estimate import estimates, run_seconds
from zscope.ui.language import _
from zscope.ui.text import plain
from zscope.ui.train.all_settings import all_settings

__all__ = ["AGAIN_KEY", "choose_settings", "duration"]

PRESET_KEY = "zscope_train_preset"
AGAIN_KEY = "zscope_train_again"  # (ModelConfig, TrainConfig) whose settings were duplicated
_AGAIN = "again"

_Configs = tuple[ModelConfig, TrainConfig]


def choose_settings(dataset: str, images: int) -> _Configs:
    """Show the second part of the form.

    Args:
        images: number of images to train on.

    Raises:
        BadRequestError: invalid or contradictory settings.
    """
    info = dataset_info(dataset)
    base = {id: preset.configs(info, images) for id, preset in PRESETS.items()}
    titles = {id: _(preset.title) for id, preset in PRESETS.items()}
    again = st.session_state.get(AGAIN_KEY)
    if again and again[1].dataset == dataset:
        base[_AGAIN] = again
        titles[_AGAIN] = _("Duplicated settings")
    elif st.session_state.get(PRESET_KEY) == _AGAIN:
        st.session_state[PRESET_KEY] = "quick"
    st.session_state.setdefault(PRESET_KEY, "quick")
    chosen = _preset(base, titles, images)
    with st.expander(_("All settings"), icon=":material/tune:"):
        # The key depends on the initial values, so another preset or data set shows its own.
        model, training = all_settings(*base[chosen], info, key=f"{chosen}-{dataset}-{images}-{hash(base[chosen])}")
    if (model, training) != base[chosen]:
        st.caption(
            _(":material/schedule: With these settings: {estimate}.", estimate=_estimate(model, training, images))
        )
        if chosen == _AGAIN:  # changed by the user, or out of the form's range
            changed = "; ".join(_differences(base[chosen], (model, training)))
            st.caption(_(":material/difference: Changed: {changed}.", changed=plain(changed)))
    check_together(model, training)
    return model, training


def _presets_until(
    base: dict[str, _Configs], titles: dict[str, str], images: int, before: str, unmeasured: str
) -> None:
    """Show the presets until another one is chosen or `_unmeasured` changes."""
    _radio(base, titles, images)  # it starts the next probe when it is time for it
    if st.session_state[PRESET_KEY] != before or _unmeasured(base) != unmeasured:
        st.rerun()


def _unmeasured(base: dict[str, _Configs]) -> str:
    """Return "measuring" if a speed is being measured, "failed" if one is unknown and no probe runs, else ""."""
    if any(estimates().is_measuring(*configs) for configs in base.values()):
        return "measuring"
    return "failed" if any(estimates().images_per_second(*configs) is None for configs in base.values()) else ""


def _preset(base: dict[str, _Configs], titles: dict[str, str], images: int) -> str:
    for configs in base.values():
        estimates().images_per_second(*configs)
    if unmeasured := _unmeasured(base):
        refresh = st.fragment(_presets_until, run_every=2.0 if unmeasured == "measuring" else 10.0)
        refresh(base, titles, images, st.session_state[PRESET_KEY], unmeasured)
    else:
        _radio(base, titles, images)
    return st.session_state[PRESET_KEY]


def _radio(base: dict[str, _Configs], titles: dict[str, str], images: int) -> None:
    def caption(id: str) -> str:
        if id in PRESETS:
            what = _(PRESETS[id].summary)
        elif start := base[id][1].start_from:
            what = _("Continues from the weights of {start}, with its settings.", start=plain(start))
        else:
            what = _("The settings of the run or model that you duplicated.")
        return f"{_estimate(*base[id], images)} · {what}"

    st.radio(
        _("Preset"), list(base), format_func=titles.__getitem__, captions=[caption(id) for id in base], key=PRESET_KEY,
    )  # fmt: skip


def _estimate(model: ModelConfig, training: TrainConfig, images: int) -> str:
    speed = estimates().images_per_second(model, training)
    if speed:
        return _("**about {time}** on this machine", time=duration(run_seconds(speed, training, images)))
    return (
        _("measuring …") if estimates().is_measuring(model, training) else _("time unknown; it will be measured again")
    )


def duration(seconds: float) -> str:
    """Return a rounded duration, such as "40 s", "2 min" or "1 h 20 min"."""
    if seconds < 55:
        return _("{n} s", n=f"{max(1, round(seconds, -1 if seconds > 15 else None)):.0f}")
    minutes = round(seconds / 60)
    if minutes < 60:
        return _("{n} min", n=minutes)
    hours, minutes = divmod(round(minutes, -1) if minutes > 120 else minutes, 60)
    return _("{hours} h {minutes} min", hours=hours, minutes=minutes) if minutes else _("{hours} h", hours=hours)


def _differences(before: _Configs, now: _Configs) -> list[str]:
    """List each changed setting with both values, such as "free_bits 50.0 → 10.0"."""
    return [
        f"{field.name} {getattr(one, field.name)} → {getattr(other, field.name)}"
        for one, other in zip(before, now, strict=True)
        for field in dataclasses.fields(one)
        if getattr(one, field.name) != getattr(other, field.name)
    ]

"""How to train: a preset with its measured time, and every setting for who wants it."""

import dataclasses
from collections.abc import Callable

import streamlit as st

from vae.data.catalog import DatasetInfo, dataset_info
from vae.kinds import LIKELIHOODS, OBJECTIVES, PRIORS, objective_of
from vae.models.config import ModelConfig, TrainConfig, check_together, make_config
from vae.registry import Registry
from vae.training.presets import PRESETS
from zscope.jobs.runs.estimate import estimates, run_seconds
from zscope.ui.text import plain

__all__ = ["AGAIN_KEY", "choose_settings", "duration"]

PRESET_KEY = "zscope_train_preset"
AGAIN_KEY = "zscope_train_again"  # (ModelConfig, TrainConfig) of a run whose settings are to be used again
_AGAIN = "again"


def choose_settings(dataset: str, images: int) -> tuple[ModelConfig, TrainConfig]:
    """The second step of the form.

    Args:
        images: to be trained on.

    Raises:
        BadRequestError: settings that make no sense.
    """
    info = dataset_info(dataset)
    base = {id: preset.configs(info, images) for id, preset in PRESETS.items()}
    titles = {id: preset.title for id, preset in PRESETS.items()}
    again = st.session_state.get(AGAIN_KEY)
    if again and again[1].dataset == dataset:
        base[_AGAIN] = again
        titles[_AGAIN] = "As before"
    elif st.session_state.get(PRESET_KEY) == _AGAIN:
        st.session_state[PRESET_KEY] = "quick"
    st.session_state.setdefault(PRESET_KEY, "quick")
    chosen = _preset(base, titles, images)
    with st.expander("All settings", icon=":material/tune:"):
        # Keyed by where they start: another preset or data set shows its own values.
        model, training = _all_settings(*base[chosen], info, key=f"{chosen}-{dataset}-{images}-{hash(base[chosen])}")
    if (model, training) != base[chosen]:
        st.caption(f":material/schedule: With these settings: {_estimate(model, training, images)}.")
        if chosen == _AGAIN:  # by a hand, or because the form has no place for what was set elsewhere
            changed = "; ".join(_differences(base[chosen], (model, training)))
            st.caption(f":material/difference: Unlike before: {plain(changed)}.")
    check_together(model, training)
    return model, training


@st.fragment(run_every=2.0)
def _presets_until_measured(base: dict, titles: dict, images: int, before: str) -> None:
    _radio(base, titles, images)
    measuring = any(estimates().is_measuring(*configs) for configs in base.values())
    if st.session_state[PRESET_KEY] != before or not measuring:
        st.rerun()


def _preset(base: dict, titles: dict, images: int) -> str:
    for configs in base.values():
        estimates().images_per_second(*configs)
    if any(estimates().is_measuring(*configs) for configs in base.values()):
        _presets_until_measured(base, titles, images, st.session_state[PRESET_KEY])
    else:
        _radio(base, titles, images)
    return st.session_state[PRESET_KEY]


def _radio(base: dict, titles: dict, images: int) -> None:
    def caption(id: str) -> str:
        if id in PRESETS:
            what = PRESETS[id].summary
        elif start := base[id][1].start_from:
            what = f"Goes on from the weights of {plain(start)}, with its settings."
        else:
            what = "The settings of the run or model that you looked at."
        return f"{_estimate(*base[id], images)} · {what}"

    st.radio(
        "Effort", list(base), format_func=titles.get, captions=[caption(id) for id in base], key=PRESET_KEY,
    )  # fmt: skip


def _estimate(model: ModelConfig, training: TrainConfig, images: int) -> str:
    speed = estimates().images_per_second(model, training)
    if speed:
        return f"**about {duration(run_seconds(speed, training, images))}** on this machine"
    return "measuring …" if estimates().is_measuring(model, training) else "time unknown"


def duration(seconds: float) -> str:
    """Seconds as people say them: "40 s", "2 min", "1 h 20 min"."""
    if seconds < 55:
        return f"{max(1, round(seconds, -1 if seconds > 15 else None)):.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(round(minutes, -1) if minutes > 120 else minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def _differences(before: tuple[ModelConfig, TrainConfig], now: tuple[ModelConfig, TrainConfig]) -> list[str]:
    """Each setting that changed, with both values: "free_bits 50.0 → 10.0"."""
    return [
        f"{field.name} {getattr(one, field.name)} → {getattr(other, field.name)}"
        for one, other in zip(before, now, strict=True)
        for field in dataclasses.fields(one)
        if getattr(one, field.name) != getattr(other, field.name)
    ]


def _title(registry: Registry) -> Callable[[str], str]:
    return lambda key: registry[key].title


def _all_settings(
    model: ModelConfig, training: TrainConfig, info: DatasetInfo, key: str
) -> tuple[ModelConfig, TrainConfig]:
    m, t = dataclasses.asdict(model), dataclasses.asdict(training)

    def pick(place, label: str, options, value, **more):
        return place.selectbox(label, options, index=list(options).index(value), key=f"{label}-{key}", **more)

    def number(place, label: str, value, least, most, **more):
        value = min(max(value, least), most)  # a model from elsewhere may have been made beyond what is offered here
        return place.number_input(label, least, most, value, key=f"{label}-{key}", **more)

    st.caption("What each is for, with its formula and source: docs/zoo.md.")
    first, second, third = st.columns(3)
    m["latent_dim"] = number(first, "Latent dimensions", m["latent_dim"], 1, 512)
    m["network"] = pick(second, "Network", ("conv", "residual", "dense"), m["network"])
    widths = third.text_input(
        "Widths", ", ".join(map(str, m["widths"])), key=f"widths-{key}",
        help="Channels after each halving of the image; for a dense network the units of each layer.",
    )  # fmt: skip
    m["widths"] = [int(part) if part.strip().isdigit() else part for part in widths.split(",")]
    if m["network"] == "residual":
        m["blocks"] = number(third, "Blocks at each size", m["blocks"], 1, 8)
    m["dense_units"] = number(first, "Dense units", m["dense_units"], 1, 4096)
    m["activation"] = pick(second, "Activation", ("relu", "silu", "gelu"), m["activation"])
    m["likelihood"] = pick(third, "Likelihood of pixels", LIKELIHOODS, m["likelihood"], format_func=_title(LIKELIHOODS))
    chosen = objective_of(model, training).key
    objective = OBJECTIVES[pick(first, "Objective", OBJECTIVES, chosen, format_func=_title(OBJECTIVES))]
    t["objective"] = "" if objective.implied else objective.key
    m["variational"] = objective.variational
    t["importance_samples"] = 1
    if objective.several_samples:
        t["importance_samples"] = number(first, "Samples k", max(5, training.importance_samples), 2, 64)
    refused = {name for refusal in objective.refuses for name in refusal.settings}
    if "beta" in refused:
        t["beta"] = TrainConfig.beta
    else:
        t["beta"] = number(second, "β", t["beta"], 0.0, 100.0, step=0.1, help="Weight of the KL; 1 is the ELBO.")
    if not objective.variational:
        m["prior"], t["free_bits"] = ModelConfig.prior, TrainConfig.free_bits
    else:
        m["prior"] = pick(third, "Prior", PRIORS, m["prior"], format_func=_title(PRIORS))
        refused |= {name for refusal in PRIORS[m["prior"]].refuses for name in refusal.settings}
        if "free_bits" not in refused:
            t["free_bits"] = number(
                second, "Free bits", t["free_bits"], 0.0, 10.0, step=0.05, help="Nats per dimension that cost nothing."
            )
    if LIKELIHOODS[m["likelihood"]].binary:
        m["binarize"] = third.toggle("Black-and-white pixels, drawn anew", m["binarize"], key=f"binarize-{key}")
    else:
        m["binarize"] = False
    if len(info.class_names) > 1:
        told = first.toggle(
            "Conditional", m["classes"] > 0, key=f"classes-{key}",
            help="The decoder is told the class: z is left with the style, and a picture is of a class and a z.",
        )  # fmt: skip
        m["classes"] = len(info.class_names) if told else 0
    first, second, third = st.columns(3)
    t["epochs"] = number(first, "Epochs", t["epochs"], 1, 10_000)
    t["batch_size"] = number(second, "Batch size", t["batch_size"], 1, 4096)
    t["learning_rate"] = number(third, "Learning rate", t["learning_rate"], 1e-6, 1.0, format="%.5f", step=1e-4)
    t["kl_warmup"] = number(first, "KL warm-up, share of the run", t["kl_warmup"], 0.0, 0.99, step=0.05)
    t["dropout"] = number(second, "Dropout in the encoder", t["dropout"], 0.0, 0.9, step=0.05)
    t["shift"] = number(
        first, "Shift, pixels", t["shift"], 0, 16,
        help="Pictures are moved by up to so much each time they are seen: good against learning them by heart.",
    )  # fmt: skip
    t["weight_decay"] = number(second, "Weight decay", t["weight_decay"], 0.0, 1.0, step=0.05)
    keeps = {"best": "Best by validation loss", "last": "Last"}
    t["keep"] = pick(third, "Epoch that is kept", tuple(keeps), t["keep"], format_func=keeps.get)
    t["mirror"] = second.toggle(
        "Mirror", t["mirror"], key=f"mirror-{key}", help="Left and right are exchanged every other time."
    )
    t["seed"] = number(first, "Seed", t["seed"], 0, 2**31 - 1)
    return make_config(ModelConfig, **m), make_config(TrainConfig, **t)

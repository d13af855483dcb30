"""Settings of the map: method, images and parameters."""

from collections.abc import Callable, Sequence

import streamlit as st

from vae.latent.projections import PROJECTIONS, Projection, projections_for
from vae.latent.projections.settings import Axes, Components, Direction, Number, Setting
from zscope.library.maps import MapSpec
from zscope.library.maps.directions import kept_directions
from zscope.library.registry import ModelEntry
from zscope.ui import state

__all__ = ["choose_map", "draw_along"]

_HELP = "Show three components, and rotate them. Lasso, density and decoding of empty places need a map of two."
_FLAT = "This method makes no map of three components. Choose {others} for one."
_IMAGES = {"test": "Test", "all": "All"}


def choose_map(entry: ModelEntry) -> MapSpec:
    """Show the controls of the map, initially with the last settings or those of the link.

    Raises:
        DataError: the model's file of directions is damaged.
    """
    dims = entry.manifest.model.latent_dim
    kept = {direction.id: direction.title for direction in kept_directions(entry.manifest)} if dims > 1 else {}
    offered = [one for one in projections_for(dims) if kept or not one.takes_direction]
    titles = {one.key: one.title for one in offered}
    last = state.current_map(entry.id) or MapSpec(method=offered[0].key)

    def key(name: str, value, fits: Callable[[object], bool] = lambda value: True, otherwise=None) -> str:
        """Return a widget's key. The widget has its last value if that fits, else `value`, else `otherwise`."""
        key = f"zscope_map_{name}_{entry.id}"
        if key not in st.session_state or not fits(st.session_state[key]):
            st.session_state[key] = value if fits(value) else otherwise
        return key

    def number(name: str, label: str, value, least, most, **more):
        def fits(value: object) -> bool:
            return type(value) is type(least) and least <= value <= most

        place = key(name, min(max(value, least), most), fits)
        return st.number_input(label, least, most, key=place, width=108, **more)

    def one_of(label: str, options: dict[str, str], place: str, help: str | None = None) -> str:
        """Show a control and return the chosen key; there always is one, since `key` has set it."""
        st.segmented_control(
            label, list(options), format_func=options.__getitem__, key=place, required=True, help=help
        )  # fmt: skip
        return st.session_state[place]

    def control(method: str, setting: Setting):
        value = last.values.get(setting.name, setting.default)
        match setting:
            case Direction():
                place = key(setting.name, value, kept.__contains__, next(iter(kept)))
                return st.selectbox(setting.title, list(kept), format_func=kept.__getitem__, key=place, width=260)
            case Axes():
                first, most = setting.first, max(1, dims - 1) + setting.first
                chosen = [
                    number(f"{method}_{side}", f"{setting.word} {side}", axis + first, first, most) - first
                    for side, axis in zip(("across", "up"), setting.check(value), strict=True)
                ]
                return tuple(chosen)
            case Components():
                on = st.toggle(
                    setting.title,
                    key=key(setting.name, last.components > 2, lambda value: type(value) is bool),
                    help=_HELP,
                )
                return 3 if on else 2
            case Number():
                return number(
                    setting.name, setting.title, value, setting.least, setting.most, step=setting.step,
                    help=setting.help,
                )  # fmt: skip
            case _:
                raise TypeError(f"The Map page has no control for {setting!r}.")

    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        place = key("method", last.method, titles.__contains__, offered[0].key)
        method = one_of("Map", titles, place)
        place = key("images", last.images, _IMAGES.__contains__)
        images = one_of("Images", _IMAGES, place, "Only the test images, or the training and validation images too.")
        offered_settings = PROJECTIONS[method].settings
        settings = {
            setting.name: control(method, setting)
            for setting in offered_settings
            if isinstance(setting, Components) and dims > 2
        }
        if dims > 2 and not settings:
            _show_flat(offered)
        chooses_axes = dims > 1 and settings.get("components", 2) == 2  # in 3-D, the axes are the first three
        settings |= {
            setting.name: control(method, setting)
            for setting in offered_settings
            if not isinstance(setting, Components) and (chooses_axes or not isinstance(setting, Axes))
        }
    return MapSpec(method=method, images=images, **settings)


def _show_flat(offered: Sequence[Projection]) -> None:
    """Show the switch of three components disabled, with the reason."""
    deep = {one.title: setting for one in offered for setting in one.settings if isinstance(setting, Components)}
    if deep:
        reason = _FLAT.format(others=" or ".join(deep))
        st.toggle(next(iter(deep.values())).title, disabled=True, key="zscope_map_flat", help=reason)


def draw_along(model_id: str, direction: str) -> None:
    """Choose a saved direction for the map; a callback."""
    st.session_state[f"zscope_map_method_{model_id}"] = "along"
    st.session_state[f"zscope_map_direction_{model_id}"] = direction

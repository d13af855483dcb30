"""Which model the open one is compared with: by link, by default, and when there is none."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.small_model import save_small


def page():
    import streamlit as st

    from zscope.ui import state
    from zscope.ui.compare.choice import choose_other
    from zscope.ui.errors import shown_errors

    state.restore_link()
    with shown_errors():
        other, common = choose_other(state.current_model())
        st.write(f"{other.id}, {common}")


@pytest.fixture
def open_page(tmp_path, monkeypatch):
    """`open_page(model="mnist-16", …)` runs the page with that link."""
    monkeypatch.setenv("ZSCOPE_MODELS", str(tmp_path))

    def run(**query) -> AppTest:
        app = AppTest.from_function(page, default_timeout=60)
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception, app.exception
        return app

    return run


@pytest.fixture
def small(tmp_path):
    """A model of 8 × 8 images, called `small`."""
    save_small(tmp_path, "small")


def shown(app) -> str:
    return app.markdown[-1].value


@pytest.mark.full
def test_by_default_one_of_the_same_data_and_those_first(open_page, small):
    app = open_page(model="fashion-16")
    assert shown(app) == "mnist-16, shape"  # there is no other of its data
    app = open_page(model="mnist-2d")
    assert shown(app) == "mnist-16, data"
    options = app.selectbox[0].options
    assert "another data set" in options[-1] and "Fashion" in options[-1] and not any("small" in one for one in options)


def test_the_link_names_it_and_the_session_keeps_it(open_page):
    app = open_page(model="mnist-16", **{"with": "mnist-binary-32"})
    assert shown(app) == "mnist-binary-32, data"
    app.selectbox[0].set_value("fashion-16").run()
    assert shown(app) == "fashion-16, shape"
    app.run()
    assert shown(app) == "fashion-16, shape"


def test_swap(open_page):
    app = open_page(model="mnist-16", **{"with": "mnist-binary-32"})
    app.button[0].click().run()
    assert app.session_state["zscope_model"] == "mnist-binary-32" and shown(app) == "mnist-16, data"


def test_the_same_model_is_replaced_by_another(open_page):
    assert shown(open_page(model="mnist-16", **{"with": "mnist-16"})) == "mnist-2d, data"


def test_other_shapes_are_refused_with_what_can_be_compared(open_page, small):
    app = open_page(model="mnist-16", **{"with": "small"})
    said = app.error[0].value.replace("\\", "")
    assert "mnist-16 takes images of 28 × 28 × 1, small of 8 × 8 × 1" in said
    assert "Compare mnist-16 with another model of 28 × 28 × 1 images" in said
    app.selectbox[0].set_value("mnist-2d").run()  # and the way on is there
    assert shown(app) == "mnist-2d, data" and not app.error


def test_explains_what_to_do_if_there_is_no_second_model(open_page, small):
    said = open_page(model="small").error[0].value.replace("\\", "")
    assert "there is no other model of 8 × 8 × 1 images" in said and "Train one" in said

"""Baseline: a plain Streamlit page with `st.slider` and `st.image` of the same model."""

import numpy as np
import streamlit as st

from vae.inference.loaded_model import LoadedModel
from zscope.library.open_models import load_model


@st.cache_resource
def model() -> LoadedModel:
    return load_model("mnist-16")


z = np.zeros((1, 16), np.float32)
for dimension in range(16):
    z[0, dimension] = st.slider(f"z{dimension}", -3.0, 3.0, 0.0, key=f"z{dimension}")
    if dimension == 0:
        st.image(model().decode_pixels(z)[0, ..., 0], width=400)

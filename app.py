"""The server: Streamlit's pages and the live channel in one process and on one port. `streamlit run app.py`."""

import streamlit as st
from starlette.middleware import Middleware

from vae.assets import PACKAGES
from zscope.ui.server import lifespan, routes
from zscope.ui.uploads import UploadQuota

app = st.App(
    PACKAGES / "zscope" / "ui" / "shell.py",
    routes=routes(),
    middleware=[Middleware(UploadQuota)],
    lifespan=lifespan,
)

if __name__ == "__main__":
    app.run()

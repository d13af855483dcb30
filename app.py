"""The server: Streamlit's pages and the live channel beside them, one process, one port. `streamlit run app.py`."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from zscope.ui.server import lifespan, routes
from zscope.ui.uploads import UploadQuota

app = st.App(
    Path(__file__).parent / "zscope" / "ui" / "shell.py",
    routes=routes(),
    middleware=[Middleware(UploadQuota)],
    lifespan=lifespan,
)

if __name__ == "__main__":
    app.run()

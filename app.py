"""The server: Streamlit's pages and the live channel in one process and on one port. `streamlit run app.py`."""

import streamlit as st
from starlette.middleware import Middleware

from vae.assets import APP, PACKAGES
from zscope.ui.page_address import PageAddress
from zscope.ui.server import lifespan, routes
from zscope.ui.uploads import UploadQuota

PAGES = tuple(sorted(path.stem for path in (APP / "pages").glob("*.py")))

app = st.App(
    PACKAGES / "zscope" / "ui" / "shell.py",
    routes=routes(),
    middleware=[Middleware(UploadQuota), Middleware(PageAddress, pages=PAGES)],
    lifespan=lifespan,
)

if __name__ == "__main__":
    app.run()

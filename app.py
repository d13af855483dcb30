"""The server: Streamlit's pages and the live channel in one process and on one port. `streamlit run app.py`."""

import streamlit as st
from starlette.middleware import Middleware

from vae.assets import APP, PACKAGES
from zscope.serving.guard import HostGuard
from zscope.serving.security_headers import SecurityHeaders
from zscope.ui.listening import allowed_hosts, frame_ancestors, inline_scripts
from zscope.ui.page_head import PageHead
from zscope.ui.page_html import page_additions
from zscope.ui.server import base_path, lifespan, routes
from zscope.ui.uploads import UploadQuota

ANCESTORS = frame_ancestors()
PAGES = tuple(sorted(path.stem for path in (APP / "pages").glob("*.py")))
INLINE = inline_scripts(PAGES)

app = st.App(
    PACKAGES / "zscope" / "ui" / "shell.py",
    routes=routes(),
    middleware=[
        Middleware(HostGuard, allowed=allowed_hosts),
        Middleware(SecurityHeaders, inline=lambda: INLINE, ancestors=lambda: ANCESTORS),
        Middleware(UploadQuota),
        Middleware(PageHead, base=base_path(), pages=PAGES, default="explore", additions=page_additions(PAGES)),
    ],
    lifespan=lifespan,
)

if __name__ == "__main__":
    app.run()

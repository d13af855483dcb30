"""The server: Streamlit's pages and the live channel beside them, one process, one port. `streamlit run app.py`."""

from pathlib import Path

import streamlit as st

from ui.server import lifespan, routes

app = st.App(Path(__file__).parent / "ui" / "shell.py", routes=routes(), lifespan=lifespan)

if __name__ == "__main__":
    app.run()

"""A bare `st.App` with one picture: `streamlit run bench/picture_app.py`."""

from pathlib import Path

import streamlit as st

app = st.App(Path(__file__).with_name("picture_page.py"))

if __name__ == "__main__":
    app.run()

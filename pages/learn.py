"""Learn: variational autoencoders in short interactive chapters."""

import streamlit as st

from zscope.ui.errors import shown_errors
from zscope.ui.learn.page import PARAMETER, chapter_of, show_chapter, show_contents

with shown_errors():
    if chapter := chapter_of(st.query_params.get(PARAMETER)):
        show_chapter(chapter)
    else:
        show_contents()

"""Streamlit user interface: shell, session state, components, dialogs."""

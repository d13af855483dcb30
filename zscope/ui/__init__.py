"""The Streamlit pages: shell, session state, components, dialogs."""

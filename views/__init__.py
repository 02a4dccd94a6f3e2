"""The only room that knows Streamlit: thin pages that read, call one thing below, and show."""

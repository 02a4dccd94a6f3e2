"""HTTP beside Streamlit: sign-in, assets, geometry, live counts, health."""

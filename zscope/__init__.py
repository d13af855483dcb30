"""The application around the library `vae`: models on disk, jobs, the server, pages and the command line."""

__all__ = ["__version__"]

__version__ = "0.1.0"

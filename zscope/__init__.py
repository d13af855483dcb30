"""The application around the library `vae`: models on disk, jobs, the server, pages and the command line."""

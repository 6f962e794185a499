"""The server: FastAPI over the services, with four faces that never import each other."""

"""``uvicorn src.api:app``: the service under the name that it is known by."""

from standout.server.door import Door

app = Door()

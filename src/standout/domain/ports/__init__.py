"""Ports: what the services ask of a store, a file for each noun. `standout.store` answers."""

from standout.domain.ports.streams import StreamStore

__all__ = ["StreamStore"]

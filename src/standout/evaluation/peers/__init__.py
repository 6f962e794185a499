"""Peers: detectors of others to compare with; they are no part of the service."""

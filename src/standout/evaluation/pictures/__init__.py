"""Pictures of what went wrong."""

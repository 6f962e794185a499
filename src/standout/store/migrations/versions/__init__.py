"""One file a change, in order; a released one never changes."""

"""Client library: streams a file or single observations to a server, over `standout.schemas`."""

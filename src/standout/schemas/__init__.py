"""The wire: each message that server and client exchange, defined once."""

"""WebSockets: observations in, verdicts out, and the feed of the pages."""

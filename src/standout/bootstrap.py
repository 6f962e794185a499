"""The one place that chooses and wires."""

"""Evaluation: how well detectors find what people have labelled."""

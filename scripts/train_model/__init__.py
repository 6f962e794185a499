"""``python -m scripts.train_model --config config/config.yaml``: the same as `standout train`."""

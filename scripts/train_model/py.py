"""``python -m scripts.train_model.py``: a module named as a file, as it is often written."""

from scripts.train_model import __main__  # noqa: F401 - importing it runs it

"""``python -m scripts.train_model``: the same as `standout train`."""

import sys

from standout.cli.program import program

program(["train", *sys.argv[1:]], prog_name="standout")

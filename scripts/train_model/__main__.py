"""``python -m scripts.train_model``: the same as `standout train`."""

import sys
from pathlib import Path

# After `pip install -r requirements.txt` alone, what the package needs is there, but not itself.
sys.path.append(str(Path(__file__).parents[2] / "src"))

from standout.cli.program import program

program(["train", *sys.argv[1:]], prog_name="standout")

"""``uvicorn main:app``: the service under the name that it is known by."""

import sys
from pathlib import Path

# After `pip install -r requirements.txt` alone, what the package needs is there, but not itself.
sys.path.append(str(Path(__file__).parent / "src"))

from standout.server.door import Door

app = Door()

"""``python -m tests.soak NAME [--file FILE] [--count N]``: goes on where FILE (JSON) says it was."""

import argparse
import importlib
from pathlib import Path

SOAKS = {"fuzz": "tests.soak.fuzz"}

parser = argparse.ArgumentParser(prog="python -m tests.soak")
parser.add_argument("name", choices=sorted(SOAKS))
parser.add_argument("--file", type=Path, help="progress (default: soak-NAME.json)")
parser.add_argument("--count", type=int, default=0, help="how much in all (default: of the soak)")
asked = parser.parse_args()
run = importlib.import_module(SOAKS[asked.name]).run
raise SystemExit(run(asked.file or Path(f"soak-{asked.name}.json"), asked.count))

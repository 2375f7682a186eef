"""Measures a portal on a generated catalog. Started by script/bench, which says what the options mean."""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile

import machine
import table
from catalog import CatalogBench
from rows import CATALOG

BASELINE = "docs/reference/bench-baseline.json"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--generator", required=True)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--engine", choices=["sqlite", "postgres"], required=True)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rest", type=float, default=10)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--save", action="store_true")
    options = parser.parse_args()
    if options.quick:
        options.runs, options.rest = 1, 0.1

    # Ended from outside, it still ends its portal and removes its folder.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    warnings = machine.others_at_work()
    before = machine.calibrate()
    say(f"the fixed loop takes {before * 1000:.0f} ms")
    folder = tempfile.mkdtemp(prefix="callboard-bench.")
    try:
        figures = CatalogBench(options, folder, say).run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    after = machine.calibrate()
    if abs(after - before) > 0.15 * before:
        warnings.append(f"the fixed loop took {after * 1000:.0f} ms at the end: the machine was not steady")

    saved = {}
    if os.path.exists(BASELINE):
        with open(BASELINE, encoding="utf-8") as file:
            saved = json.load(file)
    key = f"catalog, {options.engine}, {options.count} entities"
    print(table.render(key, CATALOG, figures, options.engine, before, saved.get(key)))
    if options.count != 100_000:
        print("What must be reached is meant for 100000 entities.")
    for warning in warnings:
        print(f"BUSY: {warning}. Take these figures with care.")
    if options.save:
        saved[key] = {"calibration": before, "figures": figures}
        os.makedirs(os.path.dirname(BASELINE), exist_ok=True)
        with open(BASELINE, "w", encoding="utf-8") as file:
            json.dump(saved, file, indent=2, sort_keys=True)
            file.write("\n")
        say(f"saved to {BASELINE}")


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

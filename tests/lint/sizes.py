#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Files small enough to hold in the head: a source file over 400 lines, or a header over 260,
fails unless its first ten lines give the reason ("Long because ...")."""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIMITS = {".cc": 400, ".h": 260}


def main() -> int:
    bad = []
    files = [f for folder in ("src", "channels") for f in (ROOT / folder).rglob("*") if f.suffix in LIMITS]
    for file in sorted(files):
        lines = file.read_text(encoding="utf-8").splitlines()
        if len(lines) > LIMITS[file.suffix] and not any("Long because" in line for line in lines[:10]):
            bad.append(f"{file.relative_to(ROOT)}: {len(lines)} lines (limit {LIMITS[file.suffix]})")
    print("\n".join(bad) if bad else f"sizes: {len(files)} files")
    return 1 if bad or not files else 0


if __name__ == "__main__":
    sys.exit(main())

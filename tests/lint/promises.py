#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/promises.md names a test for each promise; this checks that every named test exists, and
that docs/life-of-a-message.md names files that exist."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def known_tests() -> set[str]:
    names = set()
    for file in ROOT.glob("tests/**/*_test.cc"):
        for suite, name in re.findall(r"^\s*(?:TEST|TEST_F|TEST_P)\((\w+),\s*(\w+)\)", file.read_text(encoding="utf-8"), re.M):
            names.add(f"{suite}.{name}")
    for file in [*ROOT.glob("tests/e2e/*.mjs"), *ROOT.glob("tests/faults/*.mjs")]:
        for name in re.findall(r"\btest\(\s*['\"`]([^'\"`]+)['\"`]", file.read_text(encoding="utf-8")):
            names.add(f"{file.name}: {name}")
    return names


def main() -> int:
    tests = known_tests()
    bad = []
    promises = (ROOT / "docs/promises.md").read_text(encoding="utf-8")
    named = re.findall(r"`test:([^`]+)`", promises)
    bad += [f"docs/promises.md: no such test: {name}" for name in named if name not in tests]
    life = (ROOT / "docs/life-of-a-message.md").read_text(encoding="utf-8")
    files = re.findall(r"`((?:src|channels)/[\w./-]+)`", life)
    bad += [f"docs/life-of-a-message.md: no such file: {f}" for f in files if not (ROOT / f).exists()]
    if not named or not files:
        bad.append("promises.md or life-of-a-message.md names nothing")
    print("\n".join(bad) if bad else f"promises: {len(named)} tests named, {len(files)} files named")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

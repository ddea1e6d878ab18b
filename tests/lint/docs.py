#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the program can say is explained: every problem code of the rules in docs/rules.md, every log
event and metric in docs/operations.md; and what is explained there exists. Links between files lead somewhere."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def source(*folders: str) -> str:
    files = [f for folder in folders for pattern in ("*.cc", "*.h") for f in sorted((ROOT / folder).rglob(pattern))]
    return "\n".join(f.read_text(encoding="utf-8") for f in files)


def first_cells(path: str, heads: tuple[str, ...]) -> set[str]:
    """The names in the first column of the tables with these heads."""
    names: set[str] = set()
    inside = False
    for line in (ROOT / path).read_text(encoding="utf-8").splitlines():
        if line.startswith(heads):
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and not line.startswith("|---"):
            names.update(re.findall(r"`([^`{]+)[`{]", line.split("|")[1]))
    return names


def dead_links() -> list[str]:
    bad = []
    for file in [*ROOT.glob("*.md"), *ROOT.glob("*/*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("channels/**/*.md")]:
        if "node_modules" in file.parts or "build" in file.relative_to(ROOT).parts[:1]:
            continue
        for target in re.findall(r"\]\(([^)#\s]+)", file.read_text(encoding="utf-8")):
            if "://" not in target and not (file.parent / target).exists():
                bad.append(f"{file.relative_to(ROOT)}: no such file: {target}")
    return sorted(set(bad))


def main() -> int:
    rules = source("src/rules") + (ROOT / "src/router/review.cc").read_text(encoding="utf-8")
    code = source("src", "channels")
    # A code stands before the Chinese text of its problem.
    known_codes = set(re.findall(r'"([a-z]+(?:-[a-z]+)*)",\s*(?:(?:fmt::format\()?\s*"[^"\n]*[^\x00-\x7f]|fault\.zh)', rules))
    known_codes |= set(re.findall(r'\.code = "([a-z-]+)"', rules))
    known_events = set(re.findall(r'log::(?:Debug|Info|Warn|Error)\("([a-z-]+)"', code))
    known_metrics = set(re.findall(r'metrics::(?:Count|Set)\("([a-z_]+)"', code))
    bad = dead_links()
    for what, known, path, heads in (
        ("problem code", known_codes, "docs/rules.md", ("| 代码 |",)),
        ("log event", known_events, "docs/operations.md", ("| event |",)),
        ("metric", known_metrics, "docs/operations.md", ("| metric |",)),
    ):
        written = first_cells(path, heads)
        bad += [f"{path}: {what} {name} is not explained" for name in sorted(known - written)]
        bad += [f"{path}: there is no {what} {name}" for name in sorted(written - known)]
        if not known:
            bad.append(f"no {what} found in the sources")
    print("\n".join(bad) if bad else f"docs: {len(known_codes)} codes, {len(known_events)} events, {len(known_metrics)} metrics")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

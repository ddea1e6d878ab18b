#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who may include whom, and which file may hold which library (docs/decisions/0002-layers.md)."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# part -> the parts that it may include, besides itself
MAY = {
    "base": set(),
    "model": {"base"},
    "text": {"base", "model"},
    "rules": {"base", "model", "text"},
    "http": {"base"},
    "stream": {"base"},
    "orders": {"base", "model", "text"},
    "forms": {"base", "model", "text", "orders", "rules"},
    "store": {"base", "model", "text", "orders"},
    "incidents": {"base", "model", "text", "store"},
    "knowledge": {"base", "model", "text", "store"},
    "mail": {"base", "text"},
    "channels": {"base", "model", "text", "http", "mail"},
    "router": {"base", "model", "text", "http", "stream", "orders", "store", "incidents", "knowledge", "rules", "forms", "mail", "channels"},
    "desk": {"base", "model", "text", "orders", "store", "rules", "router", "forms", "knowledge"},
    "chase": {"base", "model", "text", "orders", "store", "rules", "router", "desk"},
    "callback": {"base", "model", "text", "http", "mail", "orders", "store", "rules", "router", "channels", "forms", "knowledge", "incidents", "stream", "desk"},
    "cli": {
        *("base", "model", "text", "http", "stream", "orders", "store", "incidents", "knowledge", "rules", "forms", "mail", "channels", "router"),
        "desk", "chase", "callback",
    },
    "main": {"cli"},
}
# library header -> regular expression of the files that may hold it
WALLS = {
    r"cpprest/|pplx/": r"src/http/server_cpprest\.cc",
    r"curl/": r"src/http/client_curl\.cc|src/mail/curl_\w+\.(cc|h)",
    r"hiredis/": r"src/stream/\w+\.(cc|h)",
    r"soci/|sqlite3\.h|libpq-fe\.h": r"src/store/soci_\w+\.(cc|h)",
    r"gmime/": r"src/mail/\w+\.cc",
    r"pugixml": r"channels/push_xml\.cc",
    r"openssl/": r"src/base/crypto\.cc",
    r"toml\+\+/": r"src/base/config_reader\.cc",
    r"spdlog/": r"src/base/log\.cc",
    r"prometheus/": r"src/base/metrics\.cc",
    r"re2/": r"src/rules/regex\.cc",
    r"linear\.h": r"src/rules/linear\.cc",
    r"unicode/": r"src/text/\w+\.cc|src/text/gen/\w+\.cc",
    r"opencc": r"src/text/gen/\w+\.cc",
    r"CLI/": r"src/main\.cc",
    r"nlohmann/json\.hpp": r".*\.cc",
    r"regex>|iostream>": r".*\.cc",
}


def part_of(path: str) -> str:
    if path.startswith("channels/"):
        return "channels"
    if path == "src/main.cc":
        return "main"
    return path.split("/")[1]


def channel_of(path: str) -> str:
    pieces = path.split("/")
    return pieces[1] if pieces[0] == "channels" and len(pieces) == 3 else ""


def main() -> int:
    bad = []
    checked = 0
    for file in sorted([*ROOT.glob("src/**/*.cc"), *ROOT.glob("src/**/*.h"), *ROOT.glob("channels/**/*.cc"), *ROOT.glob("channels/**/*.h")]):
        path = str(file.relative_to(ROOT))
        part = part_of(path)
        if part not in MAY:
            bad.append(f"{path}: no layer is set for {part}")
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            found = re.match(r'\s*#include\s+([<"])([^>"]+)[>"]', line)
            if not found:
                continue
            checked += 1
            kind, header = found.groups()
            if kind == '"' and (header.startswith("src/") or header.startswith("channels/")):
                other = part_of(header)
                if other != part and other not in MAY[part]:
                    bad.append(f"{path}:{number}: {part} may not include {other} ({header})")
                if channel_of(header) and channel_of(header) != channel_of(path):
                    bad.append(f"{path}:{number}: only a channel may include its own files ({header})")
            elif kind == '"' and not header.endswith(".inc"):  # .inc: made by the build
                bad.append(f"{path}:{number}: write includes from the repository root ({header})")
            for library, allowed in WALLS.items():
                if re.match(library, header) and not re.fullmatch(allowed, path):
                    bad.append(f"{path}:{number}: <{header}> may stand only in {allowed}")
    print("\n".join(bad) if bad else f"includes: {checked} checked")
    return 1 if bad or checked == 0 else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What image_test.sh needs to know of a service in the compose file, as bash assignments.

compose.py FILE SERVICE, where FILE is the output of `docker-compose config`.
"""
import shlex
import sys

import yaml

with open(sys.argv[1], encoding="utf-8") as file:
    service = yaml.safe_load(file)["services"][sys.argv[2]]


def words(name, values):
    print(f"{name}=({' '.join(shlex.quote(str(v)) for v in values)})")


words("entrypoint", service.get("entrypoint", []))
words("command", service.get("command", []))
words("environment", (f"{k}={v}" for k, v in service.get("environment", {}).items()))
words("tmpfs", service.get("tmpfs", []))
words("capabilities", (c.lower() for c in service.get("cap_add", [])))
words("volumes", service.get("volumes", []))
words("secrets", (s["source"] for s in service.get("secrets", [])))
words("health", service.get("healthcheck", {}).get("test", [])[1:])
print(f"user={shlex.quote(service.get('user', '0:0'))}")
print(f"read_only={str(service.get('read_only', False)).lower()}")

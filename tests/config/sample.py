"""Configurations that are right, and how they are read."""

from __future__ import annotations

from pathlib import Path

from backuptool.config import Plan, read_config

GOOD = """
[plans.broker]
passphrase_file = "/root/p"
[plans.broker.source]
database = "broker"
[[plans.broker.stores]]
type = "directory"
path = "/var/backups"
"""
WEBDAV = 'type = "webdav"\nurl = "https://x.example/"\ncurl_config = "/c"'
STORE = 'type = "directory"\npath = "/var/backups"'
PASSPHRASE_FILE = 'passphrase_file = "/root/p"'
RECIPIENTS = 'recipients = ["/etc/ops.pem", "/etc/boss.pem"]\nsigning_key = "/etc/signing_key"'


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text)
    return path


def planned(folder: Path, lines: str) -> Plan:
    return read_config(written(folder, GOOD.replace(PASSPHRASE_FILE, lines))).plan("broker")

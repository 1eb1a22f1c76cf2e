"""A first configuration: from what a person answers, or from the script that made the backups so far."""

from __future__ import annotations

from backuptool.init.answers import Answers, Dav, Folder
from backuptool.init.from_sop import from_sop
from backuptool.init.text import config_text
from backuptool.init.write import write_config

__all__ = ["Answers", "Dav", "Folder", "config_text", "from_sop", "write_config"]

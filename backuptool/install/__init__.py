"""Lets cron or systemd run all plans every night; what was installed can be taken away again, and nothing else is."""

from __future__ import annotations

from backuptool.install.cron import cron
from backuptool.install.files import File, is_there, place, remove
from backuptool.install.systemd import Needs, systemd

__all__ = ["File", "Needs", "cron", "is_there", "place", "remove", "systemd"]

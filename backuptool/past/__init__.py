"""What the old procedure left: files of `openssl enc` and its tars. Nothing in them proves who made them."""

from backuptool.past.backup import OldBackup, OldVerdict, is_old, opened
from backuptool.past.derivation import Attempt
from backuptool.past.names import created

__all__ = ["Attempt", "OldBackup", "OldVerdict", "created", "is_old", "opened"]

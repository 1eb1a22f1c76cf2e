"""What a shell script sets, read without running it (POSIX shell and bash, as the shell's manual has its grammar)."""

from __future__ import annotations

from backuptool.shellscript.found import SEVERAL, Called, Script, Unclear, Value
from backuptool.shellscript.inner import inner_script
from backuptool.shellscript.parts import NoScript
from backuptool.shellscript.script import read_script

__all__ = ["SEVERAL", "Called", "NoScript", "Script", "Unclear", "Value", "inner_script", "read_script"]

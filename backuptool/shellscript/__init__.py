"""What a shell script sets, read without running it (POSIX shell and bash, as the shell's manual has its grammar)."""

from __future__ import annotations

from backuptool.shellscript.script import Script, Unclear, Value, read_script

__all__ = ["Script", "Unclear", "Value", "read_script"]

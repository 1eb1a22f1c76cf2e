"""Whether the wrapper that `install cron` wrote runs the configuration that is looked at."""

from __future__ import annotations

import os
import shlex
from itertools import pairwise
from pathlib import Path

from backuptool.doctor.check import Doubt
from backuptool.doctor.schedule import cron_jobs, enabled
from backuptool.install.cron import WRAPPER


def doubt_wrapper(root: Path, config: Path | None) -> None:
    """Raises Doubt where nothing but the wrapper makes backups on the host at `root`, and of another configuration."""
    wrapper = root / WRAPPER.relative_to("/")
    if config is None or enabled(root) or list(cron_jobs(root)) != [wrapper]:
        return
    named = _named(wrapper)
    if named and not any(same_file(config, one) for one in named):
        raise Doubt(
            f"{wrapper} runs the plans of {', '.join(map(str, named))}, not of {config}",
            hint="put all plans into that file; or, if those are not wanted any more: "
            f"backuptool --config {shlex.quote(str(config))} install cron",
        )


def same_file(one: Path, other: Path) -> bool:
    """Whether the paths, with no regard to links, are those of one file."""
    return os.path.realpath(one) == os.path.realpath(other)  # Path.resolve raises where links go round


def _named(wrapper: Path) -> list[Path]:
    """The configurations that its commands name; none where one is not known without running it."""
    text = wrapper.read_text(encoding="utf-8", errors="surrogateescape")
    try:
        words = shlex.split(text, comments=True)
    except ValueError:
        return []
    named = [Path(word) for option, word in pairwise(words) if option == "--config"]
    return named if all(one.is_absolute() for one in named) else []

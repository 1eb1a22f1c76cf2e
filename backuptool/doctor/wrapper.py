"""Whether the wrapper that `install cron` wrote runs the configuration that is looked at."""

from __future__ import annotations

import shlex
from pathlib import Path

from backuptool.doctor.check import Doubt
from backuptool.doctor.schedule import cron_jobs, enabled
from backuptool.install.cron import WRAPPER


def doubt_wrapper(root: Path, config: Path | None) -> None:
    """Raises Doubt where nothing but the wrapper makes backups on the host at `root`, and of another configuration."""
    wrapper = root / WRAPPER.relative_to("/")
    if config is None or enabled(root) or list(cron_jobs(root)) != [wrapper]:
        return
    if (other := _runs(wrapper)) not in {None, config.absolute()}:
        raise Doubt(
            f"{wrapper} runs the plans of {other}, not of {config}",
            hint="put all plans into that file; or, if those are not wanted any more: "
            f"backuptool --config {shlex.quote(str(config))} install cron",
        )


def _runs(wrapper: Path) -> Path | None:
    """The configuration that is named in its last command; None where that is not known without running it."""
    text = wrapper.read_text(encoding="utf-8", errors="surrogateescape")
    try:
        words = shlex.split(text, comments=True)
    except ValueError:
        return None
    named = words[words.index("--config") + 1] if "--config" in words[:-1] else ""
    return Path(named) if named.startswith("/") else None

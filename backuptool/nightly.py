"""When the plans are run where nothing else is said, and what PATH is then: apart from the modules that install."""

from __future__ import annotations

# Not between one and four: where clocks are put forward that night, a time there does not come, nor does the backup.
NIGHTLY = "*-*-* 04:30:00"  # as systemd.time(7) has it
NIGHTLY_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"  # as the unit and cron's wrapper set it

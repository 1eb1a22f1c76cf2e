"""python -m backuptool"""

from __future__ import annotations

import sys

from backuptool.cli import main

if __name__ == "__main__":
    sys.exit(main())

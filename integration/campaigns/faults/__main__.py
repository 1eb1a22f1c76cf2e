"""Run the matrix, one case of it, or its positive control."""

from __future__ import annotations

import argparse
import logging
import sys

from integration.campaigns.faults.cases import CLOUDS, PLAIN, cases
from integration.campaigns.faults.matrix import run
from integration.campaigns.faults.uploaders import Naive, ours


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m integration.campaigns.faults", description=__doc__)
    parser.add_argument("--case", metavar="NAME", help="only the cases whose name begins so")
    parser.add_argument("--naive", action="store_true", help="against the uploader that must fail")
    wanted = parser.parse_args()
    if not wanted.case:
        logging.disable(logging.WARNING)  # the tool's warnings: thousands
    every = cases(PLAIN if wanted.naive else PLAIN + CLOUDS)
    chosen = [case for case in every if case.name.startswith(wanted.case or "")]
    tally = run(chosen, Naive if wanted.naive else ours)
    if wanted.case:
        print(*tally.outcomes, sep="\n")
    print(tally)
    sys.exit(bool(tally.failed))


if __name__ == "__main__":
    main()

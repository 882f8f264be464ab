"""Runs the conformance tests of the installed onnx package and prints what passed and what is missing.

usage: scripts/onnx_backend [-j JOBS] [-v] [PART_OF_A_NAME ...]
"""

from __future__ import annotations

import argparse
import re
from collections import Counter

import conformance
from conformance_engine import run


def main() -> int:
    """Exit code 1 where an answer is wrong or a process died."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="run only the tests whose name contains one of these")
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("-v", "--verbose", action="store_true", help="a line for every test")
    options = parser.parse_args()
    cases = [case for case in conformance.cases() if not options.names or any(n in case.name for n in options.names)]
    counts: Counter[str] = Counter()
    missing: Counter[str] = Counter()
    seconds = 0.0
    for outcome in conformance.run_all(cases, run, options.jobs):
        counts[outcome.word] += 1
        seconds += outcome.seconds
        if outcome.word == "unsupported":
            missing[re.sub(r"\[.*?\]|'[^']*'", "", outcome.reason)] += 1
        if options.verbose or outcome.word in ("wrong", "crashed"):
            print(f"{outcome.line()} ({outcome.seconds:.1f} s)", flush=True)
    if missing:
        print("\nmissing, by number of tests")
        for reason, count in missing.most_common():
            print(f"{count:5}  {reason[:140]}")
    words = ", ".join(f"{counts[word]} {word}" for word in conformance.WORDS)
    print(f"\n{len(cases)} tests in {seconds:.0f} s of processes: {words}")
    return 1 if counts["wrong"] + counts["crashed"] else 0

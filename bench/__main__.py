"""`make bench`: the speed budgets, each beside a probe in the same run on the same machine."""

import sys

from bench import engine

if __name__ == "__main__":
    engine.main(int(sys.argv[1]) if len(sys.argv) > 1 else engine.RUNS)

"""`python -m docchain`: the command line; without a command it serves."""

import sys

from docchain.entrypoints.cli.main import main

if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.argv.append("serve")
    main()

"""`python -m suostumus.server` is the command `suostumus`."""

import sys

from suostumus.server.command import main

if __name__ == "__main__":
    sys.exit(main())

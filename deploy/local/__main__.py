"""`python -m deploy.local`: the command line."""

import os
import sys


def main() -> int:
    try:
        from deploy.local.commands import app  # loading takes long enough for a Ctrl-C

        code = app.main(sys.argv[1:])
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read it has read enough, as `head` has: what is still to be printed goes nowhere, and the code is that of any filter.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return code


if __name__ == "__main__":
    sys.exit(main())

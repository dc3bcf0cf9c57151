"""`python -m deploy.local`: the command line."""

import sys


def main() -> int:
    try:
        from deploy.local.commands import app  # loading takes long enough for a Ctrl-C

        return app.main(sys.argv[1:])
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())

"""`python -m deploy.nats users` writes users.conf; `python -m deploy.nats provision` makes streams and consumers.

`provision` reads GENDAN_NATS_URL, GENDAN_NATS_OPERATOR_PASSWORD (or the file of that name, in lower case, in /run/secrets)
and GENDAN_NATS_REPLICAS.
"""

import asyncio
import os
import sys

from deploy.secret_files import secret


def main(arguments: list[str]) -> int:
    match arguments:
        case ["users"]:
            from deploy.nats import users

            users.FILE.write_text(users.configuration())
        case ["provision"]:
            from deploy.nats.provisioning import provision_at

            url = os.environ.get("GENDAN_NATS_URL", "nats://127.0.0.1:4222")
            replicas = int(os.environ.get("GENDAN_NATS_REPLICAS", "1"))
            asyncio.run(provision_at(url, secret("GENDAN_NATS_OPERATOR_PASSWORD"), replicas=replicas))
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python -m deploy.postgres` makes a database and two roles for every service on an external server.

Reads GENDAN_ADMIN_URL and, per service, GENDAN_<SERVICE>_MIGRATOR_PASSWORD and GENDAN_<SERVICE>_RUNTIME_PASSWORD,
each from /run/secrets (a file named in lower case) or from the environment. May be repeated.
"""

import asyncio

from deploy.postgres.bootstrap import Passwords, ensure
from deploy.secret_files import secret
from shared.contracts.topology import SERVICES


async def main() -> None:
    url = secret("GENDAN_ADMIN_URL")
    for service in SERVICES:
        prefix = f"GENDAN_{service.upper()}"
        await ensure(url, service, Passwords(secret(f"{prefix}_MIGRATOR_PASSWORD"), secret(f"{prefix}_RUNTIME_PASSWORD")))


if __name__ == "__main__":
    asyncio.run(main())

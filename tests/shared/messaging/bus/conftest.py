"""The same properties on one broker and on three that are one.

`./gendan test faults --all` asks for everything twenty times.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.nats.provisioning import provision_at
from tests.shared.messaging.bus.ground import Features, Ground
from tests.support.asked import WHOLE
from tests.support.servers import running_cluster, running_nats

ONE = Features("one server", replicas=1)
THREE = Features("three servers", replicas=3)
TIMES = 20 if WHOLE else 1


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if TIMES > 1:
        metafunc.fixturenames.append("time")
        metafunc.parametrize("time", range(TIMES))


@pytest_asyncio.fixture(scope="package", loop_scope="session", params=[ONE, THREE], ids=lambda features: features.name.replace(" ", "-"))
async def ground(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    folder: Path = tmp_path_factory.mktemp("bus")
    if request.param is ONE:
        async with running_nats(folder) as server:
            yield await provisioned(Ground(ONE, (server,)))
    else:
        async with running_cluster(folder) as servers:
            yield await provisioned(Ground(THREE, servers))


async def provisioned(ground: Ground) -> Ground:
    await ground.settled()
    await provision_at(ground.url, ground.servers[0].passwords["operator"], replicas=ground.features.replicas)
    return ground

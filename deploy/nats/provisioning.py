"""Makes the streams and consumers, as the operator."""

from nats.aio.client import Client

from shared.messaging.provision import inbox_prefix, provision


async def provision_at(url: str, password: str, *, replicas: int = 1) -> None:
    """Creates or updates what the suite needs on the broker at `url`. May be repeated. Raises what nats-py or the broker says."""
    client = Client()
    await client.connect(
        servers=url.split(","),
        user="operator",
        password=password,
        name="gendan-provisioning",
        inbox_prefix=inbox_prefix("operator"),
        connect_timeout=5,
        max_reconnect_attempts=3,
        allow_reconnect=False,
    )
    try:
        await provision(client, replicas)
    finally:
        await client.close()

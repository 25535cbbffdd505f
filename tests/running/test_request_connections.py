"""Pages leave no connection to PostgreSQL behind, however many are asked for at once."""

import asyncio

import httpx
import psycopg

from tests.support.databases import wait_until
from tests.support.servers import MakeInstallation, Server

SOMEBODY = """
import django; django.setup()
from tests.support import world
print(world.make_person(world.make_case(), "administrator").pk)
"""
AT_ONCE = 12
KEPT = 16
"""Threads that stay: eight for the rooms, the ballot box, and those that look after things."""


def test_pages_give_their_connections_back(
    installation: MakeInstallation, postgres_url: str
) -> None:
    made = installation(database_url=postgres_url)
    somebody = int(made.python("-c", SOMEBODY).stdout.strip().splitlines()[-1])
    session = made.session_of(pk=somebody)
    with (
        Server(made) as server,
        psycopg.connect(postgres_url, autocommit=True) as looks,
    ):

        async def read() -> set[int]:
            async with httpx.AsyncClient(
                base_url=server.url, cookies={"sessionid": session}, timeout=60
            ) as person:
                pages = [person.get("/") for _ in range(AT_ONCE)]
                return {page.status_code for page in await asyncio.gather(*pages)}

        def held() -> int:
            row = looks.execute(
                "select count(*) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            ).fetchone()
            assert row
            return int(row[0])

        for _turn in range(6):
            assert asyncio.run(read()) == {200}
        wait_until(
            lambda: held() <= KEPT, seconds=20, what=f"at most {KEPT} connections instead of many"
        )

"""Waits for a slot among concurrent requests, each account in its own queue."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from offhook.base.fair_share import FairShare


@asynccontextmanager
async def fair_slot(slots: FairShare, account: str, host: str) -> AsyncGenerator[None]:
    """Hold a slot while the block runs, once one is free.

    Args:
        slots: The slots, shared fairly.
        account: On whose behalf.
        host: The server that is connected to.
    """
    admitted = asyncio.Event()
    ticket = slots.enter(account, host, admitted=admitted.set)
    try:
        await admitted.wait()
        yield
    finally:
        slots.leave(ticket)

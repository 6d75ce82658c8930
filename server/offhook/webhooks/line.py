"""Waits for a place among all that ask at the same time, each account in its own line."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from offhook.base.shares import Shares


@asynccontextmanager
async def place(shares: Shares, account: str, host: str) -> AsyncGenerator[None]:
    """Hold a place while the block runs, once there is one.

    Args:
        shares: The places.
        account: On whose behalf.
        host: What is asked.
    """
    admitted = asyncio.Event()
    ticket = shares.enter(account, host, admitted=admitted.set)
    try:
        await admitted.wait()
        yield
    finally:
        shares.leave(ticket)

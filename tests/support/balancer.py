"""A round-robin balancer between a browser and nodes that are processes: it passes bytes."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import cycle
from urllib.parse import urlsplit


@contextmanager
def balancing(addresses: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Pass each new connection to the next node.

    Yields:
        The address to ask, and a list that grows by the node of each connection.
    """
    turns, asked = cycle(addresses), list[str]()

    async def connect(client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        asked.append(next(turns))
        node = urlsplit(asked[-1])
        with closing(back):
            answers, requests = await asyncio.open_connection(node.hostname, node.port)
            with closing(requests):
                await asyncio.gather(_pass(client, requests), _pass(answers, back))

    loop = asyncio.new_event_loop()  # the thread of the tests may have one of a browser already
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        started = asyncio.start_server(connect, "127.0.0.1", 0)
        server = asyncio.run_coroutine_threadsafe(started, loop).result()
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
        loop.call_soon_threadsafe(server.close)
    finally:
        asyncio.run_coroutine_threadsafe(_end_connections(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end_connections() -> None:
    """End what still waits for a byte: a task that is thrown away complains in a later test."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _pass(one: asyncio.StreamReader, other: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await one.read(65536):
            other.write(data)
            await other.drain()
    with suppress(OSError):
        other.close()

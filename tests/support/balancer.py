"""A round-robin TCP balancer between a browser and nodes in other processes."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import cycle
from urllib.parse import urlsplit


@contextmanager
def balancing(addresses: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Run a balancer that passes each new connection to the next node.

    Yields:
        Its address, and a list to which the node of each connection is appended.
    """
    turns, chosen_nodes = cycle(addresses), list[str]()

    async def connect(client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        chosen_nodes.append(next(turns))
        node = urlsplit(chosen_nodes[-1])
        with closing(back):
            answers, requests = await asyncio.open_connection(node.hostname, node.port)
            with closing(requests):
                await asyncio.gather(_pass(client, requests), _pass(answers, back))

    loop = asyncio.new_event_loop()  # the thread of the tests may already run one for a browser
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        started = asyncio.start_server(connect, "127.0.0.1", 0)
        server = asyncio.run_coroutine_threadsafe(started, loop).result()
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", chosen_nodes
        loop.call_soon_threadsafe(server.close)
    finally:
        asyncio.run_coroutine_threadsafe(_end_connections(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end_connections() -> None:
    """Cancel connections that still wait for bytes; a dropped task would warn in a later test."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _pass(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    with suppress(OSError):
        target.close()

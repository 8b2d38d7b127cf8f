"""Clients that send requests to nodes, in a process of their own: ``python -m bench.load``.

The process reads its parameters as JSON from its input, and prints its measurements. Each client
fetches one page after another from one node; clients are spread over the nodes.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from bench.timing import percentiles


def run_clients(
    ports: Sequence[int], paths: Sequence[str], *, clients: int, seconds: float, pause: float = 0.0
) -> dict[str, Any]:
    """Fetch pages from nodes repeatedly for some seconds, and return the rate, times and statuses.

    Args:
        ports: of the nodes on this machine.
        clients: number of concurrent clients.
        pause: seconds, on average, that a client waits before each request.
    """
    request = {
        "ports": list(ports), "paths": list(paths), "clients": clients, "seconds": seconds,
        "pause": pause,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=json.dumps(request), capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


class _Clients:
    def __init__(self, request: dict[str, Any]) -> None:
        self._ports, self._paths = request["ports"], request["paths"]
        self._count, self._until = request["clients"], time.monotonic() + request["seconds"]
        self._pause = request["pause"]
        self.durations: list[float] = []
        self.statuses: Counter[str] = Counter()

    def run(self) -> None:
        threads = [
            threading.Thread(target=self._send_requests, args=(number,))
            for number in range(self._count)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _send_requests(self, number: int) -> None:
        port = self._ports[number % len(self._ports)]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        step = number * 7  # so that clients fetch different pages
        rng = random.Random(number)
        while time.monotonic() < self._until:
            if self._pause:
                left = self._until - time.monotonic()
                time.sleep(min(left, rng.expovariate(1 / self._pause)))
                if time.monotonic() >= self._until:
                    break
            started = time.perf_counter()
            try:
                connection.request("GET", self._paths[step % len(self._paths)])
                answer = connection.getresponse()
                answer.read()
                self.statuses[str(answer.status)] += 1
            except (OSError, http.client.HTTPException) as error:
                self.statuses[type(error).__name__] += 1
                connection.close()
            self.durations.append((time.perf_counter() - started) * 1000)
            step += 1
        connection.close()


def main() -> None:
    """Run the clients that the input describes, and print the measurements."""
    request = json.load(sys.stdin)
    clients, started = _Clients(request), time.perf_counter()
    clients.run()
    seconds = time.perf_counter() - started
    measured = {
        "per_second": round(len(clients.durations) / seconds, 1),
        **percentiles(clients.durations),
        "statuses": dict(clients.statuses),
        "client_cpu_s": round(time.process_time(), 1),
    }
    print(json.dumps(measured))


if __name__ == "__main__":
    main()

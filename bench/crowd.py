"""Clients of the web server: each keeps one connection and sends one move at a time.

Runs in a process of its own, apart from server and database, and needs nothing of the project: a
job is read from standard input as JSON, what was answered is written to standard output.
"""

import http.client
import json
import random
import sys
import threading
import time

PATH = "/api/registry/moves"

Answered = list[tuple[str, int, float]]
"""Of each move: its key in the registry, the status of the answer, the seconds it took."""


def send(
    *, port: int, headers: dict[str, dict[str, str]], name: str, end: float, answers: Answered
) -> None:
    """Move one tonne of entities drawn by lot, there or back, until the time is up."""
    draw, codes = random.Random(name), sorted(headers)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    begun = time.perf_counter()
    while begun < end:
        code, to = draw.choice(codes), draw.choice(["trading", "registry"])
        reference = f"{name}/{len(answers)}"
        body = {"to": to, "unit": "allowance", "vintage_year": 2021, "amount_t": 1}
        text = json.dumps(body | {"reference": reference})
        connection.request("POST", PATH, text, headers[code])
        answer = connection.getresponse()
        answer.read()
        ended = time.perf_counter()
        answers.append((f"move_to_{to}/{code}/{reference}", answer.status, ended - begun))
        begun = ended


def run(
    *, port: int, headers: dict[str, dict[str, str]], name: str, clients: int, seconds: float
) -> Answered:
    """Let all clients send at once and gather what was answered."""
    end = time.perf_counter() + seconds
    found: list[Answered] = [[] for _ in range(clients)]
    threads = [
        threading.Thread(
            target=send,
            kwargs={
                "port": port,
                "headers": headers,
                "name": f"{name}/{number}",
                "end": end,
                "answers": answers,
            },
        )
        for number, answers in enumerate(found)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answer for answers in found for answer in answers]


if __name__ == "__main__":
    json.dump(run(**json.load(sys.stdin)), sys.stdout)

"""Stands in for the sandboxed worker, in a thread or on Dask: answers at once, or misbehaves.

The first cell's source says what to do; files beside it, in the folder that the second cell's
source names, count what happened.
"""

import os
import signal
import time
from pathlib import Path

from course_utils.grading.host.warmed import WorkerRefused


class FakeWorker:
    def __init__(self, sandbox: str):
        self.sandbox = sandbox
        if sandbox == "refuse":
            raise WorkerRefused("there is no sandbox here")

    def close(self):
        pass

    def run(self, job: dict) -> dict:
        order, folder = (cell["source"] for cell in job["cells"][:2])
        tries = Path(folder) / job["key"]
        with open(tries, "a") as file:
            file.write(f"{os.getpid()}\n")
        count = len(tries.read_text().split())
        if order == "die once" and count == 1 or order == "die always":
            os.kill(os.getpid(), signal.SIGKILL)
        if order == "break once" and count == 1 or order == "break always":
            raise OSError("the pipe is closed")
        if order.startswith("sleep"):
            time.sleep(float(order.split()[1]))
        cells = [
            {"id": cell["id"], "status": "ok", "outputs": [], "seconds": 0.0, "value": None}
            for cell in job["cells"]
        ]
        key = "0" * 64 if order == "another's key" else job["key"]
        return {
            "key": key, "sandbox": "fake", "seconds": 0.0, "cells": cells,
        }  # fmt: skip


def make(sandbox: str) -> FakeWorker:
    return FakeWorker(sandbox)

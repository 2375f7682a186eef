"""How fast this machine is, and whether it does something else meanwhile."""

import hashlib
import statistics
import time


def calibrate():
    """Seconds for a fixed piece of work of one core: bytes hashed and a loop of the interpreter."""

    def once():
        block = bytes(range(256)) * 4096
        started = time.perf_counter()
        digest = hashlib.sha256()
        for _ in range(64):
            digest.update(block)
        value = 0
        for number in range(1_000_000):
            value = (value * 31 + number) & 0xFFFFFFFF
        return time.perf_counter() - started

    return statistics.median(once() for _ in range(5))


def others_at_work():
    """Warnings about what keeps the cores busy although nothing was started yet."""

    def busy_and_all():
        with open("/proc/stat", encoding="ascii") as file:
            numbers = [int(word) for word in file.readline().split()[1:9]]
        idle = numbers[3] + numbers[4]
        return sum(numbers) - idle, sum(numbers)

    busy, everything = busy_and_all()
    time.sleep(2)
    busy_later, everything_later = busy_and_all()
    share = (busy_later - busy) / max(1, everything_later - everything)
    return [f"other work takes {share:.0%} of the cores"] if share > 0.08 else []

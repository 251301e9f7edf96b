"""JSON lines between a measuring process and the process that runs it.

The server prints one hello line, then answers each request line with one line:

    {"run": n}        -> {"ms": [n numbers], "peak_rss_mb": x, ...}
    {"stop": true}    -> the process ends (so does the end of stdin)

A request the server cannot serve is answered with {"error": "..."}; the server continues.
Only protocol lines reach stdout: whatever else prints to file descriptor 1 is sent to stderr.
"""

import json
import os
import resource
import sys
import time

STARTED = time.perf_counter()
_replies = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)


def peak_rss_mb():
    """Largest resident set of this process so far, in MB (10^6 bytes)."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6, 1)


def since_start_ms():
    """Milliseconds since this module was imported: import it first."""
    return round((time.perf_counter() - STARTED) * 1e3, 1)


def say(message):
    _replies.write(json.dumps(message, ensure_ascii=False) + "\n")
    _replies.flush()


def serve(hello, iteration):
    """Answers requests until stdin ends.

    `iteration(request)` runs once for each of the `n` iterations and returns a dict; its values are
    gathered into lists beside `ms`. Its time is what is measured.
    """
    say({"ready": True, **hello})
    for line in sys.stdin:
        if not line.strip():
            continue
        try:
            request = json.loads(line)
            if request.get("stop"):
                return
            say(_answer(request, iteration))
        except (ValueError, TypeError, AttributeError) as error:
            say({"error": f"request {line.strip()!r}: {error}"})


def _answer(request, iteration):
    count = request.get("run")
    if not isinstance(count, int) or count < 1:
        raise ValueError(f'"run" must be a positive whole number, got {count!r}')
    reply = {"ms": []}
    for _ in range(count):
        begin = time.perf_counter()
        result = iteration(request)
        reply["ms"].append(round((time.perf_counter() - begin) * 1e3, 3))
        for name, value in result.items():
            reply.setdefault(name, []).append(value)
    reply["peak_rss_mb"] = peak_rss_mb()
    return reply

"""Start the app many times within seconds: everything is imported once, and each start is a fork of that.

Reads ports on standard input, a line each, and writes the number of the process that serves it. What then runs is the
app as ``redgrid run`` serves it – lifespan, sweep and all –; only the seconds of importing are left out.
"""

from __future__ import annotations

import os
import signal
import sys

import uvicorn

from dashboard import app


def main() -> None:
    """Fork for every port that is asked for."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            os.close(0)
            uvicorn.run(app, host="127.0.0.1", port=int(line), log_level="error", access_log=False)
            os._exit(0)
        print(process, flush=True)


if __name__ == "__main__":
    main()

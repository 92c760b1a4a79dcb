# SPDX-License-Identifier: Apache-2.0
"""peer: owns what all peers have in common: evidence of what one lacks, and conversations with a program."""
import concurrent.futures
import contextlib
import functools
import os
import re
import shlex
import shutil
import signal
import subprocess
import threading
import time

from world import Failed, Lacks, Result, TIMEOUT, run


@functools.lru_cache(None)
def output(*argv):
    return run(list(argv)).text


def no_option(option, *argv):
    """Lacks, if the program's own help does not name the option; a failure if it does: then there is a
    test to write."""
    if re.search(r"(^|[\s,])" + re.escape(option) + r"\b", output(*argv), re.M):
        raise Failed(f"`{shlex.join(argv)}` names {option}: it is there now")
    raise Lacks(f"`{shlex.join(argv)}` names no {option}")


def refuses(pattern, *argv, **how):
    """Lacks, if running this prints the pattern: the peer's own words."""
    r = run(list(argv), **how)
    found = re.search(f"[^\n]*{pattern}[^\n]*", r.text)
    if not found:
        raise Failed(f"`{shlex.join(argv)}` does not say {pattern}: {r.text[-500:]}")
    raise Lacks(f"`{shlex.join(argv)}`: {found.group(0).strip()}")


def converse(argv, steps, cwd, env=None, end=None):
    """Runs argv; each step is (pattern, text): once the pattern is in the output, behind the one before,
    the text is written. Then standard input is closed, after the pattern `end` if there is one."""
    p = subprocess.Popen(argv, cwd=cwd, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, start_new_session=True)
    seen = bytearray()
    reader = threading.Thread(target=lambda: [seen.extend(b) for b in iter(lambda: os.read(p.stdout.fileno(), 65536), b"")])
    reader.start()
    limit, at, looked = time.monotonic() + TIMEOUT, 0, 0
    missed = None
    for pattern, text in [*steps, *([(end, "")] if end else [])]:
        while True:
            here = len(seen)
            start = max(at, looked - 4096)
            found = re.search(pattern.encode(), bytes(seen[start:here]), re.S)
            looked = here
            if found or p.poll() is not None or time.monotonic() > limit:
                break
            time.sleep(0.005)
        if not found:
            missed = pattern
            break
        at = looked = start + found.end()
        with contextlib.suppress(BrokenPipeError):
            p.stdin.write(text.encode())
            p.stdin.flush()
    with contextlib.suppress(BrokenPipeError):
        p.stdin.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        p.wait(0.1 if missed else max(0.1, limit - time.monotonic()))
    with contextlib.suppress(ProcessLookupError):
        os.killpg(p.pid, signal.SIGKILL)
    p.wait()
    reader.join()
    r = Result(p.returncode, bytes(seen).decode("latin-1"), f"\n[never came: {missed}]" if missed else "")
    r.argv = shlex.join(argv)
    return r


class Peer:
    page = r"HTTP/1\.[01] 200"    # what our client sees of its server's page
    sees = "version=TLSv1"    # what its client shows of our page
    big_path = "/block"
    nothing_to_see = ()    # rows, with the side "Client" or "Server" (ours)
    needs = []    # programs
    for_renegotiation = ()    # more options of our server's
    knows_other_names = True    # the server, beside the name it has a certificate of its own for
    refuses_at_first = False    # early data, until its replay window has once passed
    only_defaults = False    # suites and groups can't be chosen: no cell for each

    def __init__(self, world):
        self.world = world

    @staticmethod
    def version():
        return ""

    @classmethod
    def installed(cls):
        return all(shutil.which(program) for program in cls.needs)

    def for_our_server(self, w):
        """More options."""
        return ()

    def beside(self, client, server, steps):
        """Our client in a thread; each step waits for a pattern in the server's log, behind the one
        before, and writes to the server."""
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            future, so_far = pool.submit(client), "\\A"
            for pattern, text in steps:
                if pattern:
                    so_far += ".*?" + pattern
                    server.wait_text(so_far)
                server.say(text)
            return future.result()

    def run(self, argv, **how):
        r = run(argv, cwd=self.world.dir, **how)
        r.argv = shlex.join(argv)
        return r

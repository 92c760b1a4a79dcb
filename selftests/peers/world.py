# SPDX-License-Identifier: Apache-2.0
"""world: owns what all cells share: a directory with a PKI, processes, ports, and hs-peer itself."""
import contextlib
import itertools
import os
import random
import re
import shlex
import signal
import socket
import subprocess
import threading
import time

TOP = os.getcwd()
OURS = os.path.join(TOP, "build/hs-peer")
TIMEOUT = 60  # seconds; a busy machine starts Java slowly
REQUEST = "GET / HTTP/1.0\r\nHost: localhost\r\n\r\n"


class Failed(Exception):
    """A cell that did not do what it should."""


class Lacks(Exception):
    """The peer can't do this, and said so; the text is the evidence."""


class Result:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    @property
    def text(self):
        return self.out + self.err


def run(argv, stdin="", cwd=None, timeout=TIMEOUT, env=None, late=0):
    """Runs to the end. late: seconds for which standard input stays open behind stdin."""
    p = subprocess.Popen(argv, cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, env=env, start_new_session=True)
    data = stdin if isinstance(stdin, bytes) else stdin.encode()
    timer = threading.Timer(timeout, lambda: os.killpg(p.pid, signal.SIGKILL))
    timer.start()
    try:
        if late:
            with contextlib.suppress(BrokenPipeError):
                p.stdin.write(data)
                p.stdin.flush()
            end = time.monotonic() + late
            while p.poll() is None and time.monotonic() < end:
                time.sleep(0.01)
            data = b""
        out, err = p.communicate(data)
    finally:
        timer.cancel()
    return Result(p.returncode, out.decode("latin-1"), err.decode("latin-1"))


class Server:
    """A process in the background, from the moment that it has printed `ready` (a pattern)."""

    def __init__(self, argv, ready, cwd, port=None, env=None):
        self.port, self.argv = port, argv
        self.log = os.path.join(cwd, f"server.{next(World.serial)}.log")
        with open(self.log, "wb") as log:
            self.p = subprocess.Popen(argv, cwd=cwd, stdin=subprocess.PIPE, stdout=log,
                                      stderr=subprocess.STDOUT, env=env, start_new_session=True)
        end = time.monotonic() + TIMEOUT
        while not self._is_up(ready):
            if self.p.poll() is not None or time.monotonic() > end:
                self.stop()
                raise Failed(f"the server did not start: {shlex.join(argv)}\n{self.text()}")
            time.sleep(0.01)

    def _is_up(self, ready):
        if ready is None:
            with contextlib.suppress(OSError):
                socket.create_connection(("localhost", self.port), 1).close()
                return True
            return False
        return re.search(ready, self.text())

    def say(self, text):
        self.p.stdin.write(text.encode())
        self.p.stdin.flush()

    def text(self):
        with open(self.log, encoding="latin-1") as f:
            return f.read()

    def wait_text(self, pattern):
        """Until the log has it; the log."""
        end = time.monotonic() + TIMEOUT / 2
        while not re.search(pattern, self.text(), re.S):
            if time.monotonic() > end:
                raise Failed(f"wanted from {self.argv[0]}: {pattern}\n{self.text()[-3000:]}")
            time.sleep(0.01)
        return self.text()

    def stop(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.p.pid, signal.SIGKILL)
        self.p.wait()
        self.p.stdin.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


# Below those that the kernel gives to clients: between our look and the server's bind nobody else takes one.
# Where it begins is left to chance, as two may run at a time.
PORTS = itertools.cycle(random.sample(range(10000, 32000), 22000))
PORTS_LOCK = threading.Lock()


def free_port():
    while True:
        with PORTS_LOCK:
            port = next(PORTS)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


KEYS = {
    "P-256": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "P-384": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "P-521": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521"],
    "rsa": ["-newkey", "rsa:2048"],
    "rsa-pss": ["-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"],
    "ed25519": ["-newkey", "ed25519"],
    "ed448": ["-newkey", "ed448"],
}


class World:
    serial = itertools.count()

    def __init__(self, directory):
        self.dir = directory
        self.make_pki()

    def path(self, name):
        return os.path.join(self.dir, name)

    def fresh(self, suffix=""):
        return self.path(f"file.{next(World.serial)}{suffix}")

    def write(self, name, data):
        with open(self.path(name), "wb" if isinstance(data, bytes) else "w") as f:
            f.write(data)
        return self.path(name)

    def must(self, *argv):
        r = run(list(argv), cwd=self.dir)
        if r.status:
            raise Failed(f"{shlex.join(argv)}: {r.text}")

    def issue(self, name, key, issuer, ext):
        self.must("openssl", "req", *KEYS[key], "-nodes", "-keyout", name + ".key", "-out",
                  name + ".csr", "-subj", f"/CN={name}")
        self.write(name + ".ext", "\n".join(ext + [
            "subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid"]))
        self.must("openssl", "x509", "-req", "-in", name + ".csr", "-CA", issuer + ".pem", "-CAkey",
                  issuer + ".key", "-CAcreateserial", "-days", "2", "-extfile", name + ".ext",
                  "-out", name + ".pem")

    def chain(self, name, *above):
        """NAME.chain: all of it; NAME.above: without the leaf."""
        parts = []
        for n in (name, *above):
            with open(self.path(n + ".pem"), encoding="ascii") as f:
                parts.append(f.read())
        self.write(name + ".chain", "".join(parts))
        self.write(name + ".above", "".join(parts[1:]))

    def make_pki(self):
        ca = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign"]
        leaf = ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature"]
        here = leaf + ["subjectAltName=DNS:localhost"]
        for root in ("ca", "other"):
            self.must("openssl", "req", "-x509", *KEYS["P-256"], "-nodes", "-keyout", root + ".key",
                      "-out", root + ".pem", "-days", "2", "-subj", f"/CN=test {root}", "-addext",
                      ca[0], "-addext", ca[1])
        for key in KEYS:
            # What NSS asks of RSA even where it only signs.
            usage = [e + ",keyEncipherment" if key == "rsa" and "keyUsage" in e else e for e in here]
            self.issue(key, key, "ca", usage)
            self.chain(key)
        self.issue("client", "P-256", "ca", leaf)
        self.issue("a.test", "P-256", "ca", leaf + ["subjectAltName=DNS:a.test"])
        self.issue("b.test", "P-256", "ca", leaf + ["subjectAltName=DNS:*.b.test"])
        for name in ("client", "a.test", "b.test"):
            self.chain(name)
        # With its issuer, whom a client may need to read the OCSP response.
        self.issue("stapled", "P-256", "ca", here)
        self.chain("stapled", "ca")
        # A chain of nine, each with a long name: more than one record full.
        above = []
        for i in range(8):
            self.issue(f"big{i}", "P-256", above[0] if above else "ca",
                       ca + ["nsComment=" + "long " * 700])
            above.insert(0, f"big{i}")
        self.issue("big", "P-256", above[0], here)
        self.chain("big", *above)
        self.write("request", REQUEST)
        self.write("block", bytes(range(256)) * (16 * 1024 * 1024 // 256))
        self.write("early", "GET /early HTTP/1.0\r\n\r\n")
        self.make_ocsp()

    def make_ocsp(self):
        """A good answer of the CA's for the leaf `stapled`."""
        self.write("index.txt", "")
        self.must("openssl", "ocsp", "-issuer", "ca.pem", "-cert", "stapled.pem", "-reqout", "ocsp.req",
                  "-no_nonce")
        serial = run(["openssl", "x509", "-in", "stapled.pem", "-noout", "-serial"], cwd=self.dir)
        number = serial.out.strip().split("=")[1]
        self.write("index.txt", f"V\t350101000000Z\t\t{number}\tunknown\t/CN=stapled\n")
        self.must("openssl", "ocsp", "-index", "index.txt", "-rsigner", "ca.pem", "-rkey", "ca.key",
                  "-CA", "ca.pem", "-reqin", "ocsp.req", "-respout", "ocsp.der", "-ndays", "2")

    # hs-peer

    def ours(self, *args, stdin=""):
        return run([OURS, *args], stdin=stdin, cwd=self.dir)

    def our_client(self, port, *args, name="localhost", stdin=""):
        return self.ours("client", "localhost", str(port), "--ca", "ca.pem", "--name", name, *args,
                         stdin=stdin)

    def our_server(self, *args, cert="P-256", ca=True):
        argv = [OURS, "server", "0"]
        if cert:
            argv += ["--cert", cert + ".chain", "--key", cert + ".key"]
        server = Server([*argv, *args], r"listening on (\d+)", self.dir)
        server.port = int(re.search(r"listening on (\d+)", server.text()).group(1))
        return server

# SPDX-License-Identifier: Apache-2.0
"""peer_python: owns Python's ssl module, as Debian builds it; the program is python_side."""
import json
import os

import ours
from features import SUITES12
from peer import Peer, output, refuses
from peer_openssl import GROUPS, dh_params
from scenarios import passed
from world import Failed, Lacks, REQUEST, Server, free_port

PYTHON = "/usr/bin/python3"
SIDE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "python_side")

# The word that a function or option of the module would have in its name.
NO_NAME = {"early": "early", "key_update": "key_update", "renegotiate": "renegotiate",
           "ocsp": "ocsp", "export": "export_keying", "compress": "compress_cert",
           "record_size_limit": "record_size", "max_fragment_length": "fragment", "fallback": "fallback"}


def no_name(word):
    names = output(PYTHON, "-c", "import ssl; print(' '.join(dir(ssl) + dir(ssl.SSLContext) + dir(ssl.SSLSocket)))")
    if word in names.lower():
        raise Failed(f"Python's ssl names {word}")
    raise Lacks(f"Python's ssl (dir() of module, SSLContext, SSLSocket) names no {word}")


def parameters(world, w, server):
    p = {k: w[k] for k in ("version", "alpn", "client_cert", "sni", "cert", "path", "resume") if w.get(k)}
    for key, word in NO_NAME.items():
        if w.get(key):
            no_name(word)
    if w.psk:
        if "set_psk_client_callback" not in output(PYTHON, "-c", "import ssl; print(dir(ssl.SSLContext))"):
            no_name("set_psk")
        p["psk"] = [ours.PSK_ID, ours.PSK_KEY]
    if w.ours and not server:
        p["no_compat"] = True
    if w.suite in SUITES12:
        p["ciphers"] = SUITES12[w.suite]
    elif w.suite:
        no_name("ciphersuites")
    if w.etm == "no":
        no_name("encrypt_then_mac")
    if w.group and w.group.startswith("ffdhe") and w.version == "1.2":
        if server:
            p["dh"] = dh_params(world, w.group)
    elif w.group:
        if w.group not in GROUPS or w.group.endswith("768"):
            no_name("groups")
        if w.group in ("x25519", "x448"):
            call = f"import ssl; ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).set_ecdh_curve('{GROUPS[w.group]}')"
            if "unknown group" in output(PYTHON, "-c", call):
                refuses("unknown group", PYTHON, "-c", call)
        p["curve"] = {"x25519": "X25519", "x448": "X448", "secp256r1": "prime256v1"}.get(w.group, w.group)
    elif w.suite and "_DHE_" in w.suite and server:
        p["dh"] = dh_params(world, "ffdhe2048")
    if w.hrr and server and not w.group:
        p["curve"] = "secp384r1"
    if w.cookie and server:
        no_name("cookie")
    if w.their_key_log:
        p["key_log"] = w.their_key_log
    if w.resume == "id":
        p["no_ticket"] = True
    if w.up:
        p["upload"] = True
    return json.dumps(p)


class PythonServer(Peer):
    name = "Python ssl, server"
    needs = [PYTHON]

    @staticmethod
    def version():
        return output(PYTHON, "-c", "import sys, ssl; print('Python', sys.version.split()[0], ssl.OPENSSL_VERSION)").strip()

    def serve(self, w):
        port = free_port()
        return Server([PYTHON, SIDE, "server", str(port), parameters(self.world, w, True)], "listening",
                      self.world.dir, port)

    def authenticate(self, client, server):
        r = client.connect(server, "--until", "asked", stdin="GET /auth HTTP/1.0\r\n\r\n")
        passed(r, "asked")
        server.wait_text("subject.*client")

    def take(self, client, server):
        with open(self.world.path("block"), "rb") as f:
            body = f.read()
        r = client.connect(server, stdin=f"POST /upload/{len(body)} HTTP/1.0\r\n\r\n".encode() + body)
        passed(r, f"{len(body)} bytes")

    @property
    def big_path(self):
        return f"/bytes/{1 << 24}"


class PythonClient(Peer):
    name = "Python ssl, client"
    needs = [PYTHON]
    version = staticmethod(PythonServer.version)

    def fetch(self, w, port):
        return self.run([PYTHON, SIDE, "client", str(port), parameters(self.world, w, False)])


PEERS = [PythonServer, PythonClient]

# SPDX-License-Identifier: Apache-2.0
"""peer_curl: owns curl on OpenSSL, and on GnuTLS by way of python3-pycurl."""
import os

from features import SUITES12
from peer import Peer, no_option, output
from peer_openssl import GROUPS
from world import Failed, Lacks, Server, free_port, run

PYTHON = "/usr/bin/python3"

# What no version of curl has an option for, with the word that one would look for in its help.
NO_OPTION = {"psk": "--psk", "key_update": "--key-update", "renegotiate": "--renegotiate",
             "export": "--export-keying", "fallback": "--fallback-scsv", "record_size_limit": "--record-size",
             "max_fragment_length": "--max-fragment", "compress": "--cert-compression"}


def lacks_extension(world, name, number, command):
    """Lacks, if the client's hello does not have it, as s_server sees it."""
    port = free_port()
    argv = ["openssl", "s_server", "-accept", str(port), "-cert", "P-256.pem", "-key", "P-256.key", "-www",
            "-tlsextdebug"]
    with Server(argv, "ACCEPT", world.dir, port) as server:
        run(command(port), cwd=world.dir)
        seen = server.wait_text("TLS client extension")
    if f"(id={number})" not in seen:
        raise Lacks(f"`openssl s_server -tlsextdebug` sees no {name} (extension {number}) in the hello of "
                    f"`{command('PORT')[0]}` on this library")


class Curl(Peer):
    name = "curl, OpenSSL"
    needs = ["curl"]
    nothing_to_see = [("TLS 1.3: no compatibility mode", "Server")]

    @staticmethod
    def version():
        return output("curl", "--version").splitlines()[0]

    def arguments(self, w):
        o = ["--cacert", "ca.pem", "--http1.1"]
        for key, option in NO_OPTION.items():
            if w.get(key):
                no_option(option, "curl", "--help", "all")
        if w.client_cert == "later":
            no_option("--post-handshake-auth", "curl", "--help", "all")
        if w.early:
            if "--tls-earlydata" not in output("curl", "--help", "all"):
                no_option("--tls-earlydata", "curl", "--help", "all")
            o += ["--tls-earlydata"]
        if w.version:
            o += ["--tlsv" + w.version, "--tls-max", w.version]
        if w.suite in SUITES12:
            o += ["--ciphers", SUITES12[w.suite] + ":@SECLEVEL=0"]
        elif w.suite:
            o += ["--tls13-ciphers", w.suite, "--ciphers", "ALL:@SECLEVEL=0"]
        if w.group:
            o += ["--curves", GROUPS.get(w.group, w.group)]
        if w.client_cert == "client":
            o += ["--cert", "client.pem", "--key", "client.key"]
        if w.ocsp:
            o += ["--cert-status"]
        return o

    def fetch(self, w, port):
        host = w.sni or "localhost"
        url = f"https://{host}:{port}{w.path or '/'}"
        argv = ["curl", "-sS", *self.arguments(w), "--resolve", f"{host}:{port}:127.0.0.1"]
        env = dict(os.environ, SSLKEYLOGFILE=w.their_key_log) if w.their_key_log else None
        if w.alpn and w.alpn != "http/1.1":
            raise Lacks("curl offers HTTP's protocols alone")
        if w.up:
            argv += ["-H", "Expect:", "--data-binary", "@block"]
        if w.resume == "ticket":
            lacks_extension(self.world, "session_ticket", 35, lambda p: [*argv, f"https://localhost:{p}/"])
        if w.early:
            lacks_extension(self.world, "early_data", 42, lambda p: [*argv, *[f"https://localhost:{p}/"] * 2])
        r = self.run([*argv, url] + ([url] if w.resume else []), env=env)
        if w.group and w.group.endswith("768") and "failed setting curves" in r.text:
            raise Lacks(f"`curl --curves {w.group}`: {r.err.strip()}")
        if "no ciphers available" in r.text:
            raise Lacks(f"`curl --tlsv1.3 --tls13-ciphers {w.suite} --ciphers ALL:@SECLEVEL=0`: {r.err.strip()}")
        return r


class CurlGnutls(Peer):
    name = "curl, GnuTLS (pycurl)"
    only_defaults = True    # no option of libcurl's chooses suites and groups of GnuTLS
    nothing_to_see = [("TLS 1.3: no compatibility mode", "Server")]

    @staticmethod
    def version():
        return output(PYTHON, "-c", "import pycurl; print(pycurl.version)").strip()

    @classmethod
    def installed(cls):
        return "GnuTLS" in cls.version()

    def fetch(self, w, port):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pycurl_get")
        for key in ("psk", "key_update", "renegotiate", "export", "fallback", "record_size_limit",
                    "max_fragment_length", "compress"):
            if w.get(key):
                raise Lacks("libcurl " + no_such_constant(key))
        if w.client_cert == "later":
            raise Lacks("libcurl " + no_such_constant("POST_HANDSHAKE_AUTH"))
        host = w.sni or "localhost"
        env = dict(os.environ, SSLKEYLOGFILE=w.their_key_log) if w.their_key_log else None
        argv = [PYTHON, script, f"https://{host}:{port}{w.path or '/'}", host, w.version or "",
                "client" if w.client_cert == "client" else "", "2" if w.resume else "1",
                "block" if w.up else "", "ocsp" if w.ocsp else ""]
        if w.resume in ("ticket", "psk"):
            lacks_extension(self.world, *(("session_ticket", 35) if w.resume == "ticket" else
                                          ("early_data", 42) if w.early else ("psk_key_exchange_modes", 45)),
                            lambda p: [*argv[:2], f"https://localhost:{p}/", *argv[3:]])
        return self.run(argv, env=env)


def no_such_constant(word):
    names = output(PYTHON, "-c", "import pycurl; print(' '.join(dir(pycurl)))").split()
    like = {"psk": "PSK", "key_update": "KEY_UPDATE", "renegotiate": "RENEGOTIAT", "export": "EXPORT_KEY",
            "fallback": "FALLBACK", "record_size_limit": "RECORD_SIZE", "max_fragment_length": "MAX_FRAGMENT",
            "compress": "CERT_COMPRESS", "early": "EARLYDATA"}.get(word, word)
    if [n for n in names if like in n]:
        raise Failed(f"pycurl names {like}")
    return f"(`dir(pycurl)`) names no option with {like}"


PEERS = [Curl, CurlGnutls]

# SPDX-License-Identifier: Apache-2.0
"""peer_gnutls: owns gnutls-serv and gnutls-cli."""
import os
import re

import ours
from peer import Peer, converse, no_option, output, refuses
from scenarios import passed
from world import Failed, Lacks, OURS, REQUEST, Server, free_port, run

GROUPS = {"x25519": "X25519", "secp256r1": "SECP256R1", "secp384r1": "SECP384R1",
          "secp521r1": "SECP521R1", "x448": "X448", "x25519mlkem768": "X25519-MLKEM768",
          "secp256r1mlkem768": "SECP256R1-MLKEM768"}
# It says where it listens before it does.
UP = r"listening on IPv4[^\n]*done"


def cipher(suite):
    """GnuTLS's words for a suite's parts: cipher, MAC."""
    for ours_, theirs in (("CHACHA20_POLY1305", "CHACHA20-POLY1305"), ("AES_128_GCM", "AES-128-GCM"),
                          ("AES_256_GCM", "AES-256-GCM"), ("AES_128_CCM_8", "AES-128-CCM-8"),
                          ("AES_256_CCM_8", "AES-256-CCM-8"), ("AES_128_CCM", "AES-128-CCM"),
                          ("AES_256_CCM", "AES-256-CCM"), ("AES_128_CBC", "AES-128-CBC"),
                          ("AES_256_CBC", "AES-256-CBC")):
        if ours_ in suite:
            break
    mac = {"SHA": "SHA1", "SHA256": "SHA256", "SHA384": "SHA384"}.get(suite.rsplit("_", 1)[1], "AEAD")
    return theirs, mac if "CBC" in suite else "AEAD"


def priority(w):
    p = "NORMAL"
    if w.version:
        p += f":-VERS-ALL:+VERS-TLS{w.version}"
    if w.suite:
        c, mac = cipher(w.suite)
        p += f":-CIPHER-ALL:+{c}:-MAC-ALL:+{mac}"
        if "CBC" in w.suite and w.version == "1.2":
            listed = output("gnutls-cli", "--list")
            name = w.suite.replace("_WITH", "").replace("AES_128_CBC", "AES_128_CBC")
            if name.replace("_SHA", "_SHA") and not re.search(cbc_name(w.suite) + r"\s", listed):
                raise Lacks(f"`gnutls-cli --list` names no {cbc_name(w.suite)}")
        if w.suite.startswith("TLS_DHE"):
            p += ":-KX-ALL:+DHE-RSA"
        elif w.version == "1.2":
            p += ":-KX-ALL:+ECDHE-" + ("ECDSA" if "ECDSA" in w.suite else "RSA")
    if w.group:
        g = "GROUP-" + GROUPS.get(w.group, w.group.upper())
        if g not in output("gnutls-cli", "--list"):
            raise Lacks(f"`gnutls-cli --list` names no {g}")
        p += ":-GROUP-ALL:+" + g
    if w.psk:
        p += ":+DHE-PSK:+ECDHE-PSK"
    if w.etm == "no":
        p += ":%NO_ETM"
    return p


def cbc_name(suite):
    return suite.replace("_WITH", "").replace("_SHA", "_SHA1") if suite.endswith("_SHA") else \
        suite.replace("_WITH", "")


def compression(world, w):
    """Built without a method, it knows no word for it."""
    with world.our_server() as server:
        r = run(["gnutls-cli", "-p", str(server.port), "--insecure", "--compress-cert", w.compress, "localhost"])
    if f"Unknown compression method: {w.compress}" in r.text:
        raise Lacks(f"`gnutls-cli --compress-cert {w.compress}`: Unknown compression method: {w.compress}")
    return ["-d", "4", "--compress-cert", w.compress]


def environment(w):
    return dict(os.environ, SSLKEYLOGFILE=w.their_key_log) if w.their_key_log else None


class GnutlsServ(Peer):
    name = "GnuTLS gnutls-serv"
    needs = ["gnutls-serv"]
    # Its --http reads no body, its --echo answers while we still send.
    # It takes a ticket twice where the hello is another, and so passes nothing over.
    nothing_to_see = [("TLS 1.3: no compatibility mode", "Client"), ("TLS 1.3: 0-RTT passed over", "Client"), ("TLS 1.3: 16 MiB to the server", "Client"),
                      ("TLS 1.2: 16 MiB to the server", "Client")]

    @staticmethod
    def version():
        return output("gnutls-serv", "--version").splitlines()[0]

    def arguments(self, w):
        o = []
        if w.client_cert:
            o += ["--x509cafile", "ca.pem"]
        o += ["-r"] if w.client_cert == "client" else [] if w.client_cert in ("none", "later") else ["-a"]
        if w.client_cert == "none":
            o += ["--verify-client-cert"]
        if w.resume == "id":
            o += ["--noticket"]
        if w.alpn:
            o += ["--alpn", "h2", "--alpn", w.alpn]
        if w.psk:
            self.world.write("psk.txt", f"{ours.PSK_ID}:{ours.PSK_KEY}\n")
            o += ["--pskpasswd", "psk.txt"]
        if w.early:
            o += ["--earlydata", "--maxearlydata", "16384"]
        if w.ocsp:
            o += ["--ocsp-response", "ocsp.der"]
        if w.compress:
            o += compression(self.world, w)
        if w.export:
            o += ["--keymatexport", w.export, "--keymatexportsize", "32"]
        if w.record_size_limit:
            o += ["--recordsize", "1024"]
        if w.size:
            if "--httpdata" not in output("gnutls-serv", "--help"):
                no_option("--httpdata", "gnutls-serv", "--help")
            o += ["--httpdata", "block"]
        return o

    def serve(self, w):
        if w.cookie:
            no_option("--hrr-cookie", "gnutls-serv", "--help")
        if w.fallback:
            pass
        port, cert = free_port(), w.cert or "P-256"
        p = priority(w) + (":-GROUP-ALL:+GROUP-SECP384R1" if w.hrr and not w.group else "")
        argv = ["gnutls-serv", "-p", str(port), "--priority", p, "--x509certfile", cert + ".chain",
                "--x509keyfile", cert + ".key", *self.arguments(w)]
        if w.sni:
            argv += ["--x509certfile", w.sni + ".chain", "--x509keyfile", w.sni + ".key"]
        argv += ["--echo"] if w.plain or w.up else ["--http"]
        return Server(argv, UP, self.world.dir, port, env=environment(w))

    # In echo mode, **REHANDSHAKE** and **REAUTH** are commands that the client gives.

    def first(self, client, server, *args):
        return client.connect(server, "--until", "hello", *args, stdin="hello\n")

    def second(self, client, server, *args):
        if client.w.hrr:
            self.mistakes_retried_early_data(server)
        return client.connect(server, "--until", "hello", "--send", "hello", *args)

    def mistakes_retried_early_data(self, server):
        """3.7 takes the early data of a hello that it has answered with a HelloRetryRequest, and fails to
        decrypt the second hello. OpenSSL's client meets the same: then it is the peer's."""
        session = self.world.fresh(".pem")
        argv = ["openssl", "s_client", "-connect", f"localhost:{server.port}", "-groups", "X25519:P-384"]
        converse([*argv, "-sess_out", session], [("Post-Handshake New Session.*?---", "hello\n")], self.world.dir,
                 end="\nhello")
        r = converse([*argv, "-sess_in", session, "-early_data", "request"], [], self.world.dir, end="alert bad record mac")
        if "alert bad record mac" in r.text:
            raise Lacks("`openssl s_client -groups X25519:P-384 -early_data` against gnutls-serv with SECP384R1 "
                        "alone: alert bad_record_mac too")

    def authenticate(self, client, server):
        r = client.connect(server, "--until", "executed command", stdin="**REAUTH**\n")
        passed(r, "Successfully executed command")
        server.wait_text("reauth.*CN=client|CN=client")

    def update_keys(self, client, server):
        no_option("--rekey", "gnutls-serv", "--help")

    def renegotiate(self, client, server):
        w = client.w
        allow = [] if w.renegotiate == "refused" else ["--renegotiation", "allow"]
        if w.renegotiate == "ours":
            r = client.connect(server, *allow, "--renegotiate", "--until", "hello", stdin="hello\n")
        else:
            last = "handshakes=2" if allow else "no_renegotiation|ehandshake"
            r = converse([OURS, "client", "localhost", str(server.port), "--ca", "ca.pem", "--until", "hello", *allow,
                          *ours.options(w, False)],
                         [("version=TLS", "**REHANDSHAKE**\n"), (last, "hello\n")] if allow else
                         [("version=TLS", "**REHANDSHAKE**\n")], self.world.dir, end="hello\n" if allow else None)
        if w.renegotiate == "refused":
            server.wait_text("A TLS warning alert has been received")
            return
        ours.check(r.text, ["handshakes=2 "])


class GnutlsCli(Peer):
    name = "GnuTLS gnutls-cli"
    needs = ["gnutls-cli"]
    nothing_to_see = [("TLS 1.3: no compatibility mode", "Server")]
    # It waits for a NewSessionTicket in the second handshake where only the first one promised it.
    for_renegotiation = ("--no-tickets",)

    @staticmethod
    def version():
        return output("gnutls-cli", "--version").splitlines()[0]

    def arguments(self, w):
        o = []
        if w.client_cert in ("client", "later"):
            o += ["--x509certfile", "client.pem", "--x509keyfile", "client.key"]
        if w.client_cert == "later":
            o += ["--post-handshake-auth"]
        if w.alpn:
            o += ["--alpn", "h3", "--alpn", w.alpn]
        if w.psk:
            o += ["--pskusername", ours.PSK_ID, "--pskkey", ours.PSK_KEY]
        if w.export:
            o += ["--keymatexport", w.export, "--keymatexportsize", "32"]
        if w.compress:
            o += compression(self.world, w)
        if w.resume:
            o += ["--resume", *(["--waitresumption"] if w.version == "1.3" else [])]
        if w.resume == "id":
            o += ["--noticket"]
        if w.early:
            o += ["--earlydata", "request"]
        if w.sni:
            o += ["--sni-hostname", w.sni, "--verify-hostname", w.sni]
        if w.record_size_limit:
            o += ["--recordsize", "4096"]
        if w.max_fragment_length:
            no_option("--max-fragment-length", "gnutls-cli", "--help")
        if w.ocsp:
            o += ["--ocsp", "--save-ocsp", self.world.fresh(".ocsp")]
        return o

    def fetch(self, w, port):
        p = priority(w)
        if w.fallback:
            p = "NORMAL:-VERS-ALL:+VERS-TLS1.2:%FALLBACK_SCSV"
        argv = ["gnutls-cli", "-p", str(port), "--x509cafile", "ca.pem", "--priority", p,
                *self.arguments(w), "localhost"]
        if w.early == "rejected":
            no_option("--session-file", "gnutls-cli", "--help")
        if w.early:
            self.fails_with_its_own()
        request = f"GET {w.path or '/'} HTTP/1.0\r\n\r\n"
        if w.up:
            with open(self.world.path("block"), "rb") as f:
                request = f"POST {w.path} HTTP/1.0\r\n\r\n".encode() + f.read()
        if w.key_update == "theirs":
            return converse([*argv, "--inline-commands"], [("Handshake was completed.*Simple Client Mode:\n", "^rekey1^\n"), ("", request)],
                            self.world.dir, end="version=TLS")
        if w.renegotiate in ("theirs", "refused"):
            return converse([*argv, "--inline-commands"], [("Simple Client Mode:\n", "^renegotiate^\n"), ("", request)],
                            self.world.dir, end="version=TLS")
        if w.renegotiate or w.client_cert == "later":
            return converse(argv, [("Simple Client Mode:\n", request)], self.world.dir, end="handshakes=")
        if w.size and not w.up:
            return converse(argv, [("Simple Client Mode:\n", request)], self.world.dir, end="Peer has closed")
        return self.run(argv, stdin=request, env=environment(w))

    def fails_with_its_own(self):
        """3.8 sends no early data to its own server either, which announces more than there is to send."""
        port = free_port()
        with Server(["gnutls-serv", "-p", str(port), "--http", "-a", "--earlydata", "--maxearlydata", "16384",
                     "--x509certfile", "P-256.chain", "--x509keyfile", "P-256.key"], UP,
                    self.world.dir, port):
            r = self.run(["gnutls-cli", "-p", str(port), "--x509cafile", "ca.pem", "--resume", "--waitresumption",
                          "--earlydata", "request", "localhost"], stdin=REQUEST)
        if "error sending early data" in r.text:
            raise Lacks("`gnutls-cli --earlydata` against gnutls-serv: error sending early data")

    def judge_renegotiation(self, w, result, server):
        if w.renegotiate != "refused" and "handshakes=2 " not in result.text:
            raise Failed(result.text[-2000:] + server.text())


PEERS = [GnutlsServ, GnutlsCli]

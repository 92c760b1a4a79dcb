# SPDX-License-Identifier: Apache-2.0
"""peer_openssl: owns openssl(1): s_server and s_client."""
import concurrent.futures
import os
import time

import ours
from features import SUITES12
from peer import Peer, converse, no_option, output, refuses
from scenarios import passed
from world import Failed, REQUEST, Server, free_port

GROUPS = {"x25519": "X25519", "secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521",
          "x448": "X448", "x25519mlkem768": "X25519MLKEM768", "secp256r1mlkem768": "SecP256r1MLKEM768"}
UP = r"Verify return code: [^\n]*\n"


def common(w):
    o = []
    if w.version:
        o.append({"1.3": "-tls1_3", "1.2": "-tls1_2"}[w.version])
    if w.suite and w.suite in SUITES12:
        o += ["-cipher", SUITES12[w.suite] + ":@SECLEVEL=0"]
    elif w.suite:
        # An authentication tag of eight bytes is below security level 1.
        o += ["-ciphersuites", w.suite, *(["-cipher", "ALL@SECLEVEL=0"] if "CCM_8" in w.suite else [])]
    if w.group:
        group = GROUPS.get(w.group, w.group)
        if w.group.endswith("768") and "3.0" in output("openssl", "version"):
            refuses("[Ee]rror|[Ff]ail", "openssl", "s_client", "-groups", group, "-connect", "localhost:9")
        o += ["-groups", group]
    if w.psk:
        o += ["-psk", ours.PSK_KEY]
    if w.record_size_limit:
        no_option("-record_size_limit", "openssl", "s_server", "-help")
    if w.compress and "-cert_comp" not in output("openssl", "s_server", "-help"):
        no_option("-cert_comp", "openssl", "s_server", "-help")
    if w.compress:
        if w.compress.upper() in output("openssl", "list", "-disabled").split():
            refuses(w.compress.upper(), "openssl", "list", "-disabled")
        o += ["-msg"]
    if w.export:
        o += ["-keymatexport", w.export, "-keymatexportlen", "32"]
    if w.their_key_log:
        o += ["-keylogfile", w.their_key_log]
    if w.resume == "id":
        o += ["-no_ticket"]
    if w.etm == "no":
        o += ["-no_etm"] if "-no_etm" in output("openssl", "s_server", "-help") else []
    return o


def dh_params(world, group):
    file = world.path(group + ".dh")
    if not os.path.exists(file):
        new = world.fresh(".dh")
        world.must("openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:" + group,
                   "-out", new)
        os.rename(new, file)
    return file


class SServer(Peer):
    name = "OpenSSL s_server"
    needs = ["openssl"]

    @staticmethod
    def version():
        return output("openssl", "version").strip()

    def arguments(self, w):
        o = []
        if w.suite and "_DHE_" in w.suite:
            o += ["-dhparam", dh_params(self.world, w.group or "ffdhe2048")]
        if w.hrr and not w.group:
            o += ["-groups", "P-384"]
        if w.cookie:
            no_option("-cookie", "openssl", "s_server", "-help")
        if w.alpn:
            o += ["-alpn", "h2," + w.alpn]
        if w.client_cert:
            o += ["-CAfile", "ca.pem"]
        if w.client_cert in ("client", "none"):
            o += ["-Verify" if w.client_cert == "client" else "-verify", "2"]
        if w.ocsp:
            o += ["-status_file", "ocsp.der"]
        if w.sni:
            o += ["-servername", w.sni, "-cert2", w.sni + ".pem", "-key2", w.sni + ".key"]
        if w.early:
            o += ["-early_data"]
        if w.compress:
            o += ["-cert_comp"]
        if w.renegotiate:
            o += ["-client_renegotiation"]
        return o

    def serve(self, w):
        port, cert = free_port(), w.cert or "P-256"
        argv = ["openssl", "s_server", "-accept", str(port), "-cert", cert + ".pem", "-key", cert + ".key",
                *(["-cert_chain", cert + ".above"] if cert == "big" else []), *common(w), *self.arguments(w)]
        if w.plain:
            argv += ["-msg"]    # it shows messages and what comes, and takes commands
        elif not w.up:
            argv += ["-WWW" if w.size else "-www"]
        return Server(argv, "ACCEPT", self.world.dir, port)

    # Plain mode: a word comes, commands are given, and our client leaves at "hello": s_server itself
    # has no command that closes a connection with close_notify.

    def commands(self, client, server, steps, *args, stdin="first\n"):
        return self.beside(lambda: client.connect(server, "--until", "hello", *args, stdin=stdin), server,
                           [*steps, (None, "hello\n")])

    def first(self, client, server, *args):
        return self.commands(client, server, [("first", "")], *args)

    def second(self, client, server, *args):
        return self.commands(client, server, [("GET / HTTP", "")], *args, stdin="")

    def authenticate(self, client, server):
        r = self.commands(client, server, [
            ("first", "c\n"), ("<<< TLS 1.3[^\n]*CertificateVerify.*<<< TLS 1.3[^\n]*Finished", "")])
        passed(r, "hello")

    def update_keys(self, client, server):
        r = self.commands(client, server, [("first", "K\n"), ("<<< TLS 1.3[^\n]*KeyUpdate", "")])
        passed(r, "hello")
        ours.check(r.err, ["key_updates=1 "])

    def renegotiate(self, client, server):
        if client.w.renegotiate == "ours":
            r = self.commands(client, server, [("first", "")], "--renegotiation", "allow",
                              "--renegotiate")
        elif client.w.renegotiate == "theirs":
            r = self.commands(client, server, [("first", "R\n"), ("(?:Finished.*?){2}", "")],
                              "--renegotiation", "allow")
        else:
            self.commands(client, server, [("first", "R\n"), ("no_renegotiation", "")])
            return
        passed(r, "hello")
        ours.check(r.err, ["handshakes=2 "])

    def take(self, client, server):
        with open(self.world.path("block"), "rb") as f:
            block = f.read()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            future = pool.submit(lambda: client.connect(server, "--until", "hello", stdin=block))
            while os.path.getsize(server.log) < len(block) and not future.done():
                time.sleep(0.02)
            server.say("hello\n")
            passed(future.result(), "hello")


class SClient(Peer):
    name = "OpenSSL s_client"
    needs = ["openssl"]
    version = staticmethod(SServer.version)

    def arguments(self, w):
        o = ["-servername", w.sni or "localhost"]
        if w.client_cert in ("client", "later"):
            o += ["-cert", "client.pem", "-key", "client.key"]
        if w.client_cert == "later":
            o += ["-enable_pha"]
        if w.alpn:
            o += ["-alpn", "h3," + w.alpn]
        if w.ocsp:
            o += ["-status"]
        if w.max_fragment_length:
            o += ["-maxfraglen", str(w.max_fragment_length)]
        if w.fallback:
            o += ["-fallback_scsv", "-tls1_2"]
        if w.ours == ["--no-compat"]:
            o += ["-no_middlebox"]
        return o

    def fetch(self, w, port):
        argv = ["openssl", "s_client", "-connect", f"localhost:{port}", "-CAfile", "ca.pem",
                "-verify_return_error", *common(w), *self.arguments(w)]
        request = f"GET {w.path or '/'} HTTP/1.0\r\n\r\n"
        if w.resume:
            return self.resume(w, argv)
        if w.key_update == "theirs":
            return converse(argv, [(UP, "K\n"), ("KEYUPDATE", request)], self.world.dir, end="version=TLS")
        if w.renegotiate in ("theirs", "refused"):
            return converse(argv, [(UP, "R\n"), ("RENEGOTIATING", "") if w.renegotiate == "refused"
                            else ("RENEGOTIATING.*verify return:1", request)], self.world.dir, end="no renegotiation" if w.renegotiate == "refused" else "version=TLS")
        if w.up:
            with open(self.world.path("block"), "rb") as f:
                request = f"POST {w.path} HTTP/1.0\r\n\r\n".encode() + f.read()
        quiet = [] if w.export or w.ocsp or w.compress else ["-quiet"]
        r = self.run([*argv, *quiet, "-ign_eof"], stdin=request)
        if w.ocsp and "OCSP Response Status: successful" not in r.text:
            raise Failed(f"no OCSP response there:\n{r.text[-3000:]}")
        return r

    def resume(self, w, argv):
        session, how = self.world.fresh(".pem"), ["-quiet", "-ign_eof"]
        r = self.run([*argv, *how, "-sess_out", session], stdin=REQUEST)
        if self.sees not in r.text:
            return r
        if not w.early:
            return self.run([*argv, *how, "-sess_in", session], stdin=REQUEST)
        # Early data is the whole request; what is passed over has to be said again.
        argv = [*argv, *how, "-sess_in", session, "-early_data", "request"]
        r = self.run(argv)
        return self.run(argv, stdin=REQUEST) if w.early == "rejected" else r

    def judge_renegotiation(self, w, result, server):
        if w.renegotiate == "refused":
            if "no renegotiation" not in result.text:
                raise Failed(result.text[-2000:] + server.text())
        elif "handshakes=2 " not in result.text:
            raise Failed(result.text[-2000:] + server.text())


PEERS = [SServer, SClient]

# SPDX-License-Identifier: Apache-2.0
"""peer_nss: owns NSS's tools: selfserv and tstclnt (tools of its own test suite, in libnss3-tools)."""
import os
import threading
import time

import ours
from features import SUITES12
from peer import Peer, converse, no_option, output
from scenarios import passed
from world import Failed, Lacks, REQUEST, Server, free_port, run

GROUPS = {"x25519": "x25519", "secp256r1": "P256", "secp384r1": "P384", "secp521r1": "P521",
          "ffdhe2048": "FF2048", "ffdhe3072": "FF3072", "ffdhe4096": "FF4096", "ffdhe6144": "FF6144",
          "ffdhe8192": "FF8192", "x25519mlkem768": "mlkem768x25519"}

# RFC 5246, 5288, 5289, 7905, 8446: what NSS may know; the rest is not in `selfserv -Y` nor in its library.
NUMBERS = {
    "TLS_AES_128_GCM_SHA256": "1301", "TLS_AES_256_GCM_SHA384": "1302", "TLS_CHACHA20_POLY1305_SHA256": "1303",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "c02b", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "c02c",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "cca9",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "c02f", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "c030",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "cca8",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "c009", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "c00a",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256": "c023", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384": "c024",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "c013", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "c014",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256": "c027", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384": "c028",
    "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256": "009e", "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384": "009f",
    "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ccaa",
    "TLS_DHE_RSA_WITH_AES_128_CBC_SHA": "0033", "TLS_DHE_RSA_WITH_AES_256_CBC_SHA": "0039",
    "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256": "0067", "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256": "006b",
}

lock = threading.Lock()


LIBRARY = "/usr/lib/x86_64-linux-gnu/libssl3.so"


def database(world, name="nssdb", keys=("ca", "P-256", "P-384", "P-521", "rsa", "rsa-pss", "a.test", "big", "stapled",
                                        "client")):
    """One for all: every key under its name, the CA trusted."""
    directory = world.path(name)
    with lock:
        if os.path.exists(directory + "/made"):
            return directory
        os.mkdir(directory)
        db = "sql:" + directory
        world.must("certutil", "-N", "-d", db, "--empty-password")
        world.must("certutil", "-A", "-d", db, "-n", "ca", "-t", "CT,C,", "-i", "ca.pem")
        for key in keys:
            file = world.fresh(".p12")
            world.must("openssl", "pkcs12", "-export", "-in", "ca.pem" if key == "ca" else key + ".chain", "-inkey",
                       key + ".key", "-name", key, "-passout", "pass:x", "-out", file)
            world.must("pk12util", "-i", file, "-d", db, "-W", "x", "-K", "")
        world.must("certutil", "-M", "-d", db, "-n", "ca", "-t", "CT,C,C")
        with open(directory + "/made", "w", encoding="ascii"):
            pass
    return directory


def library_lacks(word):
    with open(LIBRARY, "rb") as f:
        if word.encode() in f.read():
            raise Failed(f"{LIBRARY} names {word}")
    raise Lacks(f"{LIBRARY} names no {word}")


def common(w, tool):
    o = []
    v = {"1.3": "tls1.3:tls1.3", "1.2": "tls1.2:tls1.2"}.get(w.version, "tls1.2:tls1.3")
    o += ["-V", v]
    if w.suite:
        if w.suite not in NUMBERS:
            library_lacks(w.suite)
        o += ["-c", ":" + NUMBERS[w.suite].upper()]
    if w.group:
        if w.group not in GROUPS or GROUPS[w.group] not in output(tool, "-h"):
            raise Lacks(f"`{tool} -h`, groups: " + " ".join(
                line.strip() for line in output(tool, "-h").splitlines() if "P256, P384" in line))
        o += ["-I", GROUPS[w.group]]
    if w.psk:
        o += ["-z", "0x" + ours.PSK_KEY]
    if w.export:
        o += ["-x", w.export + ":32"]
    if w.resume != "id":
        o += ["-u"]
    if w.early:
        o += ["-Z"]
    o += ["-G"]
    for key, option in (("compress", "--compress"), ("record_size_limit", "--record-size-limit"),
                        ("max_fragment_length", "--max-fragment"), ("key_update", "--key-update")):
        if w.get(key) and (key != "key_update" or w.key_update == "theirs"):
            no_option(option, tool, "-h")
    if w.cert in ("ed25519", "ed448"):
        library_lacks(w.cert)
    if w.etm == "yes":
        library_lacks("encrypt_then_mac")
    if w.their_key_log:
        library_lacks("SSLKEYLOGFILE")
    if w.cert == "rsa-pss":
        o += ["-J", "rsa_pss_pss_sha256,ecdsa_secp256r1_sha256"]
    return o


class Selfserv(Peer):
    name = "NSS selfserv"
    needs = ["selfserv", "certutil"]
    knows_other_names = False
    refuses_at_first = True
    # It reads a request's head alone; -a answers unrecognized_name whatever the database has; -T good
    # staples nothing with an ECDSA CA.
    nothing_to_see = [(f"TLS {v}: {row}", "Client") for v in ("1.3", "1.2")
                      for row in ("16 MiB to the server", "SNI chooses the certificate", "OCSP response stapled")]

    @staticmethod
    def version():
        return "NSS " + output("dpkg-query", "-W", "-f=${Version}", "libnss3").strip()

    def serve(self, w):
        port = free_port()
        argv = ["selfserv", "-d", "sql:" + database(self.world), "-n" if (w.cert or "").startswith("rsa") or w.ocsp else "-e",
                w.cert or "P-256", "-p", str(port), "-v", *common(w, "selfserv")]
        if w.client_cert:
            argv += {"client": ["-r", "-r"], "none": ["-r"], "later": ["-r", "-r", "-r", "-r", "-E"]}[w.client_cert]
        if w.renegotiate in ("theirs", "refused"):
            argv += ["-r", "-r", "-r"]
        if w.alpn:
            argv += ["-Q"]
        if w.hrr and not w.group:
            argv += ["-I", "P384"]
        if w.cookie:
            no_option("--cookie", "selfserv", "-h")
        if w.suite and "_DHE_" in w.suite or w.group and w.group.startswith("ff"):
            argv += ["-H", "2"]
        if w.sni:
            argv += ["-a", w.sni]
        if w.psk:
            self.takes_no_key(argv, port)
        if w.size:
            argv += ["-g", "1024"]
        if w.ocsp:
            argv += ["-T", "good", "-A", "ca"]
        env = dict(os.environ, SSLKEYLOGFILE=w.their_key_log) if w.their_key_log else None
        return Server(argv, None, self.world.dir, port, env=env)

    def takes_no_key(self, argv, port):
        """It serves with its certificate whatever key is offered; OpenSSL's client sees the same."""
        with Server(argv, None, self.world.dir, port):
            r = run(["openssl", "s_client", "-connect", f"localhost:{port}", "-psk", ours.PSK_KEY, "-tls1_3"],
                    cwd=self.world.dir)
        if "New, TLSv1.3" in r.text and "Server certificate" in r.text:
            raise Lacks("`openssl s_client -psk KEY` against `selfserv -z 0xKEY`: New, TLSv1.3, with a certificate")
        raise Failed(r.text[-2000:])

    def first(self, client, server, *args):
        return client.connect(server, *args)

    def second(self, client, server, *args):
        if client.w.early == "accepted":
            time.sleep(11)
        return client.connect(server, *args, stdin="")

    def authenticate(self, client, server):
        r = client.connect(server)
        passed(r)
        server.wait_text("CN=client|subject DN")

    def renegotiate(self, client, server):
        w = client.w
        allow = [] if w.renegotiate == "refused" else ["--renegotiation", "allow"]
        r = client.connect(server, *allow, *(["--renegotiate"] if w.renegotiate == "ours" else []))
        if w.renegotiate == "refused":
            server.wait_text("SSL_ForceHandshake returned error")
            if "handshakes=2 " in r.err:
                raise Failed(r.text)
            return
        ours.check(r.err, ["handshakes=2 "])


class Tstclnt(Peer):
    name = "NSS tstclnt"
    needs = ["tstclnt", "certutil"]
    # Its -r sends no second hello to a server that has answered by then.
    nothing_to_see = [(f"TLS 1.2: renegotiation by the peer, {how}", "Server") for how in ("done", "refused")]
    version = staticmethod(Selfserv.version)

    def fetch(self, w, port):
        file = self.world.fresh(".request")
        with open(file, "wb") as f:
            if w.up:
                with open(self.world.path("block"), "rb") as block:
                    f.write(f"POST {w.path} HTTP/1.0\r\n\r\n".encode() + block.read())
            else:
                f.write(f"GET {w.path or '/'} HTTP/1.0\r\n\r\n".encode())
        # It shows any certificate that it has: for "none" it must have none.
        db = database(self.world, "nssnone", ()) if w.client_cert == "none" else database(self.world)
        argv = ["tstclnt", "-h", "localhost", "-p", str(port), "-d", "sql:" + db, "-a",
                w.sni or "localhost", *common(w, "tstclnt"), "-A", file]
        if w.client_cert in ("client", "later"):
            argv += ["-n", "client"]
        if w.client_cert == "later":
            argv += ["-E"]
        if w.ocsp:
            argv += ["-T", "-v"]
        if w.resume:
            argv += ["-L", "2"]
        if w.alpn:
            no_option("--alpn", "tstclnt", "-h")
        if w.fallback:
            argv = [a if a != "tls1.2:tls1.3" else "tls1.2:tls1.2" for a in argv] + ["-K"]
        env = dict(os.environ, SSLKEYLOGFILE=w.their_key_log) if w.their_key_log else None
        return self.run(argv, env=env)

    def for_our_server(self, w):
        """After a handshake by an external key it fails to read a NewSessionTicket ("error 0")."""
        return ["--tickets", "0"] if w.psk else []

    def judge_renegotiation(self, w, result, server):
        if w.renegotiate == "refused":
            if "handshakes=2 " in result.text:
                raise Failed(result.text[-2000:] + server.text())
        elif "handshakes=2 " not in result.text:
            raise Failed(result.text[-2000:] + server.text())


PEERS = [Selfserv, Tstclnt]

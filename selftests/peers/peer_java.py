# SPDX-License-Identifier: Apache-2.0
"""peer_java: owns Java's TLS (JSSE), by the program Peer.java."""
import os
import re
import threading

import ours
from peer import Peer, output
from scenarios import passed
from world import Failed, Lacks, Server, free_port, run

HERE = os.path.dirname(os.path.abspath(__file__))
lock = threading.Lock()

# A word that a method of the classes, or a property in its documented list, would have in its name.
NO_NAME = {"psk": "psk", "early": "early", "renegotiate_refused": "", "export": "exportKeying",
           "key_log": "keylog", "compress": "compress", "record_size_limit": "recordSizeLimit", "fallback": "fallback"}


def no_name(word):
    names = output("javap", "-p", "javax.net.ssl.SSLParameters", "javax.net.ssl.SSLSocket",
                   "javax.net.ssl.ExtendedSSLSession", "javax.net.ssl.SSLEngine")
    if word.lower() in names.lower():
        raise Failed(f"javap names {word}")
    raise Lacks(f"`javap` of SSLParameters, SSLSocket, SSLEngine and ExtendedSSLSession names no {word}")


JAVA = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m"]
# A key that is derived in so many steps is the most that each start would have to do.
QUICK_STORE = [f"-J-Dkeystore.pkcs12.{what}IterationCount=1" for what in ("mac", "certPbe", "keyPbe")]


def program(world):
    """Options that name the program, compiled once, and the classes that a first run had loaded."""
    trust = store(world)
    with lock:
        jar, archive = world.path("peer.jar"), world.path("peer.jsa")
        if not os.path.exists(archive):
            world.must("javac", "-d", world.path("classes"), os.path.join(HERE, "Peer.java"))
            world.must("jar", "cf", jar, "-C", world.path("classes"), ".")
            with world.our_server() as server:
                world.must(*JAVA, f"-XX:ArchiveClassesAtExit={archive}", "-cp", jar, "Peer", "client", str(server.port), "-",
                           trust)
    return [f"-XX:SharedArchiveFile={archive}", "-cp", jar, "Peer"]


def store(world, *names):
    """A PKCS #12 file of these keys; with none, the CA to trust."""
    file = world.path("java." + "-".join(names or ("ca",)) + ".p12")
    with lock:
        if os.path.exists(file):
            return file
        for name in names:
            world.must("openssl", "pkcs12", "-export", "-in", name + ".chain", "-inkey", name + ".key", "-name", name,
                       "-passout", "pass:changeit", "-out", file + "." + name)
            world.must("keytool", *QUICK_STORE, "-importkeystore", "-noprompt", "-srckeystore", file + "." + name, "-srcstorepass",
                       "changeit", "-destkeystore", file, "-deststorepass", "changeit", "-deststoretype", "PKCS12")
        if not names:
            world.must("keytool", *QUICK_STORE, "-importcert", "-noprompt", "-alias", "ca", "-file", "ca.pem", "-keystore", file,
                       "-storepass", "changeit", "-storetype", "PKCS12")
    return file




def command(world, w, server, port):
    props, o = [], []
    for key, word in NO_NAME.items():
        if w.get(key) and word:
            no_name(word)
    if w.their_key_log:
        no_name("keylog")
    if w.renegotiate == "refused" or w.client_cert == "later":
        no_name("postHandshakeAuth" if w.client_cert else "renegotiat")
    if w.version:
        o += ["version=" + w.version]
    if w.suite:
        if "_CCM" in w.suite or "ARIA" in w.suite:
            raise Lacks("`setCipherSuites()`: " + no_suite(world, w.suite))
        o += ["suite=" + w.suite]
    if w.group or (w.hrr and server):
        group = w.group or "secp384r1"
        if group.endswith("768"):
            names = output("javap", "-p", "--module", "java.base", "sun.security.ssl.NamedGroup")
            if "MLKEM" in names.upper().replace("_", "") or "X25519" not in names:
                raise Failed(names)
            raise Lacks("`javap -p --module java.base sun.security.ssl.NamedGroup` names no ML-KEM")
        props += ["-Djdk.tls.namedGroups=" + group]
    if w.alpn:
        o += ["alpn=" + ("h2," if server else "h3,") + w.alpn]
    if w.client_cert and server:
        o += ["auth=" + w.client_cert]
    if w.resume == "id":
        props += ["-Djdk.tls.server.enableSessionTicketExtension=false", "-Djdk.tls.client.enableSessionTicketExtension=false"]
    if w.max_fragment_length:
        props += ["-Djsse.enableMFLNExtension=true"]
        o += ["fragment=1024"]
    if w.ocsp:
        raise Lacks("JSSE staples only what it fetched from a responder, and takes a stapled response only with "
                    "revocation checking on: " + output("java", "-version").splitlines()[0])
    if w.ours and not server:
        props += ["-Djdk.tls.client.useCompatibilityMode=false"]
    if w.etm:
        no_name("encryptThenMac")
    if w.cookie and server:
        no_name("cookie")
    if w.key_update == "theirs":
        o += ["limit=4096"]
    for key in ("sni", "path"):
        if w.get(key) and not server:
            o += [f"{key}={w[key]}"]
    o += ["resume=1"] if w.resume else []
    o += ["upload=1"] if w.up else []
    o += ["renegotiate=1"] if w.renegotiate == "theirs" else []
    keys = "-"
    if server:
        keys = store(world, *(["P-256", w.sni] if w.sni else [w.cert or "P-256"]))
    elif w.client_cert == "client":
        keys = store(world, "client")
    return [*JAVA, *props, *program(world), "server" if server else "client", str(port), keys, store(world), *o]


def no_suite(world, suite):
    """What Java itself says when it is asked for one."""
    with world.our_server() as server:
        r = run([*JAVA, *program(world), "client", str(server.port), "-", store(world), "suite=" + suite], cwd=world.dir)
    found = re.search("[^\n]*Unsupported CipherSuite[^\n]*", r.text)
    if not found:
        raise Failed(r.text[-1500:])
    return found.group(0).strip()


class JavaServer(Peer):
    name = "Java, server"
    needs = ["java", "javac", "jar", "keytool", "javap"]
    # Its key manager gives the first certificate, with the other in the same store. It negotiates no
    # max_fragment_length, whatever jsse.enableMFLNExtension and setMaximumPacketSize() say.
    nothing_to_see = [(f"TLS {v}: SNI chooses the certificate", "Client") for v in ("1.3", "1.2")] + [
        ("TLS 1.2: max_fragment_length", "Client")]
    big_path = f"/bytes/{1 << 24}"

    @staticmethod
    def version():
        return output("java", "-version").splitlines()[0]

    def serve(self, w):
        port = free_port()
        return Server(command(self.world, w, True, port), "listening", self.world.dir, port)

    def update_keys(self, client, server):
        """A KeyUpdate after 4096 bytes: within this page."""
        r = client.connect(server, stdin="GET /bytes/100000 HTTP/1.0\r\n\r\n")
        passed(r)
        if len(r.out) < 100000 or "key_updates=0" in r.err.splitlines()[-1]:
            raise Failed(r.err)

    def renegotiate(self, client, server):
        if client.w.renegotiate == "theirs":
            no_name("requestHandshake")
        r = client.connect(server, "--renegotiation", "allow", "--renegotiate")
        passed(r)
        ours.check(r.err, ["handshakes=2 "])

    def take(self, client, server):
        with open(self.world.path("block"), "rb") as f:
            body = f.read()
        r = client.connect(server, stdin=f"POST /upload/{len(body)} HTTP/1.0\r\n\r\n".encode() + body)
        passed(r, f"{len(body)} bytes")


class JavaClient(Peer):
    name = "Java, client"
    needs = JavaServer.needs
    nothing_to_see = [("TLS 1.2: max_fragment_length", "Server")]
    version = staticmethod(JavaServer.version)

    def fetch(self, w, port):
        return self.run(command(self.world, w, False, port))


    def judge_renegotiation(self, w, result, server):
        if "handshakes=2 " not in result.text:
            raise Failed(result.text[-2000:] + server.text())


PEERS = [JavaServer, JavaClient]

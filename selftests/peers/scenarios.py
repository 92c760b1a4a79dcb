# SPDX-License-Identifier: Apache-2.0
"""scenarios: owns what happens in a cell, by its kind: our client with their server, their client with ours.

A peer has serve(w), a Server that is up, and fetch(w, port), which gets our page; each raises Lacks for what
the peer can't do. Of some features there is nothing to see from one side: None."""
import re

import ours
from features import Want
from world import Failed, REQUEST


# A message of RFC 8879, as OpenSSL and GnuTLS call it when they are asked to tell of each.
COMPRESSED = "(?i)compressed ?certificate"


def passed(result, want=r"HTTP/1\.[01] 200"):
    if result.status or not re.search(want, result.out):
        raise Failed(f"hs-peer's exit status {result.status}, wanted: {want}\n{result.text[-3000:]}")


# Our client

class Client:
    def __init__(self, world, peer, w):
        self.world, self.peer, self.w = world, peer, w

    def connect(self, server, *more, stdin=REQUEST, name="localhost"):
        return self.world.our_client(server.port, *ours.options(self.w, False), *more, stdin=stdin, name=name)

    def get(self):
        with self.peer.serve(self.w) as server:
            r = self.connect(server)
            passed(r, self.peer.page)
            ours.check(r.err, ours.expected(self.w, False))

    def resume(self):
        session = self.world.fresh(".session")
        with self.peer.serve(self.w) as server:
            r = self.connect(server, "--session-out", session)
            passed(r, self.peer.page)
            ours.check(r.err, ["resumed=no "])
            r = self.connect(server, "--session-in", session, "--session-out", session)
            passed(r, self.peer.page)
            ours.check(r.err, ours.expected(self.w, False) + ["resumed=yes "])
            r = self.connect(server, "--session-in", session)
            passed(r, self.peer.page)
            ours.check(r.err, ["resumed=yes "])

    def early(self):
        """A session is made; then its early data is taken; once more is a replay, and passed over."""
        session = self.world.fresh(".session")
        again = ["--session-in", session, "--early-data", "request"]
        with self.peer.serve(Want(self.w, plain=True)) as server:
            r = self.peer.first(self, server, "--session-out", session)
            ours.check(r.err, ["resumed=no "])
            if not self.w.hrr and not (self.w.early == "rejected" and self.peer.refuses_at_first):
                r = self.peer.second(self, server, *again)
                ours.check(r.err, ["early=accepted ", "resumed=yes "])
            if self.w.early == "rejected":
                r = self.peer.second(self, server, *again)
                ours.check(r.err, ["early=rejected "])

    def pha(self):
        with self.peer.serve(Want(self.w, plain=True)) as server:
            self.peer.authenticate(self, server)

    def key_update(self):
        with self.peer.serve(Want(self.w, plain=self.w.key_update == "theirs")) as server:
            if self.w.key_update == "ours":
                passed(self.connect(server), self.peer.page)
            else:
                self.peer.update_keys(self, server)

    def renegotiate(self):
        with self.peer.serve(Want(self.w, plain=True)) as server:
            self.peer.renegotiate(self, server)

    def sni(self):
        with self.peer.serve(self.w) as server:
            r = self.connect(server, name=self.w.sni)
            passed(r, self.peer.page)
            ours.check(r.err, [f"name={self.w.sni} subject=CN={self.w.sni} "])
            if not self.peer.knows_other_names:
                return
            r = self.connect(server)
            passed(r, self.peer.page)
            ours.check(r.err, ["name=localhost subject=CN=P-256 "])

    def compress(self):
        """The peer says what it sent."""
        with self.peer.serve(self.w) as server:
            r = self.connect(server)
            passed(r, self.peer.page)
            server.wait_text(COMPRESSED)

    def down(self):
        with self.peer.serve(self.w) as server:
            r = self.connect(server, stdin=f"GET {self.peer.big_path} HTTP/1.0\r\nHost: localhost\r\n\r\n")
            passed(r, "")
            if len(r.out) < self.w.size:
                raise Failed(f"{len(r.out)} bytes came: {r.err[-1000:]}")

    def up(self):
        with self.peer.serve(Want(self.w, up=True)) as server:
            self.peer.take(self, server)

    def export(self):
        with self.peer.serve(Want(self.w, plain=True)) as server:
            r = self.peer.first(self, server)
            compare_keys(r.err, server.text())

    def key_log(self):
        mine, theirs = self.world.fresh(".keys"), self.world.fresh(".keys")
        self.w = Want(self.w, key_log=mine, their_key_log=theirs)
        with self.peer.serve(self.w) as server:
            passed(self.connect(server), self.peer.page)
        compare_key_logs(mine, theirs)

    def fallback(self):
        with self.peer.serve(Want(self.w, version=None)) as server:
            r = self.connect(server)
            if "received 86" not in r.err:
                raise Failed(f"wanted: inappropriate_fallback\n{r.text[-2000:]}")


def compare_keys(mine, theirs):
    key = re.search("exported ([0-9a-f]{64})", mine)
    if not key or key.group(1) not in re.sub(r"[\s:]", "", theirs.lower()):
        raise Failed(f"{mine}\n{theirs[-3000:]}")


def compare_key_logs(mine, theirs):
    def read(name):
        with open(name, encoding="latin-1") as f:
            return {line.lower().strip() for line in f if re.match("(CLIENT|SERVER|EXPORTER)_", line)}
    a, b = read(mine), read(theirs)
    if not a or not a <= b:
        raise Failed(f"ours: {sorted(a)}\ntheirs: {sorted(b)}")


# Our server

class Server:
    def __init__(self, world, peer, w):
        self.world, self.peer, self.w = world, peer, w

    def serve(self, *more):
        return self.world.our_server(*ours.options(self.w, True), *self.peer.for_our_server(self.w), *more,
                                     cert=self.w.cert or "P-256")

    def check(self, server, result, words, sees=None):
        """Our log has it, and our page came there."""
        words = ours.expected(self.w, True) + words
        if not re.search(self.peer.sees if sees is None else sees, result.text):
            raise Failed(f"{result.argv}\nexit status {result.status}, our page did not come:\n"
                         f"{result.text[-3000:]}\n{server.text()[-2000:]}")
        ours.check(server.text(), words)

    def get(self):
        with self.serve() as server:
            self.check(server, self.peer.fetch(self.w, server.port), [])

    def resume(self):
        with self.serve() as server:
            self.check(server, self.peer.fetch(self.w, server.port), ["resumed=yes "])

    def early(self):
        with self.serve() as server:
            self.check(server, self.peer.fetch(self.w, server.port),
                       ["resumed=yes ", "early=accepted " if self.w.early == "accepted"
                        else "early=no early_bytes=0 "])

    def pha(self):
        with self.serve() as server:
            r = self.peer.fetch(Want(self.w, path="/auth"), server.port)
            self.check(server, r, [])
            if "authenticated=1" not in r.text or "subject=CN=client " not in r.text:
                raise Failed(f"not authenticated:\n{r.text[-3000:]}\n{server.text()}")

    def key_update(self):
        path = "/keyupdate" if self.w.key_update == "ours" else "/"
        with self.serve() as server:
            r = self.peer.fetch(Want(self.w, path=path), server.port)
            self.check(server, r, [])
            if self.w.key_update == "theirs" and "key_updates=0" in r.text:
                raise Failed(f"no KeyUpdate came:\n{r.text[-3000:]}")

    def renegotiate(self):
        allow = [] if self.w.renegotiate == "refused" else ["--renegotiation", "allow", *self.peer.for_renegotiation]
        path = "/renegotiate" if self.w.renegotiate == "ours" else "/"
        with self.serve(*allow) as server:
            r = self.peer.fetch(Want(self.w, path=path), server.port)
            self.peer.judge_renegotiation(self.w, r, server)

    def sni(self):
        with self.serve("--sni", "a.test=a.test.chain,a.test.key", "--sni",
                        "*.b.test=b.test.chain,b.test.key") as server:
            for name in ("a.test", "x.b.test", "localhost"):
                w = Want(self.w, sni=name)
                self.check(server, self.peer.fetch(w, server.port), [f"name={name} "])

    def compress(self):
        with self.serve() as server:
            self.check(server, self.peer.fetch(self.w, server.port), [], COMPRESSED)

    def down(self):
        w = Want(self.w, path=f"/bytes/{self.w.size}")
        with self.serve() as server:
            r = self.peer.fetch(w, server.port)
            self.check(server, r, [], "")
            if len(r.out) < self.w.size:
                raise Failed(f"{len(r.out)} bytes came there\n{r.err[-1000:]}")

    def up(self):
        w = Want(self.w, path=f"/upload/{self.w.size}", up=True)
        with self.serve() as server:
            r = self.peer.fetch(w, server.port)
            if f"{self.w.size} bytes, adler32" not in r.text:
                raise Failed(f"{r.text[-1000:]}\n{server.text()[-2000:]}")

    def export(self):
        with self.serve() as server:
            r = self.peer.fetch(self.w, server.port)
            compare_keys(server.text(), r.text)

    def key_log(self):
        mine, theirs = self.world.fresh(".keys"), self.world.fresh(".keys")
        self.w = Want(self.w, key_log=mine, their_key_log=theirs)
        with self.serve() as server:
            self.peer.fetch(self.w, server.port)
        compare_key_logs(mine, theirs)

    def fallback(self):
        self.w = Want(self.w, version=None)
        with self.serve() as server:
            r = self.peer.fetch(self.w, server.port)
            if "alert sent 86" not in server.wait_text("failed"):
                raise Failed(f"{server.text()}\n{r.text[-2000:]}")

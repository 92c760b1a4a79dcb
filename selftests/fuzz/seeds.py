#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""seeds: owns the first inputs of the fuzz targets whose inputs are files and datagrams.

    seeds.py CERTS CORPUS      CERTS: what selftests/daemon/certs made with "all"
"""
import base64
import glob
import os
import re
import struct
import sys
import time

certs, corpus = sys.argv[1:]


def seed(target, name, data):
    with open(f"{corpus}/{target}/seed-{name}", "wb") as file:
        file.write(data)


def read(name):
    with open(f"{certs}/{name}", "rb") as file:
        return file.read()


def vec(data):
    return struct.pack(">H", len(data)) + data


def der_of(pem):
    return [base64.b64decode(b) for b in re.findall(rb"BEGIN CERTIFICATE-+([^-]+)-", pem)]


def text(name):
    return name.encode()


# --- Certificates of ours, and what goes with them: certificate.c ---


def certificate(name, kind, data, where=0):
    seed("certificate", name, bytes([kind, where]) + data)


def own_certificates():
    for path in glob.glob(f"{certs}/*.chain.pem"):
        name = os.path.basename(path)[:-10]
        chain, key = read(f"{name}.chain.pem"), read(f"{name}.key")
        certificate(f"one-{name}", 0, chain + key)
        certificate(f"two-{name}", 1, chain + key, -(-256 * len(chain) // (len(chain) + len(key))))
    for path in glob.glob(f"{certs}/*.pem"):
        certificate(f"anchors-{os.path.basename(path)}", 2, read(os.path.basename(path)))
    keys = b"one:000102030405060708090a0b0c0d0e0f\n# no key\ntwo:%s:sha384\n" % (b"ab" * 32)
    certificate("psk", 3, keys)
    certificate("psk-twice", 3, keys + keys)
    certificate("psk-import", 3, keys + b"three:%s:import\nthree:%s:import=0102\n" % (b"cd" * 32, b"cd" * 32))
    schemes = struct.pack(">4H", 0x403, 0x804, 0x401, 0x807)
    for response in glob.glob(f"{certs}/*.ocsp"):
        name = os.path.basename(response)
        for kind in (4, 5):
            parts = (read("rooted.pem") + read("good.key"), read(name), read("good.sct"),
                     b"also.example", schemes, vec(b"0\x10" + bytes(16)))
            certificate(f"staple-{kind}-{name}", kind, b"".join(map(vec, parts)))
    for name in ("wild", "rsa", "ed25519", "address"):
        parts = (read(f"{name}.chain.pem") + read(f"{name}.key"), b"", read("bad.sct"),
                 b"a.wild.example", schemes, b"")
        certificate(f"choose-{name}", 4, b"".join(map(vec, parts)))
        certificate(f"choose-short-{name}", 5, b"".join(map(vec, parts[:3])))


# --- A peer's chain: verdict.c ---

LEAF_ONLY, REQUEST, REQUIRE, LAX, OF_CLIENT, PINS_ALONE, BY_URI, NO_NAME = 1, 2, 4, 8, 16, 32, 64, 128


def verdict(name, chain, who, flags=0, crls=b"", pin=b"", ocsp=b"", days=0, anchors="root.pem"):
    parts = (read(anchors), crls, pin, ocsp, who) + tuple(der_of(read(f"{chain}.chain.pem")))
    seed("verdict", name, struct.pack(">BI", flags, int(time.time()) + 86400 * days) + b"".join(map(vec, parts)))


def peer_certificates():
    for path in glob.glob(f"{certs}/*.chain.pem"):
        name = os.path.basename(path)[:-10]
        for flags in (0, NO_NAME, OF_CLIENT | LAX | NO_NAME):
            verdict(f"{name}-{flags}", name, b"good.example", flags)
    for name in ("uri", "uris", "urica", "uridots", "weburi", "good"):
        for n, uri in enumerate((b"spiffe://good.example/ns/web", b"spiffe://good.example/*", b"https://other.example/")):
            verdict(f"uri-{name}-{n}", name, uri, BY_URI)
            verdict(f"named-{name}-{n}", name, uri)
    for name in (b"192.0.2.1", b"2001:db8::1", b".example", b"", b"xn--bcher-kva.example"):
        verdict(f"name-{name.decode()}", "address" if b":" in name or b"2" in name else "idn", name)
    for name in ("good", "revoked", "byrevoked", "belowrevoked", "untrusted"):
        for crl in ("root.crl", "both.crl", "leaf.crl", "other.crl", "crls/middle.crl", "cut.crl", "mixed.crl"):
            for flags in (NO_NAME, NO_NAME | LEAF_ONLY):
                verdict(f"crl-{name}-{os.path.basename(crl)}-{flags}", name, b"", flags, crls=read(crl))
    verdict("crl-late", "good", b"good.example", 0, crls=read("root.crl"), days=25)
    for response in glob.glob(f"{certs}/*.ocsp"):
        response = os.path.basename(response)
        for name in ("good", "revoked", "staple"):
            for flags, days in ((REQUEST, 0), (REQUIRE, 0), (REQUIRE, 3)):
                verdict(f"ocsp-{name}-{response}-{flags}-{days}", name, b"", flags | NO_NAME,
                        ocsp=read(response), days=days)
    for name in ("good", "root", "other"):
        for flags in (NO_NAME, NO_NAME | PINS_ALONE):
            verdict(f"pin-{name}-{flags}", "good", b"", flags, pin=base64.b64decode(read(f"{name}.pin")))


# --- The configuration: config.c, where this is the file that an input may name ---

NAMED = "/proc/self/fd/101"


def configuration():
    with open("daemon/config_keys.c") as table:
        keys = re.findall(r'\b(GLOBAL|PROFILE)\("([a-z0-9-]+)"', table.read())
    for section, key in keys:
        head = "[tlsupd]" if section == "GLOBAL" else "[profile x]"
        for n, value in enumerate(("3", "yes", "x, y", "12h", "")):
            seed("config", f"{key}-{n}", text(f"{head}\n{key} = {value}\n{key} = {value}\n"))
    for n, lines in enumerate(("workers = 1", "[tlsupd", "[tlsupd] x", "[tlsupd]\n[tlsupd]", "[profile p]\n[profile p]",
                               "[profile a b]", "[profile]", "[server]\nx = y", "[tlsupd]\nnonsense", "[tlsupd]\nx\0y",
                               "[tlsupd]\nlog-level = " + "x" * 300, "[tlsupd] ; x\n\tworkers = 2 ; y\n", "; only this")):
        seed("config", f"form-{n}", text(lines + "\n"))
    seed("config", "all", b"[tlsupd]\nworkers = 2\n[profile p]\ntrust = system\nalpn = h2, foo\ngroups = x25519\n")
    good = read("rooted.pem") + read("good.key")
    profile = "[profile p]\n"
    own = f"certificate = {NAMED}\nkey = {NAMED}\n"
    for name, lines, file in (
            ("own", own, good),
            ("client", f"client-certificate = {NAMED}\nclient-key = {NAMED}\nclient-auth = none\n", good),
            ("trust", f"trust = {NAMED}\npin-sha256 = {read('good.pin').decode().strip()}\n", read("root.pem")),
            ("pinned", f"pin-policy = key\npin-sha256 = {read('good.pin').decode().strip()}\n", b""),
            ("clients", f"client-trust = {NAMED}\nclient-auth = require\nsend-authorities = yes\n", read("root.pem")),
            ("crl", f"crl = {NAMED}\ncrl-check = leaf\ntrust = system\n", read("root.crl")),
            ("uri", "verify-uri = spiffe://a/*\nocsp = require\nsct = yes\ntrust = system\n", b""),
            ("psk", f"client-psk-file = {NAMED}\npsk-ke = yes\n", b"one:000102030405060708090a0b0c0d0e0f\n"),
            ("psks", f"client-psk-file = {NAMED}\nserver-psk-file = {NAMED}\n", b"one:%s:sha384\n" % (b"ab" * 48)),
            ("spoken", "min-version = 1.2\nmax-version = 1.3\ncipher-suites = TLS_AES_128_GCM_SHA256\ngroups = x25519 P-256\n"
             "key-shares = x25519\nsignature-schemes = ed25519 rsa_pss_rsae_sha256\ncertificate-compression = zlib zstd brotli\n"
             "record-size-limit = 100\nmax-fragment-length = 512\nextended-master-secret = optional\n", b""),
            ("early", "early-data = yes\nmax-early-data = 100\nearly-data-window = 5s\nresumption = no\ntickets = 0\n", b""),
            ("mapping", "user-mapping = yes\nuser-principal = a@b\nuser-domain = b\nusers = root, 1000\n", b"")):
        seed("config", f"file-{name}", text(profile + lines) + b"\0\n" + file)


# --- Netlink: netlink.c; the answer to the ACCEPT that it sends (sequence 1), and what comes by itself (0) ---


def numbers(header):
    with open(header) as file:
        source = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
    found = {}
    for body in re.findall(r"enum \w* ?\{([^}]*)\}", source):
        value = -1
        for word in filter(None, (w.strip() for w in body.split(","))):
            name, _, given = word.partition("=")
            value = int(given, 0) if given else value + 1
            found[name.strip()] = value
    return found


def datagrams():
    number = numbers("uapi/linux/tlsup_netlink.h")

    def attr(kind, data):
        kind = number["TLSUP_A_" + kind] if isinstance(kind, str) else kind
        return struct.pack("HH", 4 + len(data), kind) + data + b"\0" * (-len(data) % 4)

    def message(kind, body, sequence=0, flags=0):
        return struct.pack("IHHII", 16 + len(body), kind, flags, sequence, 0) + body

    def command(name, attrs, sequence=0):
        return message(0x21, struct.pack("BBH", number["TLSUP_CMD_" + name], 1, 0) +
                       b"".join(attr(kind, data) for kind, data in attrs), sequence)

    def put(name, *messages):
        seed("netlink", name, b"".join(map(vec, messages)))

    def u32(value):
        return struct.pack("I", value)

    cookie = ("COOKIE", struct.pack("Q", 5))
    v4 = struct.pack("HH4s8x", 2, 443, b"\x7f\0\0\1")
    v6 = struct.pack("HHI16sI", 10, 443, 0, bytes(15) + b"\1", 0)
    request = [cookie, ("CHANNEL_FD", u32(9)), ("ROLE", u32(1)), ("DEADLINE_MS", u32(1000)), ("UID", u32(0)),
               ("SERVER_NAME", b"name"), ("ALPN", b"\2h2"), ("PROFILE", b"p"), ("VERIFY", u32(0)),
               ("LOCAL_ADDR", v4), ("PEER_ADDR", v6), ("EARLY_DATA_MAX", u32(100))]
    accept = command("ACCEPT", request, 1)
    post = command("POST", [("SESSION", b"note"), ("MESSAGE", b"\4\0\0\1x"), cookie])
    ask = command("ASK", [cookie, ("NUMBER", u32(1)), ("KEY_UPDATES", u32(0)), ("MESSAGE", b"x")])
    gone = command("GONE", [cookie])
    said = u32(0xffffffff) + struct.pack("IHHII", 16, 0x20, 0, 1, 0)
    put("accept", accept)
    put("accept-v4", command("ACCEPT", request[:-2] + [("PEER_ADDR", v4)], 1))
    put("notices", accept, post, ask, gone, command("READY", []), command("CANCEL", [cookie]))
    for name, notice in (("post", post), ("ask", ask), ("gone", gone)):
        put(name, notice)
    put("error", message(2, said, 1))
    put("error-text", message(2, said + attr(1, b"no\0"), 1, 0x300))
    for cmd in (1, 2):
        put(f"family-{cmd}", message(0x10, struct.pack("BBH", cmd, 2, 0) + attr(2, b"tlsup\0")))
    put("two", accept + gone + post)


own_certificates()
peer_certificates()
configuration()
datagrams()

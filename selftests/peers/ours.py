# SPDX-License-Identifier: Apache-2.0
"""ours: owns our side of a cell: hs-peer's options for what is wanted, and what it must then have said."""
import re

from world import Failed

PSK_ID, PSK_KEY = "Client_identity", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"


def options(w, server):
    o = [*(w.ours or [])]
    if w.version:
        o += ["--min", w.version, "--max", w.version]
    if w.suite:
        o += ["--suites", w.suite]
    if w.group and not w.by_default:
        o += ["--groups", w.group]
    if w.alpn:
        o += ["--alpn", "h3," + w.alpn if not server else w.alpn]
    if w.psk:
        # Of SHA-256; a server may choose another hash first, and then has no use for it.
        o += ["--psk", f"{PSK_ID}:{PSK_KEY}", "--suites", "TLS_AES_128_GCM_SHA256"]
    if w.etm == "no":
        o += ["--no-etm"]
    if w.record_size_limit:
        o += ["--record-size-limit", str(w.record_size_limit)]
    if w.compress:
        o += ["--compress", w.compress]
    if w.export:
        o += ["--export", w.export]
    if w.key_log:
        o += ["--key-log", w.key_log]
    return o + (server_options(w) if server else client_options(w))


def client_options(w):
    o = []
    if w.hrr:
        o += ["--shares", "none"]
    if w.grease:
        o += ["--grease"]
    if w.client_cert in ("client", "later"):
        o += ["--cert", "client.chain", "--key", "client.key"]
    if w.client_cert == "later":
        o += ["--post-handshake-auth"]
    if w.max_fragment_length:
        o += ["--max-fragment-length", str(w.max_fragment_length)]
    if w.ocsp:
        o += ["--require-ocsp"]
    if w.key_update == "ours":
        o += ["--key-update"]
    if w.fallback:
        o += ["--fallback-scsv"]
    return o


def server_options(w):
    o = []
    if w.hrr and not w.group:
        o += ["--groups", "secp384r1"]
    if w.cookie:
        o += ["--cookie"]
    if w.resume == "id":
        o += ["--no-tickets"]
    if w.resume == "ticket":
        o += ["--no-session-ids"]
    if w.client_cert and w.client_cert != "later":
        o += ["--client-auth", "require" if w.client_cert == "client" else "request"]
    if w.client_cert:
        o += ["--ca", "ca.pem"]
    if w.ocsp:
        o += ["--ocsp", "ocsp.der"]
    if w.early:
        o += ["--max-early-data", "16384", *(["--refuse-early"] if w.early == "rejected" else [])]
    return o


def expected(w, server):
    """Words of hs-peer's line of parameters, as a list of patterns."""
    words = [f"version=TLSv{w.version} "]
    if w.suite:
        words.append(f"suite={w.suite} ")
    if w.group:
        words.append(f"group={w.group} ")
    if w.signature:
        words.append(f"signature={w.signature}")
    if w.hrr or w.by_default:
        words.append("retried=yes " if w.hrr else "retried=no ")
    if w.alpn:
        words.append(f"alpn={w.alpn} ")
    if w.psk:
        words.append(f"psk=dhe identity={PSK_ID} ")
    if w.client_cert == "client" and server:
        words.append("subject=CN=client ")
    if w.client_cert == "none" and server:
        words.append("peer_certificates=0 ")
    if w.cert == "big" and not server:
        words.append("peer_certificates=(9|10) ")
    if w.etm:
        words.append(f"etm={w.etm} ")
    if w.ocsp and not server:
        words.append("ocsp=[1-9]")
    if w.record_size_limit:
        words.append(f" limit={w.record_size_limit - (w.version == '1.3')} peer_limit=[1-9]")
    if w.max_fragment_length:
        words.append(f" limit={w.max_fragment_length} peer_limit={w.max_fragment_length} ")
    return words


def check(text, words):
    """The last line of parameters has all the words; the line."""
    lines = [line for line in text.splitlines() if line.startswith("version=")]
    if not lines:
        raise Failed(f"hs-peer says nothing of a connection:\n{text[-3000:]}")
    for word in words:
        if not re.search(word, lines[-1] + " "):
            raise Failed(f"wanted: {word}\n{text[-3000:]}")
    return lines[-1]

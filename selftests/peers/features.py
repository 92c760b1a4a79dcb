# SPDX-License-Identifier: Apache-2.0
"""features: owns the rows of the table: what is wanted of a connection, and what our own side then says."""

SUITES13 = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256"]

# The name and OpenSSL's, for those who know no other.
SUITES12 = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CCM": "ECDHE-ECDSA-AES128-CCM",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CCM": "ECDHE-ECDSA-AES256-CCM",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8": "ECDHE-ECDSA-AES128-CCM8",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8": "ECDHE-ECDSA-AES256-CCM8",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256": "ECDHE-ECDSA-AES128-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384": "ECDHE-ECDSA-AES256-SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256": "ECDHE-RSA-AES128-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384": "ECDHE-RSA-AES256-SHA384",
    "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256": "DHE-RSA-AES128-GCM-SHA256",
    "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384": "DHE-RSA-AES256-GCM-SHA384",
    "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "DHE-RSA-CHACHA20-POLY1305",
    "TLS_DHE_RSA_WITH_AES_128_CCM": "DHE-RSA-AES128-CCM",
    "TLS_DHE_RSA_WITH_AES_256_CCM": "DHE-RSA-AES256-CCM",
    "TLS_DHE_RSA_WITH_AES_128_CCM_8": "DHE-RSA-AES128-CCM8",
    "TLS_DHE_RSA_WITH_AES_256_CCM_8": "DHE-RSA-AES256-CCM8",
    "TLS_DHE_RSA_WITH_AES_128_CBC_SHA": "DHE-RSA-AES128-SHA",
    "TLS_DHE_RSA_WITH_AES_256_CBC_SHA": "DHE-RSA-AES256-SHA",
    "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256": "DHE-RSA-AES128-SHA256",
    "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256": "DHE-RSA-AES256-SHA256",
}

CURVES = ["x25519", "secp256r1", "secp384r1", "secp521r1", "x448"]
FIELDS = ["ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144", "ffdhe8192"]
HYBRIDS = ["x25519mlkem768", "secp256r1mlkem768"]

SIGNATURES = {
    "P-256": "ecdsa_secp256r1_sha256", "P-384": "ecdsa_secp384r1_sha384",
    "P-521": "ecdsa_secp521r1_sha512", "rsa": "rsa_pss_rsae_", "rsa-pss": "rsa_pss_pss_",
    "ed25519": "ed25519", "ed448": "ed448",
}


class Want(dict):
    """What a connection shall be like; a key that is absent does not matter. only: the side, Client or Server,
    that we can see it from."""

    def __getattr__(self, name):
        return self.get(name)


def cert_for(suite):
    return "rsa" if "_RSA_" in suite else "P-256"


def both(row, kind="get", **want):
    return [(f"TLS {v}: {row}", kind, Want(version=v, **want)) for v in ("1.3", "1.2")]


def one(version, row, kind="get", **want):
    return [(f"TLS {version}: {row}", kind, Want(version=version, **want))]


def features():
    rows = both("full handshake")
    for s in SUITES13:
        rows += one("1.3", s, suite=s)
    for s in SUITES12:
        rows += one("1.2", s, suite=s, cert=cert_for(s))
    for g in CURVES + FIELDS + HYBRIDS:
        rows += one("1.3", f"group {g}", group=g)
    for g in CURVES:
        rows += one("1.2", f"group {g}", group=g, cert="rsa", suite="TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
    for g in FIELDS:
        rows += one("1.2", f"group {g}", group=g, cert="rsa",
                    suite="TLS_DHE_RSA_WITH_AES_128_GCM_SHA256")
    for c in SIGNATURES:
        rows += one("1.3", f"signature by {c}", cert=c, signature=SIGNATURES[c])
    for c in ("P-256", "P-384", "rsa", "ed25519"):
        rows += one("1.2", f"signature by {c}", cert=c)
    rows += one("1.3", "x25519mlkem768 without being asked for", group="x25519mlkem768", by_default=True)
    rows += one("1.3", "HelloRetryRequest", hrr=True)
    for g in CURVES + HYBRIDS:
        rows += one("1.3", f"HelloRetryRequest to {g}", hrr=True, group=g, only="Client")
    rows += one("1.3", "HelloRetryRequest with a cookie", hrr=True, cookie=True)
    rows += one("1.3", "no compatibility mode", ours=["--no-compat"])
    rows += one("1.3", "resumed by PSK", "resume", resume="psk")
    rows += one("1.3", "resumed by PSK, HelloRetryRequest", "resume", resume="psk", hrr=True)
    rows += one("1.2", "resumed by ticket", "resume", resume="ticket")
    rows += one("1.2", "resumed by session ID", "resume", resume="id")
    rows += one("1.3", "external PSK", psk=True)
    rows += one("1.3", "0-RTT accepted", "early", resume="psk", early="accepted")
    rows += one("1.3", "0-RTT passed over", "early", resume="psk", early="rejected")
    rows += one("1.3", "0-RTT passed over by HelloRetryRequest", "early", resume="psk", early="rejected",
                hrr=True)
    rows += both("client certificate", client_cert="client")
    for v, way, name in (("1.3", "psk", "PSK"), ("1.2", "ticket", "ticket"), ("1.2", "id", "session ID")):
        rows += one(v, f"client certificate, resumed by {name}", "resume", resume=way, client_cert="client")
    rows += both("client certificate asked for, none", client_cert="none")
    rows += one("1.3", "post-handshake authentication", "pha", client_cert="later")
    rows += one("1.3", "KeyUpdate by us", "key_update", key_update="ours")
    rows += one("1.3", "KeyUpdate by the peer", "key_update", key_update="theirs")
    rows += one("1.2", "renegotiation by us, refused or done", "renegotiate", renegotiate="ours")
    rows += one("1.2", "renegotiation by the peer, done", "renegotiate", renegotiate="theirs")
    rows += one("1.2", "renegotiation by the peer, refused", "renegotiate", renegotiate="refused")
    rows += both("ALPN", alpn="http/1.1")
    rows += both("SNI chooses the certificate", "sni", sni="a.test")
    rows += both("chain of nine, 34 kB", cert="big")
    rows += both("16 MiB to the client", "down", size=1 << 24)
    rows += both("16 MiB to the server", "up", size=1 << 24)
    rows += one("1.2", "encrypt-then-MAC", suite="TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", etm="yes")
    rows += one("1.2", "MAC-then-encrypt", suite="TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", etm="no")
    rows += both("record_size_limit", record_size_limit=512)
    rows += one("1.2", "max_fragment_length", max_fragment_length=1024)
    rows += both("OCSP response stapled", ocsp=True, cert="stapled")
    for c in ("zlib", "brotli", "zstd"):
        rows += one("1.3", f"certificate compressed by {c}", "compress", compress=c)
    rows += both("GREASE", grease=True, only="Client")
    rows += one("1.3", "GREASE, HelloRetryRequest", grease=True, hrr=True, only="Client")
    rows += one("1.3", "GREASE, resumed by PSK", "resume", grease=True, resume="psk", only="Client")
    rows += both("exporter", "export", export="EXPERIMENTAL-tlsup")
    rows += both("key log", "key_log", key_log=True)
    rows += one("1.2", "TLS_FALLBACK_SCSV is refused", "fallback", fallback=True)
    return rows

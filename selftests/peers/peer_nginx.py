# SPDX-License-Identifier: Apache-2.0
"""peer_nginx: owns nginx as a server, and as the client of a server behind it (proxy_pass)."""
import os

from features import SUITES12
from peer import Peer, output, refuses
from peer_openssl import GROUPS, dh_params
from world import Failed, Lacks, Server, free_port, run

# What has no directive at all; the word one would look for in the module's strings.
NO_DIRECTIVE = {"psk": "psk", "client_cert_later": "post_handshake", "key_update": "key_update",
                "renegotiate": "ssl_renegotiat", "export": "keying_material", "key_log": "key_log",
                "compress": "certificate_compression", "record_size_limit": "record_size_limit",
                "max_fragment_length": "max_fragment", "fallback": "fallback_scsv"}


def no_directive(word):
    with open("/usr/sbin/nginx", "rb") as f:
        found = word.encode() in f.read()
    if found:
        raise Lacks(f"nginx's program names {word}, but no directive gives the test a hold on it")
    raise Lacks(f"/usr/sbin/nginx has no string {word}: no such directive")


CONFIG = """
daemon off; master_process off; pid {dir}/nginx.pid; error_log stderr;
events {{ }}
http {{
    access_log off; client_max_body_size 64m;
    client_body_temp_path {dir}; proxy_temp_path {dir}; fastcgi_temp_path {dir}; uwsgi_temp_path {dir};
    scgi_temp_path {dir};
    {servers}
}}
"""

PAGE = """server {{
    listen {port} ssl{default}; server_name {name};
    ssl_certificate {cert}.chain; ssl_certificate_key {cert}.key;
    {more}
    root {dir};
    location = / {{ return 200 "$ssl_protocol $ssl_cipher reused=$ssl_session_reused early=$ssl_early_data\\n"; }}
    location /upload/ {{ proxy_pass http://127.0.0.1:{port2}/; }}
}}
"""


class NginxBase(Peer):
    needs = ["nginx"]

    @staticmethod
    def version():
        return output("nginx", "-v").strip()

    def start(self, servers, port):
        directory = self.world.fresh(".nginx")
        os.mkdir(directory)
        for name in os.listdir(self.world.dir):
            if name.endswith((".chain", ".key", ".pem", ".der", ".dh")) or name == "block":
                os.symlink(self.world.path(name), os.path.join(directory, name))
        file = os.path.join(directory, "nginx.conf")
        with open(file, "w", encoding="ascii") as f:
            f.write(CONFIG.format(dir=directory, servers=servers.replace("@DIR@", directory)))
        return Server(["nginx", "-p", directory, "-c", file], None, directory, port)

    @staticmethod
    def refuse(w):
        for key, word in NO_DIRECTIVE.items():
            if w.get(key):
                no_directive(word)
        if w.client_cert == "later":
            no_directive("post_handshake")


class Nginx(NginxBase):
    name = "nginx"
    # It remembers no early data, and so passes nothing over.
    nothing_to_see = [("TLS 1.3: HelloRetryRequest with a cookie", "Client"), ("TLS 1.3: 0-RTT passed over", "Client")]

    def directives(self, w):
        d = []
        if w.version:
            d.append(f"ssl_protocols TLSv{w.version};")
        if w.suite in SUITES12:
            d.append(f"ssl_ciphers {SUITES12[w.suite]}:@SECLEVEL=0;")
        elif w.suite:
            d.append(f"ssl_conf_command Ciphersuites {w.suite}; ssl_ciphers ALL:@SECLEVEL=0;")
        if w.suite and "_DHE_" in w.suite:
            dh_params(self.world, w.group or "ffdhe2048")
            d.append(f"ssl_dhparam {self.world.path(w.group or 'ffdhe2048')}.dh;")
        elif w.group:
            d.append(f"ssl_ecdh_curve {GROUPS.get(w.group, w.group)};")
        if w.hrr and not w.group:
            d.append("ssl_ecdh_curve P-384;")
        if w.resume:
            d.append("ssl_session_cache builtin;")
            d.append("ssl_session_tickets " + ("off;" if w.resume == "id" else "on;"))
        if w.early:
            d.append("ssl_early_data on;")
        if w.client_cert:
            d.append("ssl_client_certificate ca.pem; ssl_verify_client " +
                     ("on;" if w.client_cert == "client" else "optional;"))
        if w.ocsp:
            d.append("ssl_stapling on; ssl_stapling_file ocsp.der;")
        if w.etm == "no":
            d.append("ssl_conf_command Options -EncryptThenMac;")
        return " ".join(d)

    def serve(self, w):
        self.refuse(w)
        port, port2 = free_port(), free_port()
        if w.group and w.group.endswith("768") and "OpenSSL 3.0" in output("openssl", "version"):
            refuses("[Ee]rror|[Ff]ail", "openssl", "s_client", "-groups", w.group, "-connect", "localhost:9")
        how = {"port": port, "dir": "@DIR@", "more": self.directives(w), "port2": port2}
        servers = PAGE.format(name="localhost", cert=w.cert or "P-256", default=" default_server", **how)
        if w.sni:
            servers += PAGE.format(name=w.sni, cert=w.sni, default="", **how)
        if w.up:
            servers += f"server {{ listen 127.0.0.1:{port2}; location / {{ return 200 \"all\\n\"; }} }}"
        return self.start(servers, port)

    def first(self, client, server, *args):
        return client.connect(server, *args)

    def second(self, client, server, *args):
        return client.connect(server, *args, stdin="")

    def take(self, client, server):
        """nginx reads the whole body before it passes it on."""
        with open(self.world.path("block"), "rb") as f:
            body = f.read()
        head = f"POST /upload/x HTTP/1.0\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
        r = client.connect(server, stdin=head.encode() + body)
        if "all" not in r.out:
            raise Failed(r.text[-1000:])


class NginxProxy(NginxBase):
    name = "nginx, proxy_pass"

    def fetch(self, w, port):
        self.refuse(w)
        if w.group or w.early or w.alpn or w.ocsp or w.hrr or w.etm:
            no_directive({"group": "proxy_ssl_ecdh_curve", "early": "proxy_ssl_early", "alpn": "proxy_ssl_alpn",
                          "ocsp": "proxy_ssl_stapling", "hrr": "proxy_ssl_ecdh_curve", "etm": "proxy_ssl_encrypt"}
                         [next(k for k in ("group", "early", "alpn", "ocsp", "hrr", "etm") if w.get(k))])
        name, front = w.sni or "localhost", free_port()
        d = [f"proxy_pass https://127.0.0.1:{port};", f"proxy_ssl_name {name}; proxy_ssl_server_name on;",
             f"proxy_ssl_trusted_certificate {self.world.path('ca.pem')}; proxy_ssl_verify on;",
             "proxy_http_version 1.0; proxy_request_buffering on; proxy_max_temp_file_size 0;"]
        if w.version:
            d.append(f"proxy_ssl_protocols TLSv{w.version};")
        if w.suite in SUITES12:
            d.append(f"proxy_ssl_ciphers {SUITES12[w.suite]}:@SECLEVEL=0;")
        elif w.suite:
            d.append(f"proxy_ssl_conf_command Ciphersuites {w.suite}; proxy_ssl_ciphers ALL:@SECLEVEL=0;")
        if w.cert == "big":
            d.append("proxy_ssl_verify_depth 20;")
        if w.client_cert == "client":
            d.append(f"proxy_ssl_certificate {self.world.path('client.pem')}; "
                     f"proxy_ssl_certificate_key {self.world.path('client.key')};")
        servers = f"server {{ listen 127.0.0.1:{front}; location / {{ {' '.join(d)} }} }}"
        argv = ["curl", "-sS", "--noproxy", "*", f"http://127.0.0.1:{front}{w.path or '/'}"]
        with self.start(servers, front) as server:
            if w.resume:
                self.run(argv)
            r = self.run(argv + (["-H", "Expect:", "--data-binary", "@block"] if w.up else []))
            r.err += server.text()
            return r


PEERS = [Nginx, NginxProxy]

// SPDX-License-Identifier: Apache-2.0
/* kernel: owns bogo-kernel-shim, a tlsup socket as BoringSSL's test runner (BoGo)
 * drives it. What it can't do it leaves to bogo-shim. Profiles of tlsupd that it
 * counts on: "any", "v12" and "v13", which have BoGo's RSA certificate, and the same
 * with "-cert", which have it as a client as well. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/tlsup.h>

#include "shim.h"

/* The flags that it honours, and those that ask for nothing here. */
static const char *const honoured[] = {
	"-port", "-server", "-resume-count", "-key-file", "-cert-file",
	"-min-version", "-max-version", "-no-tls13", "-no-tls12", "-no-tls11",
	"-no-tls1", "-host-name", "-advertise-alpn", "-select-alpn",
	"-expect-alpn", "-expect-version", "-expect-cipher",
	"-expect-curve-id", "-expect-session-miss", "-expect-server-name",
	"-expect-extended-master-secret", "-expect-no-session",
	"-shim-writes-first", "-shim-shuts-down", "-check-close-notify",
	"-key-update", "-export-keying-material", "-export-label",
	"-export-context", "-use-export-context", "-async",
	"-implicit-handshake", "-use-early-callback", "-peek-then-read",
	"-no-op-extra-handshake", "-handshake-twice", "-read-size",
	"-expect-early-data-reason", "-decline-alpn", "-expect-verify-result",
	"-write-different-record-sizes", "-is-handshaker-supported",
	"-expect-secure-renegotiation", "-expect-advertised-alpn",
};

static const char *const kinds[] = { "-on-shim-", "-on-initial-", "-on-resume-" };

static void check_flags(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *name = argv[i];
		bool known = *name != '-';

		/* Which connection it is for, shim_flags() sees to. */
		for (size_t j = 0; j < sizeof(kinds) / sizeof(kinds[0]); j++)
			if (!strncmp(name, kinds[j], strlen(kinds[j])))
				name += strlen(kinds[j]) - 1;
		for (size_t j = 0; j < sizeof(honoured) / sizeof(honoured[0]); j++)
			known |= !strcmp(name, honoured[j]);
		if (!known)
			shim_unimplemented(name);
	}
}

static int wrong(const char *what)
{
	fprintf(stderr, "unexpected: %s\n", what);
	return -1;
}

static void set(int fd, int option, const void *value, size_t len)
{
	if (!setsockopt(fd, SOL_TLSUP, option, value, (socklen_t)len))
		return;
	perror("setsockopt");
	exit(1);
}

static struct tlsup_info info_of(int fd)
{
	struct tlsup_info info = { 0 };
	socklen_t len = sizeof(info);

	getsockopt(fd, SOL_TLSUP, TLSUP_INFO, &info, &len);
	return info;
}

static int failed(int fd, const char *what)
{
	struct tlsup_info info = info_of(fd);

	fprintf(stderr, "%s: %s (%s; alert sent %u, received %u)\n", what,
		strerrorname_np(info.error), info.reason, info.alert_sent,
		info.alert_received);
	return -1;
}

static const char *profile(const struct shim_config *f)
{
	uint16_t min = f->no_tls12 ? TLSUP_VERSION_1_3 : f->min_version;
	uint16_t max = f->no_tls13 ? TLSUP_VERSION_1_2 : f->max_version;

	if ((max && max < TLSUP_VERSION_1_2) || (f->no_tls12 && f->no_tls13))
		shim_unimplemented("TLS 1.1 and less");
	if (max == TLSUP_VERSION_1_2)
		return "v12";
	return min == TLSUP_VERSION_1_3 ? "v13" : "any";
}

static void set_options(int fd, const struct shim_config *f)
{
	const __u32 none = TLSUP_VERIFY_INSECURE_NONE;
	char p[16];
	uint8_t alpn[TLSUP_ALPN_MAX];
	char name[64];

	if (setsockopt(fd, IPPROTO_TCP, TCP_ULP, TLSUP_ULP_NAME,
		       sizeof(TLSUP_ULP_NAME))) {
		perror("TCP_ULP");
		exit(1);
	}
	snprintf(p, sizeof(p), "%s%s", profile(f),
		 !f->server && f->cert_file ? "-cert" : "");
	set(fd, TLSUP_PROFILE, p, strlen(p));
	if (f->server) {
		if (f->select_alpn) {
			alpn[0] = (uint8_t)strlen(f->select_alpn);
			memcpy(alpn + 1, f->select_alpn, alpn[0]);
			set(fd, TLSUP_ALPN, alpn, 1u + alpn[0]);
		}
		return;
	}
	/* A name of its own, for tlsupd keeps sessions by name. */
	snprintf(name, sizeof(name), "bogo-%d.example", getpid());
	if (f->host_name)
		snprintf(name, sizeof(name), "%s", f->host_name);
	set(fd, TLSUP_SERVER_NAME, name, strlen(name));
	set(fd, TLSUP_VERIFY, &none, sizeof(none));
	if (f->advertise_alpn)
		set(fd, TLSUP_ALPN, f->advertise_alpn, strlen(f->advertise_alpn));
}

static bool is_text(int fd, int option, const char *want)
{
	char text[TLSUP_ALPN_MAX] = "";
	socklen_t len = sizeof(text);

	if (getsockopt(fd, SOL_TLSUP, option, text, &len))
		len = 0;
	return len == strlen(want) && !memcmp(text, want, len);
}

static const char *check(int fd, const struct shim_config *f, bool resume)
{
	const char *alpn = f->server ? f->select_alpn : f->expect_alpn;
	struct tlsup_info i = info_of(fd);
	bool resumed = i.flags & TLSUP_F_RESUMED;

	if (f->expect_version && i.version != f->expect_version)
		return "another version";
	if (f->expect_cipher && i.cipher_suite != f->expect_cipher)
		return "another suite";
	if (f->expect_curve_id && i.group && i.group != f->expect_curve_id)
		return "another group";
	if (resumed != (resume && !f->expect_session_miss))
		return resumed ? "resumed" : "not resumed";
	if (!is_text(fd, TLSUP_ALPN, alpn ? alpn : ""))
		return "another ALPN protocol";
	if (f->expect_server_name &&
	    !is_text(fd, TLSUP_SERVER_NAME, f->expect_server_name))
		return "another server name";
	return NULL;
}

static int write_all(int fd, const void *data, size_t len)
{
	const uint8_t *at = data;

	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0)
			return -1;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

static int say_exported(int fd, const struct shim_config *f)
{
	struct {
		struct tlsup_exporter	head;
		uint8_t			room[2048];
	} e = { .head = { .length = f->export_keying_material,
			  .label_length = (uint16_t)strlen(f->export_label),
			  .flags = f->use_export_context ?
					   TLSUP_EXPORTER_CONTEXT : 0 } };
	socklen_t len = sizeof(e);

	if (f->use_export_context)
		e.head.context_length = (uint16_t)strlen(f->export_context);
	memcpy(e.head.bytes, f->export_label, e.head.label_length);
	memcpy(e.head.bytes + e.head.label_length, f->export_context,
	       e.head.context_length);
	if (getsockopt(fd, SOL_TLSUP, TLSUP_EXPORTER, &e, &len))
		return wrong("nothing to export");
	return write_all(fd, &e, len);
}

static int say(int fd, const struct shim_config *f)
{
	static const size_t sizes[] = { 0, 1, 255, 256, 257, 16383, 16384, 16385,
					32767, 32768, 32769 };
	static uint8_t data[32769];
	int err = 0;

	if (f->export_keying_material)
		err = say_exported(fd, f);
	memset(data, 0x42, sizeof(data));
	for (size_t i = 0; f->write_different_record_sizes &&
			   i < sizeof(sizes) / sizeof(sizes[0]) && !err; i++)
		err = write_all(fd, data, sizes[i]);
	if (!err && f->shim_writes_first)
		err = write_all(fd, "hello", 5);
	return err;
}

/* Until the peer has said all. */
static int converse(int fd, const struct shim_config *f)
{
	const __u32 once = TLSUP_KEY_UPDATE_NOT_REQUESTED;
	uint8_t data[512];
	ssize_t n;

	while ((n = read(fd, data, sizeof(data))) > 0) {
		if (f->key_update)
			set(fd, TLSUP_KEY_UPDATE, &once, sizeof(once));
		for (ssize_t i = 0; i < n; i++)
			data[i] ^= 0xff;
		if (write_all(fd, data, (size_t)n))
			return failed(fd, "write");
	}
	if (n < 0 && (errno != ECONNRESET || f->check_close_notify))
		return failed(fd, "read");
	return 0;
}

static int last_words(int fd, const struct shim_config *f)
{
	uint8_t data[512];
	ssize_t n;

	if (!f->shim_shuts_down)
		return converse(fd, f);
	shutdown(fd, SHUT_WR);
	while ((n = read(fd, data, sizeof(data))) > 0)
		;
	return n && f->check_close_notify ? failed(fd, "no close_notify") : 0;
}

static int exchange(int fd, const struct shim_config *f, bool resume)
{
	struct tlsup_start start = { .role = f->server ? TLSUP_ROLE_SERVER :
							 TLSUP_ROLE_CLIENT };
	const char *bad;

	if (setsockopt(fd, SOL_TLSUP, TLSUP_START, &start, sizeof(start)))
		return failed(fd, "handshake");
	bad = check(fd, f, resume);
	if (bad)
		return wrong(bad);
	if (say(fd, f))
		return failed(fd, "write");
	return last_words(fd, f);
}

static int connection(const struct shim_config *f, bool resume)
{
	int fd = shim_dial(f->port), err;

	set_options(fd, f);
	err = exchange(fd, f, resume);
	close(fd);
	return err;
}

int main(int argc, char **argv)
{
	struct shim_flags f;
	int err = 0;

	signal(SIGPIPE, SIG_IGN);
	check_flags(argc, argv);
	shim_flags(&f, argc, argv);
	if (f.initial.cert_file && !strstr(f.initial.cert_file, "/cert.pem") &&
	    strcmp(f.initial.cert_file, "cert.pem"))
		shim_unimplemented("another certificate");
	/* RFC 8446 7.1: a HkdfLabel has a byte behind "tls13 ". */
	if (f.initial.export_keying_material && !*f.initial.export_label)
		shim_unimplemented("an exporter without a label");
	for (uint16_t i = 0; i <= f.initial.resume_count && !err; i++)
		err = connection(i ? &f.resume : &f.initial, i > 0);
	shim_flags_free(&f);
	/* What comes behind this line the runner takes for a sanitiser's. */
	fputs("--- DONE ---\n", stderr);
	return err ? 1 : 0;
}

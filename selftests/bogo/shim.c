// SPDX-License-Identifier: Apache-2.0
/* shim: owns bogo-shim, the engine as BoringSSL's test runner (BoGo) drives it:
 * it connects to the runner, is client or server of TLS there, and gives back
 * every byte that it is told with all bits turned over. */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "daemon/engine/suites.h"
#include "shim.h"

/* What is between one connection and the next. */
static struct {
	struct hs_session	*session;
	uint64_t		now_ms;
} kept;

/* Reads to the end first, or a reset could overtake what was sent. */
static void hang_up(int fd)
{
	char rest[4096];

	shutdown(fd, SHUT_WR);
	while (read(fd, rest, sizeof(rest)) > 0)
		;
	close(fd);
}

static int give_back(struct peer *p, const uint8_t *data, size_t len)
{
	uint8_t turned[RECORD_PLAIN_MAX];

	for (size_t i = 0; i < len; i++)
		turned[i] = data[i] ^ 0xff;
	return peer_write(p, turned, len);
}

/* A server answers early data before it knows who sent it. */
static void give_back_early(struct peer *p, const uint8_t *data, size_t len)
{
	give_back(p, data, len);
}

/* --- What is said --- */

static int say_exported(struct peer *p, const struct shim_config *f)
{
	uint8_t out[1024];
	struct hs_bytes context = hs_bytes(NULL, 0);

	if (f->use_export_context)
		context = hs_bytes(f->export_context, strlen(f->export_context));
	if (f->export_keying_material > sizeof(out) ||
	    hs_export(p->hs, f->export_label, context, out,
		      f->export_keying_material))
		return -1;
	return peer_write(p, out, f->export_keying_material);
}

static int say_sizes(struct peer *p)
{
	static const size_t sizes[] = { 0, 1, 255, 256, 257, 16383, 16384, 16385,
					32767, 32768, 32769 };
	static uint8_t data[32769];
	int err = 0;

	memset(data, 0x42, sizeof(data));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]) && !err; i++)
		err = peer_write(p, data, sizes[i]);
	return err;
}

static int say(struct peer *p, const struct shim_config *f)
{
	static const uint8_t alert[] = { 2, 30 };	/* decompression_failure */
	size_t taken = p->early_taken;
	int err = 0;

	if (f->export_keying_material)
		err = say_exported(p, f);
	if (!err && f->send_alert)
		return record_send(&p->record, HS_ALERT, alert, sizeof(alert));
	if (!err && f->write_different_record_sizes)
		return say_sizes(p);
	if (!err && f->shim_writes_first)
		err = peer_write(p, "hello" + taken, 5 - taken);
	return err;
}

/* --- One connection --- */

/* What is there to say about a failure, on stderr; -1. */
static int failed(const struct peer *p, const char *what)
{
	const struct hs_error *e = hs_error(p->hs);

	fprintf(stderr, "%s: %s (alert sent %u, received %u)\n", what, e->reason,
		e->alert_sent, e->alert_received);
	return -1;
}

static int wrong(const char *what)
{
	fprintf(stderr, "unexpected: %s\n", what);
	return -1;
}

/* Until the peer has said all. */
static int converse(struct peer *p, const struct shim_config *f)
{
	const uint8_t *data;
	int n;

	while ((n = peer_read(p, &data)) > 0) {
		if (f->key_update && peer_key_update(p, false))
			return wrong("no KeyUpdate can be sent");
		if (give_back(p, data, (size_t)n))
			return wrong("the connection broke");
		if (peer_settle(p))
			return failed(p, "renegotiation");
	}
	if (n == PEER_FAILED || hs_state(p->hs) == HS_FAILED)
		return failed(p, "after the handshake");
	if (n == PEER_TRUNCATED && f->check_close_notify)
		return wrong("the end without close_notify");
	return 0;
}

static int last_words(struct peer *p, const struct shim_config *f)
{
	static const uint8_t close_notify[] = { 1, HS_ALERT_CLOSE_NOTIFY };
	const uint8_t *data;
	int n;

	if (!f->shim_shuts_down)
		return converse(p, f);
	if (!f->check_close_notify)
		return 0;
	record_send(&p->record, HS_ALERT, close_notify, sizeof(close_notify));
	while ((n = peer_read(p, &data)) > 0)
		;
	return n ? wrong("no close_notify for ours") : 0;
}

static int check_end(const struct peer *p, const struct shim_config *f)
{
	bool tls13 = hs_info(p->hs)->version == HS_TLS13;

	if (p->handshakes != 1u + f->expect_total_renegotiations)
		return wrong("the number of handshakes");
	if (f->server || f->shim_shuts_down || f->send_alert || !tls13)
		return 0;
	if (!p->tickets != f->expect_no_session)
		return wrong(p->tickets ? "a ticket" : "no ticket");
	return 0;
}

/* Behind early data that was passed over, BoringSSL sees another connection. */
static int exchange(struct peer *p, struct shim_side *s,
		    const struct shim_config *retry, bool resume)
{
	const struct shim_config *f = s->flags;
	const char *bad;

	if (f->host_name &&
	    hs_set_server_name(p->hs, f->host_name, strlen(f->host_name)))
		return wrong("that name can't be sent");
	if (!f->server && kept.session)
		hs_set_session(p->hs, kept.session);
	if (f->shim_writes_first && f->enable_early_data)
		p->early = hs_bytes("hello", 5);
	if (peer_handshake(p))
		return failed(p, "handshake");
	if (f->expect_reject_early_data && !f->server) {
		if (!p->early_rejected)
			return wrong("early data was not passed over");
		f = retry;
	}
	bad = s->wrong ? s->wrong : shim_check(p, f, resume);
	if (bad)
		return wrong(bad);
	if (say(p, f))
		return wrong("the connection broke");
	if (!f->send_alert && last_words(p, f))
		return -1;
	return check_end(p, f);
}

static struct hs_session *copy(const struct hs_session *s)
{
	uint8_t packed[16384];

	return hs_session_unpack(hs_bytes(packed,
					  hs_session_pack(s, packed,
							  sizeof(packed))));
}

static int connection(const struct shim_config *f,
		      const struct shim_config *retry, bool resume)
{
	struct shim_side s;
	struct peer p;
	int err = -1, fd;

	shim_side_init(&s, f, kept.now_ms);
	fd = shim_dial(f->port);
	peer_init(&p, fd, &s.config, &s);
	p.on_early = give_back_early;
	p.silent = true;
	if (peer_open(&p))
		err = exchange(&p, &s, retry, resume);
	else
		shim_unimplemented("a list of which nothing is there");
	hs_session_free(kept.session);
	kept.session = p.session && !err ? copy(p.session) : NULL;
	kept.now_ms += 1000u * f->resumption_delay;
	peer_free(&p);
	hang_up(fd);
	shim_side_free(&s);
	return err;
}

int main(int argc, char **argv)
{
	struct shim_flags f;
	int err = 0;

	signal(SIGPIPE, SIG_IGN);
	shim_flags(&f, argc, argv);
	kept.now_ms = (uint64_t)time(NULL) * 1000;
	for (uint16_t i = 0; i <= f.initial.resume_count && !err; i++) {
		if (i && !f.initial.server && !kept.session)
			err = wrong("there is no session to offer");
		else
			err = connection(i ? &f.resume : &f.initial, &f.retry, i > 0);
	}
	hs_session_free(kept.session);
	shim_flags_free(&f);
	/* What comes behind this line the runner takes for a sanitiser's. */
	fputs("--- DONE ---\n", stderr);
	return err ? 1 : 0;
}

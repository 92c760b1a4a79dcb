// SPDX-License-Identifier: Apache-2.0
/*
 * connection: owns one handshake: what the engine puts out goes to the channel,
 * in order; what the channel gives goes to the engine; and the kernel is told
 * once how it ended.
 */
#include "daemon/connection.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/cause.h"
#include "daemon/ending.h"
#include "daemon/host.h"
#include "daemon/kept.h"
#include "daemon/keylog.h"
#include "daemon/log.h"
#include "daemon/report.h"
#include "daemon/resume.h"

/* One peer that sends many small records must not keep a worker from others. */
#define RECORDS_PER_RUN	64

#define DEADLINE_MARGIN_MS	200

enum phase { STARTING, RUNNING, OVER };

struct tlsup_connection {
	atomic_uint			refs;
	enum phase			phase;
	struct tlsup_config		*config;
	struct tlsup_channel		*channel;
	struct tlsup_request		request;
	struct tlsup_host		host;
	struct hs_config		hs_config;
	struct hs			*hs;
	struct tlsup_later		later;
	struct tlsup_resume		resume;
	struct timespec			started;

	bool				held;	/* out is not finished */
	size_t				sent;	/* of out.data */
	struct hs_output		out;
	uint16_t			tx_limit, rx_limit;	/* as set */
	uint8_t				*early;	/* server: NULL or
						 * TLSUP_EARLY_DATA_MAX bytes */
	size_t				early_len;
	int				dead;	/* errno: sending is over */
};

struct tlsup_connection *
tlsup_connection_new(const struct tlsup_shared *shared,
		     struct tlsup_config *config,
		     const struct tlsup_request *request,
		     struct tlsup_channel *channel)
{
	struct tlsup_connection *c = calloc(1, sizeof(*c));
	size_t len;

	if (!c)
		return NULL;
	c->refs = 1;
	clock_gettime(CLOCK_MONOTONIC, &c->started);
	c->config = tlsup_config_get(config);
	c->channel = channel;
	c->request = *request;
	c->host.shared = shared;
	c->host.request = &c->request;
	c->host.profile = tlsup_config_profile(config, request->profile,
					       strlen(request->profile));
	if (!c->request.profile[0])
		strcpy(c->request.profile, TLSUP_DEFAULT_PROFILE);
	/* A fully qualified name is sent and compared without its last dot:
	 * RFC 6066 3, RFC 9525 2. */
	len = strlen(c->request.server_name);
	if (len > 1 && c->request.server_name[len - 1] == '.')
		c->request.server_name[len - 1] = 0;
	return c;
}

struct tlsup_connection *tlsup_connection_get(struct tlsup_connection *c)
{
	c->refs++;
	return c;
}

void tlsup_connection_free(struct tlsup_connection *c)
{
	c->channel->ops->close(c->channel);
	tlsup_connection_put(c);
}

struct tlsup_later *tlsup_connection_later(struct tlsup_connection *c)
{
	return &c->later;
}

static void drop_early_data(struct tlsup_connection *c)
{
	if (c->early)
		explicit_bzero(c->early, TLSUP_EARLY_DATA_MAX);
	free(c->early);
	c->early = NULL;
	c->early_len = 0;
}

void tlsup_connection_put(struct tlsup_connection *c)
{
	if (--c->refs)
		return;
	hs_free(c->hs);
	tlsup_config_put(c->config);
	drop_early_data(c);
	explicit_bzero(c, sizeof(*c));
	free(c);
}

struct tlsup_channel *tlsup_connection_channel(struct tlsup_connection *c)
{
	return c->channel;
}

uint32_t tlsup_connection_limit_ms(const struct tlsup_connection *c)
{
	uint32_t limit = c->request.deadline_ms;

	/* A little before the kernel, which has no alert to send. */
	limit -= limit / 20 < DEADLINE_MARGIN_MS ? limit / 20 :
						   DEADLINE_MARGIN_MS;
	if (c->host.profile && c->host.profile->handshake_timeout_ms < limit)
		limit = c->host.profile->handshake_timeout_ms;
	return limit;
}

/* --- The end --- */

static double elapsed_ms(const struct tlsup_connection *c)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - c->started.tv_sec) * 1e3 +
	       (now.tv_nsec - c->started.tv_nsec) / 1e6;
}

static void over(struct tlsup_connection *c, int error, uint8_t sent,
		 uint8_t received, const char *reason)
{
	const struct tlsup_outcome outcome = {
		.request = &c->request,
		.info = c->hs ? hs_info(c->hs) : NULL,
		.ms = elapsed_ms(c),
		.error = error,
		.alert_sent = sent,
		.alert_received = received,
		.reason = reason,
	};

	c->phase = OVER;
	tlsup_report(&outcome);
}

/* The kernel has ended the request by itself: nobody waits for an answer. Why,
 * it does not say; but an application seldom closes in that very moment. */
static int cancelled(struct tlsup_connection *c)
{
	if (elapsed_ms(c) >= c->request.deadline_ms)
		over(c, ETIMEDOUT, HS_ALERT_NONE, HS_ALERT_NONE,
		     "the socket's own deadline passed");
	else
		over(c, ECANCELED, HS_ALERT_NONE, HS_ALERT_NONE,
		     "the application closed the socket");
	return 0;
}

static int fail_with(struct tlsup_connection *c, int error, uint8_t sent,
			uint8_t received, const char *reason)
{
	const struct tlsup_fail fail = {
		.error = tlsup_cause_errno(error, sent, received),
		.version = c->hs ? hs_info(c->hs)->version : 0,
		.alert_sent = sent,
		.reason = reason,
	};
	int r = c->channel->ops->fail(c->channel, &fail);

	if (r == -ENOENT || r == -ESTALE)
		return cancelled(c);
	over(c, fail.error, sent, received, reason);
	return 0;
}

/* Our own failure, of which the peer has not been told. */
static int refuse(struct tlsup_connection *c, int error, const char *reason)
{
	return fail_with(c, error, HS_ALERT_NONE, HS_ALERT_NONE, reason);
}

static int transport_failed(struct tlsup_connection *c, int error)
{
	char reason[HS_REASON_MAX];

	if (error == ESTALE)
		return cancelled(c);
	snprintf(reason, sizeof(reason),
		 "the connection ended during the handshake (%s): %s",
		 c->hs ? hs_state_name(c->hs) : "not begun", strerror(error));
	return refuse(c, error, reason);
}

/* --- The beginning --- */

/* What must be there before a byte is exchanged. 0 or an errno. */
static int missing(const struct tlsup_connection *c, const char **reason)
{
	const struct tlsup_profile *p = c->host.profile;
	uint32_t verify = c->request.verify;

	if (!p) {
		*reason = "tlsupd has no profile of this name";
		return ENOKEY;
	}
	/* A profile's key speaks for a server: not every user may use it. */
	if (!tlsup_profile_allows(p, c->request.uid)) {
		*reason = "the profile is not for this user";
		return ENOKEY;
	}
	if (c->request.role == HS_SERVER) {
		*reason = "the profile has no certificate";
		return p->chains.n || p->server_psks ? 0 : ENOKEY;
	}
	if (c->request.server_name[0]) {
		*reason = tlsup_name_problem(c->request.server_name);
		if (*reason)
			return EDESTADDRREQ;
	}
	if (verify == TLSUP_VERIFY_INSECURE_NONE)
		return 0;
	if (!tlsup_trust_usable(p->trust) && !p->client_psks) {
		*reason = "the profile has no trust anchor";
		return ENOKEY;
	}
	*reason = "there is no name to verify the peer by";
	if (verify == TLSUP_VERIFY_FULL && !c->request.server_name[0] &&
	    !p->uris_len)
		return EDESTADDRREQ;
	return 0;
}

static struct hs_bytes alpn_of(const struct tlsup_connection *c)
{
	if (c->request.alpn_len)
		return (struct hs_bytes){ c->request.alpn, c->request.alpn_len };
	return c->hs_config.alpn;
}

/* A client that waits for our ServerHello is told that none will come; whether
 * the record gets away is no longer our concern. */
static int refuse_to_start(struct tlsup_connection *c, int error,
			   const char *reason)
{
	static const uint8_t alert[] = { 2, HS_ALERT_INTERNAL_ERROR };

	if (c->request.role == HS_SERVER &&
	    c->channel->ops->send(c->channel, HS_ALERT, alert,
				  sizeof(alert)) == 0)
		return fail_with(c, error, HS_ALERT_INTERNAL_ERROR,
				 HS_ALERT_NONE, reason);
	return refuse(c, error, reason);
}

/* The profile's, as far as kernel and application go with it. */
static void make_hs_config(struct tlsup_connection *c)
{
	struct hs_config *config = &c->hs_config;

	*config = c->request.role == HS_CLIENT ? c->host.profile->client :
						 c->host.profile->server;
	config->crypto = c->host.shared->crypto;
	config->host = &tlsup_host_functions;
	config->early_data &= c->request.early_data_max > 0;
	if (config->max_early_data > TLSUP_EARLY_DATA_MAX)
		config->max_early_data = TLSUP_EARLY_DATA_MAX;
	/* The kernel answers for a connection that is open. */
	config->renegotiation = HS_RENEGOTIATION_REFUSE;
}

static int start(struct tlsup_connection *c)
{
	bool client = c->request.role == HS_CLIENT;
	size_t name_len = strlen(c->request.server_name);
	const char *reason = NULL;
	int error = missing(c, &reason);

	if (error)
		return refuse_to_start(c, error, reason);
	make_hs_config(c);
	c->hs = hs_new(&c->hs_config, &c->host);
	if (!c->hs)
		return refuse(c, ENOMEM, "out of memory");
	c->host.hs = c->hs;
	c->later.hs = c->hs;
	c->later.host = &c->host;
	if (client && name_len &&
	    hs_set_server_name(c->hs, c->request.server_name, name_len))
		return refuse(c, EDESTADDRREQ,
			      "the name to verify is no host name");
	if (c->request.alpn_len &&
	    hs_set_alpn(c->hs, c->request.alpn, c->request.alpn_len))
		return refuse(c, EPROTO, "the list of protocols is malformed");
	if (client && !c->hs_config.no_resumption)
		tlsup_resume_offer(&c->resume, &c->host, c->hs, alpn_of(c));
	c->phase = RUNNING;
	hs_start(c->hs);	/* its failure comes out of hs_next() */
	return 0;
}

/* --- Out --- */

static int put_record(struct tlsup_connection *c)
{
	const struct hs_output *out = &c->out;
	size_t part;
	int r;

	while (!c->dead && c->sent < out->len) {
		part = out->len - c->sent;
		if (part > TLSUP_CHANNEL_SEND_MAX)
			part = TLSUP_CHANNEL_SEND_MAX;
		r = c->channel->ops->send(c->channel, out->type,
					  out->data + c->sent, part);
		if (r == -EAGAIN || r == -EBUSY)
			return -EAGAIN;
		if (r == -ESTALE)
			return cancelled(c);
		if (r < 0)
			c->dead = -r;	/* why, the peer may still tell */
		c->sent += part;
	}
	return 0;
}

/* What the record layer has to know of early data before the secret. */
static int announce_early_data(struct tlsup_connection *c, bool tx)
{
	const struct tlsup_channel_ops *ops = c->channel->ops;

	if (tx && c->out.epoch == HS_EPOCH_EARLY)
		return ops->set_early_limit(c->channel,
					    hs_info(c->hs)->max_early_data);
	if (!tx && c->out.skip)
		return ops->set_skip(c->channel, c->out.skip);
	return 0;
}

static int put_secret(struct tlsup_connection *c, bool tx)
{
	struct hs_output *out = &c->out;
	bool by_client = tx == (c->request.role == HS_CLIENT);
	int r;

	r = announce_early_data(c, tx);
	if (!r)
		r = c->channel->ops->install(c->channel, tx, out->epoch,
					     out->cipher_suite, &out->secret);
	if (r == -EAGAIN || r == -EBUSY)
		return -EAGAIN;
	if (!r && c->host.shared->keylog)
		tlsup_keylog_write(c->host.shared->keylog, out->epoch,
				   by_client, hs_info(c->hs)->client_random,
				   &out->secret);
	hs_secret_wipe(&out->secret);
	if (!r || (tx && c->dead))
		return 0;
	return transport_failed(c, -r);
}

static int put_keys(struct tlsup_connection *c, bool tx)
{
	struct tlsup_keylog *keylog = c->host.shared->keylog;
	struct hs_output *out = &c->out;
	int r;

	r = c->channel->ops->install_keys(c->channel, tx, out->cipher_suite,
					  &out->keys);
	if (r == -EAGAIN || r == -EBUSY)
		return -EAGAIN;
	/* One line for both directions. */
	if (!r && tx && keylog)
		tlsup_keylog_write_master(keylog, hs_info(c->hs)->client_random,
					  &out->secret);
	explicit_bzero(&out->keys, sizeof(out->keys));
	hs_secret_wipe(&out->secret);
	if (!r || (tx && c->dead))
		return 0;
	return transport_failed(c, -r);
}

/* TLS 1.3's early data, at the server: read() gives it, and gives it first. */
static int put_early_data(struct tlsup_connection *c)
{
	const struct hs_output *out = &c->out;

	if (!c->early)
		c->early = malloc(TLSUP_EARLY_DATA_MAX);
	/* The engine has been told the limit. */
	if (!c->early || out->len > TLSUP_EARLY_DATA_MAX - c->early_len) {
		hs_abort(c->hs, HS_ALERT_INTERNAL_ERROR,
			 "no room for early data");
		return 0;
	}
	memcpy(c->early + c->early_len, out->data, out->len);
	c->early_len += out->len;
	return 0;
}

/* May a certificate be asked for later? */
static bool is_to_keep(const struct tlsup_connection *c)
{
	return c->host.shared->kept && c->hs_config.post_handshake_auth &&
	       hs_info(c->hs)->post_handshake_auth;
}

static int tell_done(struct tlsup_connection *c)
{
	struct tlsup_ending ending;
	int r;

	tlsup_resume_keep(&c->resume, &c->host, c->hs);
	tlsup_ending_make(&ending, &c->host, &c->resume);
	ending.done.early_data = (struct hs_bytes){ c->early, c->early_len };
	ending.done.keep = is_to_keep(c);
	r = c->channel->ops->done(c->channel, &ending.done);
	tlsup_ending_free(&ending);
	if (r)
		return r;
	drop_early_data(c);
	over(c, 0, HS_ALERT_NONE, HS_ALERT_NONE, "");
	return 0;
}

static int complete(struct tlsup_connection *c)
{
	struct tlsup_kept *kept = is_to_keep(c) ? c->host.shared->kept : NULL;
	int r;

	if (c->dead)
		return transport_failed(c, c->dead);
	if (kept)
		tlsup_kept_begin(kept);
	r = tell_done(c);
	/* From here on the engine's handle is another thread's. */
	if (kept)
		tlsup_kept_end(kept, c->request.cookie, r ? NULL : c);
	if (r == -EAGAIN || r == -EBUSY)
		return -EAGAIN;
	if (r == -ENOENT || r == -ESTALE)
		return cancelled(c);
	if (r < 0)
		return refuse(c, -r, "the kernel did not take the result");
	return 0;
}

static int put_failed(struct tlsup_connection *c)
{
	const struct hs_error *e = hs_error(c->hs);

	if (e->alert_sent != HS_ALERT_NONE ||
	    (e->alert_received != HS_ALERT_NONE &&
	     e->alert_received != HS_ALERT_CLOSE_NOTIFY))
		tlsup_resume_forget(&c->resume, &c->host);
	return fail_with(c, c->host.cause, e->alert_sent, e->alert_received,
			    e->reason);
}

/* Does what c->out says: 0, or -EAGAIN and it is to be done again. */
static int put(struct tlsup_connection *c)
{
	switch (c->out.kind) {
	case HS_OUT_RECORD:
		return put_record(c);
	case HS_OUT_TX_SECRET:
		return put_secret(c, true);
	case HS_OUT_RX_SECRET:
		return put_secret(c, false);
	case HS_OUT_TX_KEYS:
		return put_keys(c, true);
	case HS_OUT_RX_KEYS:
		return put_keys(c, false);
	case HS_OUT_EARLY_DATA:
		return put_early_data(c);
	case HS_OUT_EARLY_REJECTED:
		return 0;	/* DONE's flag makes the kernel send it anew */
	case HS_OUT_DONE:
		return complete(c);
	case HS_OUT_FAILED:
		return put_failed(c);
	default:
		break;
	}
	return refuse(c, EPROTO, "the engine said something unknown");
}

/* RFC 8449, RFC 6066 4: they hold for what comes next, either way. */
static int set_limits(struct tlsup_connection *c)
{
	const struct hs_info *info = hs_info(c->hs);
	int r;

	if (info->peer_record_limit == c->tx_limit &&
	    info->record_limit == c->rx_limit)
		return 0;
	r = c->channel->ops->set_limits(c->channel, info->peer_record_limit,
					info->record_limit);
	if (r == -EAGAIN || r == -EBUSY)
		return -EAGAIN;
	if (r < 0)
		return transport_failed(c, -r);
	c->tx_limit = info->peer_record_limit;
	c->rx_limit = info->record_limit;
	return 0;
}

static int flush(struct tlsup_connection *c)
{
	if (set_limits(c) == -EAGAIN)
		return -EAGAIN;
	while (c->phase != OVER && (c->held || hs_next(c->hs, &c->out))) {
		if (!c->held)
			c->sent = 0;
		c->held = true;
		if (put(c) == -EAGAIN)
			return -EAGAIN;
		c->held = false;
	}
	return 0;
}

/*
 * The peer is told too, if there is room for an alert: internal_error, because
 * it ends a handshake in every implementation, which user_canceled does not.
 * What was half sent stays so; the alert is a record of its own.
 */
void tlsup_connection_give_up(struct tlsup_connection *c, int error,
			      const char *reason)
{
	char text[HS_REASON_MAX];

	if (c->phase == OVER)
		return;
	snprintf(text, sizeof(text), "%s (%s)", reason,
		 c->hs ? hs_state_name(c->hs) : "not begun");
	if (c->phase == RUNNING && hs_state(c->hs) == HS_RUNNING) {
		c->host.cause = error;
		c->held = false;
		hs_abort(c->hs, HS_ALERT_INTERNAL_ERROR, text);
		flush(c);
	}
	if (c->phase != OVER)
		refuse(c, error, text);
}

/* --- In --- */

/* The record layer refused what came: the peer is told, by the engine. */
static int bad_record(struct tlsup_connection *c, int error)
{
	switch (error) {
	case EBADMSG:
		c->host.cause = EBADMSG;
		hs_abort(c->hs, HS_ALERT_BAD_RECORD_MAC,
			 "a record does not authenticate");
		return 0;
	case EMSGSIZE:
		c->host.cause = EPROTO;
		hs_abort(c->hs, HS_ALERT_RECORD_OVERFLOW,
			 "a record is longer than the protocol allows");
		return 0;
	case EPROTO:
		c->host.cause = EPROTO;
		hs_abort(c->hs, HS_ALERT_UNEXPECTED_MESSAGE,
			 "the peer sent what is no record of a handshake");
		return 0;
	}
	return transport_failed(c, error);
}

static int feed(struct tlsup_connection *c, uint8_t *buf)
{
	uint8_t type;
	size_t len;
	int r;

	r = c->channel->ops->receive(c->channel, &type, buf, TLSUP_RECORD_MAX,
				     &len);
	if (r == -EAGAIN && c->dead)
		return transport_failed(c, c->dead);
	if (r == -EAGAIN)
		return r;
	if (r < 0)
		return bad_record(c, -r);
	if (r > 0) {
		hs_record(c->hs, type, buf, len);
		/* The buffer is the worker's, and stays. */
		if (type == HS_APPLICATION_DATA)
			explicit_bzero(buf, len);
		return 0;
	}
	c->host.cause = ECONNRESET;
	hs_eof(c->hs);
	return 0;
}

enum tlsup_wait tlsup_connection_run(struct tlsup_connection *c, uint8_t *buf)
{
	int n;

	if (c->phase == STARTING)
		start(c);
	for (n = 0; ; n++) {
		if (c->phase != OVER && flush(c) == -EAGAIN)
			return TLSUP_WAIT_WRITE;
		if (c->phase == OVER)
			return TLSUP_OVER;
		/* Level-triggered: what is left makes it run again. */
		if (n == RECORDS_PER_RUN || feed(c, buf) == -EAGAIN)
			return TLSUP_WAIT_READ;
	}
}

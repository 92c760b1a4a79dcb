// SPDX-License-Identifier: Apache-2.0
/* post13: what comes after the handshake: a server's requests for a
 * certificate and a client's answers (RFC 8446 4.6.2), and tickets. */
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "ext.h"

#define REQUESTS_MAX	8	/* in flight */
#define CONTEXTS_MAX	16	/* that a client remembers */
#define NUMBER		4
#define CONTEXT_LEN	(NUMBER + 16)

/* 4.3.2: what is random in the context can't be known beforehand, so nobody
 * who had the client's key for a while can have signed for it. */
struct request {
	uint32_t	number;
	uint8_t		context[CONTEXT_LEN];
	struct hs_hash	*hash;		/* NULL: free. The handshake's, with the
					 * CertificateRequest */
};

struct hs_post {
	struct hs_hash		*handshake;	/* to the client's Finished */
	struct hs_secret	client_ap;	/* _N, the current one */
	/* Client: digests of the contexts that came, the oldest replaced. */
	uint8_t			contexts[CONTEXTS_MAX][32];
	size_t			contexts_n;
	/* Server. */
	struct request		requests[REQUESTS_MAX];
	struct request		*answered;	/* of which messages are coming */
	uint32_t		last_number, authenticated;
	size_t			chain_len;	/* that becomes known by Finished */
};

int hs_post_begin(struct hs *hs, const struct hs_secret *client_ap)
{
	if (!hs->post_auth)
		return 0;
	hs->post = calloc(1, sizeof(*hs->post));
	if (!hs->post)
		return HS_ALERT_INTERNAL_ERROR;
	hs->info.post_handshake_auth = true;
	hs->post->client_ap = *client_ap;
	hs->post->handshake = hs->crypto->hash_copy(hs->transcript.hash);
	return hs->post->handshake ? 0 : HS_ALERT_INTERNAL_ERROR;
}

void hs_post_free(struct hs *hs)
{
	struct hs_post *post = hs->post;

	if (!post)
		return;
	if (post->handshake)
		hs->crypto->hash_free(post->handshake);
	for (size_t i = 0; i < REQUESTS_MAX; i++)
		if (post->requests[i].hash)
			hs->crypto->hash_free(post->requests[i].hash);
	hs_wipe(post, sizeof(*post));
	free(post);
	hs->post = NULL;
}

/* 4.4.1: ClientHello ... client's Finished + CertificateRequest. */
static struct hs_hash *hash_with(struct hs *hs, struct hs_bytes message)
{
	struct hs_hash *h = hs->crypto->hash_copy(hs->post->handshake);

	if (!h || !hs->crypto->hash_update(h, message.data, message.len))
		return h;
	hs->crypto->hash_free(h);
	return NULL;
}

/* 4.3.2: "unique within the scope of this connection". */
static int check_context(struct hs *hs, struct hs_bytes context)
{
	struct hs_post *post = hs->post;
	size_t n = post->contexts_n, known;
	uint8_t digest[HS_HASH_MAX];
	int alert = hs_digest(hs->crypto, HS_SHA256, context, digest);

	if (alert)
		return alert;
	known = n < CONTEXTS_MAX ? n : CONTEXTS_MAX;
	for (size_t i = 0; i < known; i++)
		if (!memcmp(post->contexts[i], digest, 32))
			return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
				       "a CertificateRequest whose context was "
				       "used before");
	memcpy(post->contexts[n % CONTEXTS_MAX], digest, 32);
	post->contexts_n++;
	return 0;
}

/* All of it in one flight, for nothing may come in between. */
static int answer(struct hs *hs, struct hs_bytes context)
{
	int alert;

	hs->auth_context = context;
	alert = hs_client_send_certificate(hs);
	hs->auth_context = hs_bytes(NULL, 0);
	if (!alert)
		alert = hs_auth_send_finished(hs, &hs->post->client_ap);
	/* 5.1: a Finished ends its record, whatever is sent next. */
	hs_queue_end_record(&hs->queue);
	return alert;
}

int hs_post_recv_request(struct hs *hs, struct hs_bytes body)
{
	struct hs_certificate_request m;
	int alert;

	/* 4.6.2: "A client that receives a CertificateRequest message without
	 * having sent the "post_handshake_auth" extension MUST send an
	 * "unexpected_message" fatal alert." */
	if (!hs->post)
		return hs_fail(hs, HS_ALERT_UNEXPECTED_MESSAGE,
			       "a CertificateRequest after the handshake, which "
			       "was not offered");
	alert = hs_certificate_request_parse(&m, body);
	if (!alert && !m.context.len)
		alert = HS_ALERT_ILLEGAL_PARAMETER;
	if (!alert)
		alert = hs_client_read_request(hs, &m);
	if (!alert)
		alert = check_context(hs, m.context);
	if (alert)
		return alert;
	hs->transcript.hash = hash_with(hs, hs->message);
	alert = hs->transcript.hash ? answer(hs, m.context) :
				      HS_ALERT_INTERNAL_ERROR;
	hs_transcript_free(&hs->transcript);
	return alert ? alert : hs_goto(hs, HS_ST_CONNECTED);
}

/* hs_ticket_session() makes a session of it; here it has to be a ticket, and
 * is passed over. */
int hs_post_recv_ticket(struct hs *hs, struct hs_bytes body)
{
	struct hs_new_session_ticket m;
	int alert = hs_new_session_ticket_parse(&m, body);

	if (!alert)
		alert = hs_ext_parse(NULL, HS_IN_NST, m.extensions);
	return alert ? alert : hs_goto(hs, HS_ST_CONNECTED);
}

static struct request *free_request(struct hs_post *post)
{
	for (size_t i = 0; i < REQUESTS_MAX; i++)
		if (!post->requests[i].hash)
			return &post->requests[i];
	return NULL;
}

static struct request *find_request(struct hs_post *post,
				    struct hs_bytes context)
{
	for (size_t i = 0; i < REQUESTS_MAX; i++) {
		struct request *r = &post->requests[i];

		if (r->hash && hs_bytes_equal(context,
					      hs_bytes(r->context, CONTEXT_LEN)))
			return r;
	}
	return NULL;
}

static bool any_request(const struct hs_post *post)
{
	for (size_t i = 0; i < REQUESTS_MAX; i++)
		if (post->requests[i].hash)
			return true;
	return false;
}

static int make_context(struct hs *hs, struct request *r)
{
	struct hs_buf b = hs_buf_fixed(r->context, NUMBER);

	r->number = ++hs->post->last_number;
	hs_buf_u32(&b, r->number);
	return hs->crypto->random(r->context + NUMBER, CONTEXT_LEN - NUMBER);
}

/* The transcript is that of an answer, if one is on its way: this message is
 * none of it. */
static int send_request(struct hs *hs, struct request *r)
{
	struct hs_hash *answers = hs->transcript.hash;
	struct hs_buf *b = hs_send_open(hs, HS_MT_CERTIFICATE_REQUEST);
	int alert;

	hs_certificate_request_build(b, hs_bytes(r->context, CONTEXT_LEN));
	hs_ext_build(hs, HS_IN_CR, b);
	r->hash = hash_with(hs, hs_send_patch(hs));
	hs->transcript.hash = NULL;
	alert = hs_send_close(hs);
	hs->transcript.hash = answers;
	return r->hash ? alert : HS_ALERT_INTERNAL_ERROR;
}

int hs_request_certificate(struct hs *hs, uint32_t *context)
{
	struct request *r;
	int alert;

	if (hs->failure)
		return hs->failure;
	if (hs->run != HS_DONE || hs->config->role != HS_SERVER || !hs->post)
		return HS_ALERT_INTERNAL_ERROR;
	r = free_request(hs->post);
	if (!r)
		return HS_ALERT_INTERNAL_ERROR;
	alert = make_context(hs, r);
	if (!alert)
		alert = send_request(hs, r);
	if (alert || hs->queue.failed)
		return hs_fail(hs, HS_ALERT_INTERNAL_ERROR,
			       "a CertificateRequest could not be made");
	*context = r->number;
	if (hs->state == HS_ST_CONNECTED)
		hs_goto(hs, HS_ST_POST_CERT);
	return 0;
}

uint32_t hs_authenticated(const struct hs *hs)
{
	return hs->post ? hs->post->authenticated : 0;
}

/* In any order; 4.4.2: the context is that of the request. From here on its hash is
 * the transcript. */
int hs_post_match(struct hs *hs, struct hs_bytes context)
{
	struct hs_post *post = hs->post;

	post->answered = find_request(post, context);
	if (!post->answered)
		return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
			       "a Certificate whose context is that of no request");
	hs->transcript.hash = post->answered->hash;
	post->answered->hash = NULL;
	return hs_transcript_add(&hs->transcript, hs->message);
}

/* Nobody is to take the chain for the client's before its Finished. */
static int hide_chain(struct hs *hs, int alert)
{
	hs->post->chain_len = hs->info.peer_chain_len;
	hs->info.peer_chain_len = 0;
	if (alert)
		return alert;
	return hs_goto(hs, hs->post->chain_len ? HS_ST_POST_CV :
						 HS_ST_POST_FINISHED);
}

int hs_post_recv_certificate(struct hs *hs, struct hs_bytes body)
{
	return hide_chain(hs, hs_auth_recv_certificate(hs, body));
}

int hs_post_recv_compressed(struct hs *hs, struct hs_bytes body)
{
	return hide_chain(hs, hs_auth_recv_compressed(hs, body));
}

int hs_post_recv_verify(struct hs *hs, struct hs_bytes body)
{
	int alert = hs_auth_recv_verify(hs, body);

	return alert ? alert : hs_goto(hs, HS_ST_POST_FINISHED);
}

int hs_post_recv_finished(struct hs *hs, struct hs_bytes body)
{
	struct hs_post *post = hs->post;
	int alert = hs_auth_recv_finished(hs, body, &post->client_ap);

	if (alert)
		return alert;
	hs_transcript_free(&hs->transcript);
	hs->info.peer_chain_len = post->chain_len;
	post->authenticated = post->answered->number;
	post->answered = NULL;
	hs_queue_event(&hs->queue, HS_OUT_AUTHENTICATED);
	return hs_goto(hs, any_request(post) ? HS_ST_POST_CERT :
					       HS_ST_CONNECTED);
}

int hs_client_key_updated(struct hs *hs)
{
	if (hs->failure)
		return hs->failure;
	if (!hs->post)
		return 0;
	return hs_secret_update(hs->crypto, hs->suite->hash,
				&hs->post->client_ap);
}

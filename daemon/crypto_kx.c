// SPDX-License-Identifier: Apache-2.0
/*
 * crypto_kx: hs_crypto's key exchange: one row per group, and the hybrids beside
 * them. What threads share is only read; what is needed in each handshake and is
 * not its secret, a thread keeps.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/dh.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "crypto_hybrid.h"
#include "crypto_kx.h"
#include "engine/suites.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

enum kind { CURVE, POINTS, FIELD };

/* A group's key type; name is NULL where the type says it all. A template
 * holds the parameters, which keys are made from. */
static struct row {
	uint16_t	group;
	enum kind	kind;
	const char	*type, *name;
	EVP_PKEY	*template;
	struct hs_bytes	p, g;		/* of a finite field */
} rows[] = {
	{ HS_GROUP_X25519, CURVE, .type = "X25519" },
	{ HS_GROUP_SECP256R1, POINTS, .type = "EC", .name = "P-256" },
	{ HS_GROUP_SECP384R1, POINTS, .type = "EC", .name = "P-384" },
	{ HS_GROUP_SECP521R1, POINTS, .type = "EC", .name = "P-521" },
	{ HS_GROUP_X448, CURVE, .type = "X448" },
	{ HS_GROUP_FFDHE2048, FIELD, .type = "DH", .name = "ffdhe2048" },
	{ HS_GROUP_FFDHE3072, FIELD, .type = "DH", .name = "ffdhe3072" },
	{ HS_GROUP_FFDHE4096, FIELD, .type = "DH", .name = "ffdhe4096" },
	{ HS_GROUP_FFDHE6144, FIELD, .type = "DH", .name = "ffdhe6144" },
	{ HS_GROUP_FFDHE8192, FIELD, .type = "DH", .name = "ffdhe8192" },
};

/* A context to make keys with, and a key for peers' values, of which one takes
 * the other's place. The destructor runs in the thread that ends. */
static __thread struct kept {
	EVP_PKEY_CTX	*keygen;
	EVP_PKEY	*peer;
} kept[N(rows)];
static pthread_key_t kept_key;

static void free_kept(void *arg)
{
	struct kept *k = arg;

	for (size_t i = 0; i < N(rows); i++, k++) {
		EVP_PKEY_CTX_free(k->keygen);
		EVP_PKEY_free(k->peer);
		memset(k, 0, sizeof(*k));
	}
}

static struct kept *kept_of(const struct row *row)
{
	pthread_setspecific(kept_key, kept);
	return &kept[row - rows];
}

static const struct row *row_of(uint16_t group)
{
	for (size_t i = 0; i < N(rows); i++)
		if (rows[i].group == group && rows[i].template)
			return &rows[i];
	return NULL;
}

bool tlsup_kx_supported(uint16_t group)
{
	return row_of(group) || tlsup_hybrid_is(group);
}

static EVP_PKEY *generate(const struct row *row)
{
	struct kept *k = kept_of(row);
	EVP_PKEY *key = NULL;

	if (!k->keygen) {
		k->keygen = EVP_PKEY_CTX_new_from_pkey(NULL, row->template,
						       NULL);
		if (k->keygen && EVP_PKEY_keygen_init(k->keygen) != 1) {
			EVP_PKEY_CTX_free(k->keygen);
			k->keygen = NULL;
		}
	}
	return k->keygen && EVP_PKEY_keygen(k->keygen, &key) == 1 ? key : NULL;
}

static int share_of(EVP_PKEY *key, uint8_t *share, size_t *share_len)
{
	unsigned char *p = NULL;
	size_t len = EVP_PKEY_get1_encoded_public_key(key, &p);
	int alert = HS_ALERT_INTERNAL_ERROR;

	if (len && len <= *share_len) {
		memcpy(share, p, len);
		*share_len = len;
		alert = 0;
	}
	OPENSSL_free(p);
	return alert;
}

/* A key pair, its public half to share. */
static EVP_PKEY *make_share(const struct row *row, uint8_t *share,
			    size_t *share_len)
{
	EVP_PKEY *key = generate(row);

	if (key && !share_of(key, share, share_len))
		return key;
	EVP_PKEY_free(key);
	ERR_clear_error();
	return NULL;
}

static EVP_PKEY *blank_key(const struct row *row)
{
	EVP_PKEY *key = EVP_PKEY_new();

	if (key && EVP_PKEY_copy_parameters(key, row->template) == 1)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

/* A reference for the caller. */
static EVP_PKEY *blank_peer(const struct row *row)
{
	struct kept *k = kept_of(row);

	if (!k->peer)
		k->peer = blank_key(row);
	return k->peer && EVP_PKEY_up_ref(k->peer) == 1 ? k->peer : NULL;
}

/* RFC 8446 4.2.8.2: an uncompressed point. libcrypto would take a compressed
 * or mixed form too. */
static bool form_is_right(const struct row *row, struct hs_bytes peer)
{
	return peer.len && (row->kind != POINTS || peer.data[0] == 4);
}

/* That a point is on its curve and a field's number in its range, libcrypto checks
 * when the key gets its value. */
static EVP_PKEY *peer_key(const struct row *row, struct hs_bytes peer)
{
	EVP_PKEY *key = form_is_right(row, peer) ? blank_peer(row) : NULL;

	if (key && EVP_PKEY_set1_encoded_public_key(key, peer.data,
						    peer.len) == 1)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

/*
 * What libcrypto checks of a peer's value when it is set (above) is what RFC
 * 8446 4.2.8.1 and 4.2.8.2, RFC 7919 5.1 ask for: 1 < Y < p - 1, or a point that is on the
 * curve, whose order is then the group's. That is enough for a safe prime or a
 * cofactor of one, and a key that is used once; its full check would multiply
 * once more, for more than the key exchange itself takes. 7.4.1 wants the
 * leading zeros kept.
 */
static bool set_peer(EVP_PKEY_CTX *ctx, const struct row *row, EVP_PKEY *peer)
{
	return EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) == 1 &&
	       (row->kind != FIELD || EVP_PKEY_CTX_set_dh_pad(ctx, 1) == 1);
}

/* What fails from here on, fails because of the peer's value: RFC 7748 6
 * wants an all-zero result refused, and libcrypto does. */
static int derive(const struct row *row, EVP_PKEY *own, struct hs_bytes peer,
		  struct hs_shared *out)
{
	EVP_PKEY *key = peer_key(row, peer);
	EVP_PKEY_CTX *ctx = key ? EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL) :
				  NULL;
	int alert = HS_ALERT_ILLEGAL_PARAMETER;

	out->len = sizeof(out->bytes);
	if (ctx && EVP_PKEY_derive_init(ctx) == 1 && set_peer(ctx, row, key) &&
	    EVP_PKEY_derive(ctx, out->bytes, &out->len) == 1)
		alert = 0;
	else
		ERR_clear_error();
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	return alert;
}

/* The client's, between its share and the server's. */
struct hs_kx {
	const struct row	*row;
	EVP_PKEY		*key;
	struct tlsup_hybrid	*hybrid;	/* then it is one of these */
};

struct hs_kx *tlsup_kx_of(uint16_t group, void *evp_pkey)
{
	const struct row *row = row_of(group);
	struct hs_kx *kx = row && evp_pkey ? malloc(sizeof(*kx)) : NULL;

	if (!kx) {
		EVP_PKEY_free(evp_pkey);
		return NULL;
	}
	*kx = (struct hs_kx){ .row = row, .key = evp_pkey };
	return kx;
}

static int generate_hybrid(uint16_t group, struct hs_kx **kx, uint8_t *share,
			   size_t *share_len)
{
	int alert = HS_ALERT_INTERNAL_ERROR;

	*kx = calloc(1, sizeof(**kx));
	if (*kx)
		alert = tlsup_hybrid_generate(group, &(*kx)->hybrid, share,
					      share_len);
	if (alert) {
		free(*kx);
		*kx = NULL;
	}
	return alert;
}

int tlsup_kx_generate(uint16_t group, struct hs_kx **kx, uint8_t *share,
		      size_t *share_len)
{
	const struct row *row = row_of(group);

	if (tlsup_hybrid_is(group))
		return generate_hybrid(group, kx, share, share_len);
	*kx = row ? tlsup_kx_of(group, make_share(row, share, share_len)) : NULL;
	return *kx ? 0 : HS_ALERT_INTERNAL_ERROR;
}

int tlsup_kx_finish(struct hs_kx *kx, struct hs_bytes peer,
		    struct hs_shared *out)
{
	return kx->hybrid ? tlsup_hybrid_finish(kx->hybrid, peer, out) :
			    derive(kx->row, kx->key, peer, out);
}

void tlsup_kx_free(struct hs_kx *kx)
{
	if (!kx)
		return;
	EVP_PKEY_free(kx->key);
	tlsup_hybrid_free(kx->hybrid);
	free(kx);
}

int tlsup_kx_respond(uint16_t group, struct hs_bytes peer, uint8_t *share,
		     size_t *share_len, struct hs_shared *out)
{
	const struct row *row = row_of(group);
	EVP_PKEY *own;
	int alert;

	if (tlsup_hybrid_is(group))
		return tlsup_hybrid_respond(group, peer, share, share_len, out);
	own = row ? make_share(row, share, share_len) : NULL;
	alert = own ? derive(row, own, peer, out) : HS_ALERT_INTERNAL_ERROR;
	EVP_PKEY_free(own);
	return alert;
}

int tlsup_kx_dh_params(uint16_t group, struct hs_bytes *p, struct hs_bytes *g)
{
	const struct row *row = row_of(group);

	if (!row || !row->p.len)
		return HS_ALERT_INTERNAL_ERROR;
	*p = row->p;
	*g = row->g;
	return 0;
}

/* Parameters where the type has some; a key where it has none. */
static EVP_PKEY *group_template(const struct row *row)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, row->type, NULL);
	EVP_PKEY *key = NULL;

	if (!ctx)
		return NULL;
	if (!row->name && EVP_PKEY_keygen_init(ctx) == 1)
		EVP_PKEY_generate(ctx, &key);
	else if (row->name && EVP_PKEY_paramgen_init(ctx) == 1 &&
		 EVP_PKEY_CTX_set_group_name(ctx, row->name) == 1)
		EVP_PKEY_generate(ctx, &key);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static struct hs_bytes number(const EVP_PKEY *key, const char *param)
{
	struct hs_bytes b = { 0 };
	BIGNUM *n = NULL;
	uint8_t *room;

	if (EVP_PKEY_get_bn_param(key, param, &n) != 1)
		return b;
	room = malloc((size_t)BN_num_bytes(n));
	if (room)
		b = (struct hs_bytes){ room, (size_t)BN_bn2bin(n, room) };
	BN_free(n);
	return b;
}

static void fetch_group(struct row *row)
{
	row->template = group_template(row);
	if (!row->template || row->kind != FIELD)
		return;
	row->p = number(row->template, OSSL_PKEY_PARAM_FFC_P);
	row->g = number(row->template, OSSL_PKEY_PARAM_FFC_G);
	if (row->p.len && row->g.len)
		return;
	EVP_PKEY_free(row->template);
	row->template = NULL;
}

bool tlsup_kx_fetch(void)
{
	if (pthread_key_create(&kept_key, free_kept))
		return false;
	for (size_t i = 0; i < N(rows); i++)
		fetch_group(&rows[i]);
	tlsup_hybrid_fetch();
	ERR_clear_error();
	return true;
}

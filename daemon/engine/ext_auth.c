// SPDX-License-Identifier: Apache-2.0
/* ext_auth: how the peers prove who they are: signature_algorithms(_cert),
 * pre_shared_key and what goes with it (RFC 8446 4.2.3, .9, .10, .11). */
#include "ext.h"

enum { PSK_KE = 0, PSK_DHE_KE = 1 };	/* 4.2.9 */

static bool write_list(const struct hs *hs, struct hs_buf *b,
		       const struct hs_list *l)
{
	size_t list = hs_buf_open(b, 2);

	hs_grease_put(hs, HS_GREASE_SCHEME, b);
	for (size_t i = 0; i < l->n; i++)
		hs_buf_u16(b, l->id[i]);
	hs_buf_close(b, 2, list);
	return l->n != 0;
}

static int read_list(struct hs_bytes *out, struct hs_reader *r)
{
	*out = hs_reader_vec(r, 2, 2);
	return out->len % 2 ? HS_ALERT_DECODE_ERROR : 0;
}

/* RFC 8446 4.2.3: what TLS 1.2 may sign a message with and 1.3 may not can
 * stand here too, "for backward compatibility with TLS 1.2". */
bool hs_schemes_offer(struct hs *hs, struct hs_buf *b)
{
	return write_list(hs, b, hs_hello_offers(hs, HS_TLS12) ?
					 &hs->policy.cert_schemes :
					 &hs->policy.schemes);
}

int hs_schemes_accept(struct hs *hs, struct hs_reader *r)
{
	return read_list(&hs->seen.schemes, r);
}

/* 9.2 for ClientHello, 4.3.2 for CertificateRequest. */
int hs_schemes_check(struct hs *hs, enum hs_place place, bool present)
{
	if (present || place == HS_IN_CH12 || (place == HS_IN_CH &&
			hs_ext_present(hs, HS_EXT_PRE_SHARED_KEY)))
		return 0;
	return HS_ALERT_MISSING_EXTENSION;
}

/* Only where it says more than signature_algorithms does. */
bool hs_cert_schemes_offer(struct hs *hs, struct hs_buf *b)
{
	return !hs_hello_offers(hs, HS_TLS12) &&
	       hs->policy.cert_schemes.n != hs->policy.schemes.n &&
	       write_list(hs, b, &hs->policy.cert_schemes);
}

int hs_cert_schemes_accept(struct hs *hs, struct hs_reader *r)
{
	return read_list(&hs->seen.cert_schemes, r);
}

/* 4.2.9: also without a session at hand, for a server "SHOULD NOT send
 * NewSessionTicket with tickets that are not compatible" with these. */
bool hs_psk_modes_offer(struct hs *hs, struct hs_buf *b)
{
	size_t list;

	if (hs->config->no_resumption && !hs->config->psks_len)
		return false;
	list = hs_buf_open(b, 1);
	hs_grease_psk_mode(hs, b);
	hs_buf_u8(b, PSK_DHE_KE);
	if (hs->config->psk_ke)
		hs_buf_u8(b, PSK_KE);
	hs_buf_close(b, 1, list);
	return true;
}

int hs_psk_modes_accept(struct hs *hs, struct hs_reader *r)
{
	hs->seen.psk_modes = hs_reader_vec(r, 1, 1);
	for (size_t i = 0; i < hs->seen.psk_modes.len; i++) {
		hs->psk_dhe_ke |= hs->seen.psk_modes.data[i] == PSK_DHE_KE;
		hs->psk_ke |= hs->seen.psk_modes.data[i] == PSK_KE;
	}
	return 0;
}

static void write_identities(const struct hs *hs, struct hs_buf *b)
{
	size_t list = hs_buf_open(b, 2);
	struct hs_offer o;

	for (size_t i = 0; hs_psk_offered(hs, i, &o); i++) {
		hs_buf_vec(b, 2, o.identity);
		hs_buf_u32(b, o.age);
	}
	hs_buf_close(b, 2, list);
}

/* The binders' places are zeros until the rest of the message stands; see
 * hs_psk_bind(). */
static void write_binders(const struct hs *hs, struct hs_buf *b)
{
	static const uint8_t zeros[HS_HASH_MAX];
	size_t list = hs_buf_open(b, 2);
	struct hs_offer o;

	for (size_t i = 0; hs_psk_offered(hs, i, &o); i++)
		hs_buf_vec(b, 1, hs_bytes(zeros, hs_hash_len(o.hash)));
	hs_buf_close(b, 2, list);
}

bool hs_psk_offer(struct hs *hs, struct hs_buf *b)
{
	struct hs_offer first;

	hs->psk_offered = hs_psk_offered(hs, 0, &first);
	if (!hs->psk_offered)
		return false;
	write_identities(hs, b);
	write_binders(hs, b);
	return true;
}

/* 4.2.11: as many binders as identities; the smallest PskIdentity has seven
 * bytes, the smallest binder 33. */
int hs_psk_accept(struct hs *hs, struct hs_reader *r)
{
	struct hs_reader ids, binders;
	size_t n = 0;

	hs->seen.identities = hs_reader_vec(r, 2, 7);
	hs->seen.binders = hs_reader_vec(r, 2, 33);
	ids = hs_reader(hs->seen.identities);
	while (ids.len && !ids.failed) {
		hs_reader_vec(&ids, 2, 1);
		hs_reader_u32(&ids);
		n++;
	}
	binders = hs_reader(hs->seen.binders);
	while (binders.len && !binders.failed) {
		hs_reader_vec(&binders, 1, 32);
		n--;
	}
	if (ids.failed || binders.failed)
		return HS_ALERT_DECODE_ERROR;
	return n ? HS_ALERT_ILLEGAL_PARAMETER : 0;
}

bool hs_psk_answer(struct hs *hs, enum hs_place place, struct hs_buf *b)
{
	(void)place;
	if (!hs_psk_used(hs))
		return false;
	hs_buf_u16(b, hs->choice.index);
	return true;
}

int hs_psk_receive(struct hs *hs, enum hs_place place, struct hs_reader *r)
{
	(void)place;
	hs->seen.psk_index = hs_reader_u16(r);
	return 0;
}

/* 4.2.9: "If clients offer "pre_shared_key" without a "psk_key_exchange_modes"
 * extension, servers MUST abort the handshake." */
int hs_psk_check(struct hs *hs, enum hs_place place, bool present)
{
	if (place != HS_IN_CH || !present)
		return 0;
	return hs_ext_present(hs, HS_EXT_PSK_KEY_EXCHANGE_MODES) ?
		       0 : HS_ALERT_MISSING_EXTENSION;
}

/* 4.2.6: it has no body. */
bool hs_post_auth_offer(struct hs *hs, struct hs_buf *b)
{
	(void)b;
	hs->post_auth = hs->config->post_handshake_auth;
	return hs->post_auth;
}

int hs_post_auth_accept(struct hs *hs, struct hs_reader *r)
{
	(void)r;
	hs->post_auth = true;
	return 0;
}

/* In a client's hello it has no body, in a server's ticket it is
 * max_early_data_size. */
bool hs_early_data_offer(struct hs *hs, struct hs_buf *b)
{
	if (hs->config->role == HS_CLIENT) {
		hs->info.early_offered |= hs_early_wanted(hs);
		return hs_early_wanted(hs);
	}
	if (!hs_early_announced(hs))
		return false;
	hs_buf_u32(b, hs->config->max_early_data);
	return true;
}

/* A NewSessionTicket has no handle; hs_ticket_session() reads the number. */
int hs_early_data_accept(struct hs *hs, struct hs_reader *r)
{
	if (!hs)
		hs_reader_u32(r);
	return 0;
}

bool hs_early_data_answer(struct hs *hs, enum hs_place place, struct hs_buf *b)
{
	(void)place;
	(void)b;
	return hs->info.early_data;
}

/* 4.2.10: it is gone from the second ClientHello. It ought to go with a PSK; but
 * a server "MUST behave in one of three ways", and to pass over what comes is the
 * one that fits where there is none. */
int hs_early_data_check(struct hs *hs, enum hs_place place, bool present)
{
	if (place != HS_IN_CH || !present)
		return 0;
	return hs->info.retried ? HS_ALERT_ILLEGAL_PARAMETER : 0;
}

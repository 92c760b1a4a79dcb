/* SPDX-License-Identifier: Apache-2.0 */
/*
 * msg12: the syntax of the messages that TLS 1.2 has in another form than 1.3,
 * or alone (RFC 5246 7.4, RFC 8422 5, RFC 5077 3.3, RFC 6066 8).
 */
#ifndef HS_MSG12_H
#define HS_MSG12_H

#include "msg.h"

/* ClientCertificateType, RFC 5246 7.4.4 and RFC 8422 5.5. */
enum { HS_CERT_RSA_SIGN = 1, HS_CERT_ECDSA_SIGN = 64 };

/* certificate_list; each entry is a vector with a length of three bytes. */
int hs_certificate12_parse(struct hs_bytes *list, struct hs_bytes body);
/* cert may be NULL: an empty list. */
void hs_certificate12_build(struct hs_buf *b, const struct hs_certificate *cert);

struct hs_server_key_exchange {
	struct hs_bytes	params;		/* all that is signed of it */
	uint16_t	group;		/* ECDHE: a named curve; or 0 */
	struct hs_bytes	p, g;		/* DHE */
	struct hs_bytes	share;
	uint16_t	scheme;
	struct hs_bytes	signature;
};

/* field: DHE's form. */
int hs_server_key_exchange_parse(struct hs_server_key_exchange *m, bool field,
				 struct hs_bytes body);
/* The params, for signing. */
void hs_server_params_build(struct hs_buf *b,
			    const struct hs_server_key_exchange *m);

int hs_client_key_exchange_parse(struct hs_bytes *share, bool field,
				 struct hs_bytes body);
void hs_client_key_exchange_build(struct hs_buf *b, bool field,
				  struct hs_bytes share);

struct hs_certificate_request12 {
	struct hs_bytes	types, schemes, authorities;
};

int hs_certificate_request12_parse(struct hs_certificate_request12 *m,
				   struct hs_bytes body);
void hs_certificate_request12_build(struct hs_buf *b,
				    const struct hs_certificate_request12 *m);

struct hs_new_session_ticket12 {
	uint32_t	lifetime_hint;
	struct hs_bytes	ticket;
};

int hs_new_session_ticket12_parse(struct hs_new_session_ticket12 *m,
				  struct hs_bytes body);
void hs_new_session_ticket12_build(struct hs_buf *b,
				   const struct hs_new_session_ticket12 *m);

/* The response of the one CertificateStatusType there is, ocsp. */
int hs_certificate_status_parse(struct hs_bytes *ocsp, struct hs_bytes body);
void hs_certificate_status_build(struct hs_buf *b, struct hs_bytes ocsp);

#endif /* HS_MSG12_H */

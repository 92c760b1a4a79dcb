// SPDX-License-Identifier: Apache-2.0
/* ext12: extensions of TLS 1.2's hellos alone: ec_point_formats (RFC 8422 5.1.2),
 * encrypt_then_mac (RFC 7366) and extended_master_secret (RFC 7627). */
#include "ext.h"

#define UNCOMPRESSED 0

bool hs_point_formats_offer(struct hs *hs, struct hs_buf *b)
{
	(void)hs;
	hs_buf_u8(b, 1);
	hs_buf_u8(b, UNCOMPRESSED);
	return true;
}

/* RFC 8422 5.1.2: a list without the uncompressed form is illegal_parameter;
 * other forms don't concern us. */
int hs_point_formats_accept(struct hs *hs, struct hs_reader *r)
{
	struct hs_bytes list = hs_reader_vec(r, 1, 1);

	(void)hs;
	for (size_t i = 0; i < list.len; i++)
		if (list.data[i] == UNCOMPRESSED)
			return 0;
	return HS_ALERT_ILLEGAL_PARAMETER;
}

bool hs_point_formats_answer(struct hs *hs, enum hs_place place,
			     struct hs_buf *b)
{
	(void)place;
	return hs->suite->kx == HS_KX_ECDHE && hs_point_formats_offer(hs, b);
}

int hs_point_formats_receive(struct hs *hs, enum hs_place place,
			     struct hs_reader *r)
{
	(void)place;
	return hs_point_formats_accept(hs, r);
}

/* Only with a suite that it is good for. */
bool hs_etm_offer(struct hs *hs, struct hs_buf *b)
{
	(void)b;
	for (size_t i = 0; i < hs->policy.suites.n; i++)
		if (hs_suite_cbc(hs_suite(hs->policy.suites.id[i])))
			return !hs->config->no_encrypt_then_mac;
	return false;
}

int hs_etm_accept(struct hs *hs, struct hs_reader *r)
{
	(void)r;
	hs->seen.etm = true;
	return 0;
}

/* RFC 7366 2: never with a suite that has no MAC of its own. */
bool hs_etm_answer(struct hs *hs, enum hs_place place, struct hs_buf *b)
{
	(void)place;
	(void)b;
	hs->info.encrypt_then_mac = hs_suite_cbc(hs->suite) &&
				    !hs->config->no_encrypt_then_mac;
	return hs->info.encrypt_then_mac;
}

int hs_etm_receive(struct hs *hs, enum hs_place place, struct hs_reader *r)
{
	(void)place;
	(void)r;
	if (!hs_suite_cbc(hs->suite))
		return hs_fail(hs, HS_ALERT_ILLEGAL_PARAMETER,
			       "encrypt_then_mac for a suite without a MAC");
	hs->info.encrypt_then_mac = true;
	return 0;
}

bool hs_ems_offer(struct hs *hs, struct hs_buf *b)
{
	(void)hs;
	(void)b;
	return true;
}

int hs_ems_accept(struct hs *hs, struct hs_reader *r)
{
	(void)hs;
	(void)r;
	return 0;
}

bool hs_ems_answer(struct hs *hs, enum hs_place place, struct hs_buf *b)
{
	(void)place;
	(void)b;
	return hs->info.extended_master_secret;
}

/* RFC 7627 5.2: who insists on it ends the handshake without; here that is the
 * default. */
int hs_ems_check(struct hs *hs, enum hs_place place, bool present)
{
	(void)place;
	hs->info.extended_master_secret = present;
	if (present || hs->config->ems_optional)
		return 0;
	return hs_fail(hs, HS_ALERT_HANDSHAKE_FAILURE,
		       "the peer does not speak extended_master_secret");
}

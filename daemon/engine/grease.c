// SPDX-License-Identifier: Apache-2.0
/* grease: values that nobody knows, in every list of a ClientHello, so that
 * servers don't forget how to pass over them (RFC 8701 3). A server that takes
 * one is refused as it is for any other value that was not offered: they are
 * in no list of ours. */
#include "engine.h"

bool hs_greased(const struct hs *hs)
{
	return hs->config->grease && hs->config->role == HS_CLIENT;
}

/* Drawn once: a second ClientHello has to be like the first (RFC 8446 4.1.2). */
int hs_grease_draw(struct hs *hs)
{
	int alert = 0;

	if (hs_greased(hs))
		alert = hs->crypto->random(hs->grease, sizeof(hs->grease));
	/* RFC 8701 5: the two extensions must not be the same. */
	if (hs->grease[HS_GREASE_EXT] >> 4 == hs->grease[HS_GREASE_EXT_LAST] >> 4)
		hs->grease[HS_GREASE_EXT_LAST] ^= 0x10;
	return alert;
}

/* RFC 8701 2: 0x0A0A, 0x1A1A, ... 0xFAFA */
uint16_t hs_grease(const struct hs *hs, enum hs_grease_list list)
{
	uint8_t byte = (hs->grease[list] & 0xf0) | 0x0a;

	return (uint16_t)(byte << 8 | byte);
}

void hs_grease_put(const struct hs *hs, enum hs_grease_list list,
		   struct hs_buf *b)
{
	if (hs_greased(hs))
		hs_buf_u16(b, hs_grease(hs, list));
}

/* ... 0x0B, 0x2A, 0x49, ... 0xE4: every 31st. */
void hs_grease_psk_mode(const struct hs *hs, struct hs_buf *b)
{
	if (hs_greased(hs))
		hs_buf_u8(b, (uint8_t)(0x0b +
				       31 * (hs->grease[HS_GREASE_PSK_MODE] & 7)));
}

/* RFC 8446 4.2.8: shares in the order of the groups, where it is the first. It
 * has a byte, for none may be empty. After a retry for a group there is but the
 * one share; one for a cookie alone leaves them as they were (4.1.2). */
void hs_grease_share(const struct hs *hs, struct hs_buf *b)
{
	if (!hs_greased(hs) || hs->retry_group)
		return;
	hs_buf_u16(b, hs_grease(hs, HS_GREASE_GROUP));
	hs_buf_vec(b, 2, hs_bytes("", 1));
}

void hs_grease_protocol(const struct hs *hs, struct hs_buf *b)
{
	if (!hs_greased(hs))
		return;
	hs_buf_u8(b, 2);
	hs_grease_put(hs, HS_GREASE_ALPN, b);
}

/* Two extensions: the first is empty, the last has a byte, for a server might
 * stumble over either. */
void hs_grease_ext(const struct hs *hs, bool last, struct hs_buf *b)
{
	if (!hs_greased(hs))
		return;
	hs_grease_put(hs, last ? HS_GREASE_EXT_LAST : HS_GREASE_EXT, b);
	hs_buf_vec(b, 2, hs_bytes("", last));
}

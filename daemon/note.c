// SPDX-License-Identifier: Apache-2.0
/*
 * note: owns the format of the SESSION attribute:
 *
 *	"tlsup1\0\0" (8) | session key (32) | until, ms (8, big endian) |
 *	length (2, big endian) | hs_resumption_pack() bytes
 */
#include "daemon/note.h"

#include <endian.h>
#include <string.h>

#define MAGIC_LEN	8
#define HEAD		(MAGIC_LEN + TLSUP_DIGEST + 8 + 2)

static const uint8_t magic[MAGIC_LEN] = "tlsup1";

_Static_assert(HEAD + HS_RESUMPTION_MAX <= TLSUP_NOTE_MAX,
	       "a note fits the SESSION attribute");

size_t tlsup_note_pack(const struct tlsup_session_key *key, uint64_t until_ms,
		       const struct hs *hs, uint8_t out[TLSUP_NOTE_MAX])
{
	uint64_t until = htobe64(until_ms);
	uint16_t be_len;
	size_t len;

	len = hs_resumption_pack(hs, out + HEAD, HS_RESUMPTION_MAX);
	if (!len || len > HS_RESUMPTION_MAX)
		return 0;
	be_len = htobe16(len);
	memcpy(out, magic, MAGIC_LEN);
	memcpy(out + MAGIC_LEN, key->digest, TLSUP_DIGEST);
	memcpy(out + MAGIC_LEN + TLSUP_DIGEST, &until, 8);
	memcpy(out + HEAD - 2, &be_len, 2);
	return HEAD + len;
}

bool tlsup_note_parse(struct hs_bytes bytes, struct tlsup_note *note)
{
	uint64_t until;
	uint16_t len;

	if (bytes.len < HEAD || bytes.len > TLSUP_NOTE_MAX ||
	    memcmp(bytes.data, magic, MAGIC_LEN))
		return false;
	memcpy(note->key.digest, bytes.data + MAGIC_LEN, TLSUP_DIGEST);
	memcpy(&until, bytes.data + MAGIC_LEN + TLSUP_DIGEST, 8);
	memcpy(&len, bytes.data + HEAD - 2, 2);
	note->until_ms = be64toh(until);
	note->resumption.data = bytes.data + HEAD;
	note->resumption.len = be16toh(len);
	return note->resumption.len &&
	       note->resumption.len == bytes.len - HEAD;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * note: owns the format of the SESSION attribute (numbers are big endian):
 *
 *	"tlsup2\0c" (8) | session key (32) | origin (8) | before (8) |
 *	until, ms (8) | length (2) | hs_resumption_pack() bytes
 *
 *	"tlsup2\0s" (8) | digest of a server's session (32)
 */
#include "daemon/note.h"

#include <endian.h>
#include <string.h>

#define MAGIC		"tlsup2\0"	/* and one letter */
#define MAGIC_LEN	8
#define ORIGIN		(MAGIC_LEN + TLSUP_DIGEST)
#define BEFORE		(ORIGIN + 8)
#define UNTIL		(BEFORE + 8)
#define LENGTH		(UNTIL + 8)
#define HEAD		(LENGTH + 2)
#define SERVER_LEN	(MAGIC_LEN + TLSUP_DIGEST)

_Static_assert(sizeof(MAGIC) == MAGIC_LEN, "seven bytes and the letter's place");
_Static_assert(HEAD + HS_RESUMPTION_MAX <= TLSUP_NOTE_MAX,
	       "a note fits the SESSION attribute");

static void put_u64(uint8_t *out, uint64_t value)
{
	value = htobe64(value);
	memcpy(out, &value, sizeof(value));
}

static uint64_t get_u64(const uint8_t *in)
{
	uint64_t value;

	memcpy(&value, in, sizeof(value));
	return be64toh(value);
}

static void put_magic(uint8_t *out, char letter)
{
	memcpy(out, MAGIC, MAGIC_LEN);
	out[MAGIC_LEN - 1] = letter;
}

size_t tlsup_note_pack(const struct tlsup_client_note *client,
		       const struct hs *hs, uint8_t out[TLSUP_NOTE_MAX])
{
	size_t len = hs_resumption_pack(hs, out + HEAD, HS_RESUMPTION_MAX);
	uint16_t be_len;

	if (len > HS_RESUMPTION_MAX)
		len = 0;
	be_len = htobe16(len);
	put_magic(out, 'c');
	memcpy(out + MAGIC_LEN, client->key.digest, TLSUP_DIGEST);
	put_u64(out + ORIGIN, client->origin);
	put_u64(out + BEFORE, client->before);
	put_u64(out + UNTIL, client->until_ms);
	memcpy(out + LENGTH, &be_len, sizeof(be_len));
	return HEAD + len;
}

size_t tlsup_note_pack_server(const uint8_t digest[TLSUP_DIGEST],
			      uint8_t out[TLSUP_NOTE_MAX])
{
	put_magic(out, 's');
	memcpy(out + MAGIC_LEN, digest, TLSUP_DIGEST);
	return SERVER_LEN;
}

static bool parse_client(struct hs_bytes bytes, struct tlsup_note *note)
{
	struct tlsup_client_note *client = &note->client;
	uint16_t len;

	if (bytes.len < HEAD || bytes.len > TLSUP_NOTE_MAX)
		return false;
	memcpy(client->key.digest, bytes.data + MAGIC_LEN, TLSUP_DIGEST);
	client->origin = get_u64(bytes.data + ORIGIN);
	client->before = get_u64(bytes.data + BEFORE);
	client->until_ms = get_u64(bytes.data + UNTIL);
	memcpy(&len, bytes.data + LENGTH, sizeof(len));
	note->resumption.data = bytes.data + HEAD;
	note->resumption.len = be16toh(len);
	return note->resumption.len == bytes.len - HEAD;
}

bool tlsup_note_parse(struct hs_bytes bytes, struct tlsup_note *note)
{
	memset(note, 0, sizeof(*note));
	if (bytes.len < MAGIC_LEN ||
	    memcmp(bytes.data, MAGIC, MAGIC_LEN - 1))
		return false;
	note->server = bytes.data[MAGIC_LEN - 1] == 's';
	if (!note->server)
		return bytes.data[MAGIC_LEN - 1] == 'c' &&
		       parse_client(bytes, note);
	if (bytes.len != SERVER_LEN)
		return false;
	memcpy(note->digest, bytes.data + MAGIC_LEN, TLSUP_DIGEST);
	return true;
}

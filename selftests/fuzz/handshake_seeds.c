// SPDX-License-Identifier: Apache-2.0
/* handshake_seeds: inputs for handshake.c, made of the messages of each scene
 * (the whole handshake by itself, each message alone, and all that follow), for
 * extensions.c of their extensions, and for tickets.c of the sessions. */
#include <stdio.h>
#include <stdlib.h>

#include "daemon/engine/ext.h"

#include "scene.h"

static void record(FILE *f, const uint8_t *data, size_t len)
{
	fputc(7, f);
	fputc((int)(len >> 8), f);
	fputc((int)len, f);
	fwrite(data, 1, len, f);
}

static FILE *seed_open(const char *dir)
{
	static unsigned int number;
	char name[512];
	FILE *f;

	snprintf(name, sizeof(name), "%s/seed-%u", dir, number++);
	f = fopen(name, "w");
	if (!f) {
		perror(name);
		exit(1);
	}
	return f;
}

static void seed(const char *dir, unsigned int scene, unsigned int steps,
		 const uint8_t *data, size_t len)
{
	FILE *f = seed_open(dir);

	fputc((int)scene, f);
	fputc((int)steps, f);
	fputc(0, f);
	if (len)
		record(f, data, len);
	fclose(f);
}

static void seed_block(const char *dir, unsigned int scene, int how,
		       struct hs_bytes block)
{
	FILE *f = seed_open(dir);

	fputc((int)scene, f);
	fputc(how, f);
	if (block.len)
		fwrite(block.data, 1, block.len, f);
	fclose(f);
}

/* The place is the bit's number, and 16 stands for the client: extensions.c. */
static void seed_extensions(const char *dir, unsigned int scene,
			    const uint8_t *message, size_t len)
{
	struct hs_bytes body = hs_bytes(message + HS_HEADER, len - HS_HEADER);
	struct hs_client_hello ch;
	struct hs_server_hello sh;

	if (message[0] == HS_MT_CLIENT_HELLO && !hs_client_hello_parse(&ch, body))
		for (int place = 0; place < 10; place++)
			seed_block(dir, scene, place, ch.extensions);
	if (message[0] == HS_MT_SERVER_HELLO && !hs_server_hello_parse(&sh, body))
		for (int place = 0; place < 10; place++)
			seed_block(dir, scene, 16 | place, sh.extensions);
	if (message[0] == HS_MT_ENCRYPTED_EXTENSIONS && body.len > 2)
		for (int place = 0; place < 10; place++)
			seed_block(dir, scene, 16 | place,
				   hs_bytes(body.data + 2, body.len - 2));
}

static void seed_session(const char *dir, const struct pair *p)
{
	uint8_t packed[16384];
	size_t len;
	FILE *f;

	if (!p->session)
		return;
	len = hs_session_pack(p->session, packed, sizeof(packed));
	f = seed_open(dir);
	fwrite(packed, 1, len, f);
	fclose(f);
}

/* What a server keeps of TLS 1.2, of a client without a certificate and with. */
static void seed_state(const char *dir, bool asked)
{
	const struct hs_state12 s = {
		.cipher_suite = HS_ECDHE_RSA_AES_128_GCM_SHA256,
		.extended_master_secret = true,
		.master = { 48, { 1 } },
		.lifetime = 3600,
		.issued_ms = 1700000000000,
		.server_name = hs_bytes("server", 6),
		.asked = asked,
		.chain = hs_bytes("\0\0\3der", asked ? 6 : 0),
	};
	uint8_t packed[256];
	size_t len = hs_state12_pack(&s, packed, sizeof(packed));
	FILE *f = seed_open(dir);

	fwrite(packed, 1, len, f);
	fclose(f);
}

static void seed_scene(char **dirs, unsigned int scene, bool client)
{
	const char *dir = dirs[client ? 0 : 1];
	struct pair p;
	struct pair_side *from = client ? &p.server : &p.client;

	scene_open(&p, scene);
	scene_start(&p, scene);
	while (pair_step(&p) || scene_ask(&p, scene))
		;
	seed_session(dirs[3], &p);
	seed(dir, scene, 63, NULL, 0);
	for (size_t at = 0, steps = 0; at < from->flight_len && steps < 60;
	     steps++) {
		size_t n = 4 + ((size_t)from->flight[at + 2] << 8 |
				from->flight[at + 3]);

		seed_extensions(dirs[2], scene, from->flight + at, n);
		for (unsigned int before = 0; before < 4; before++)
			seed(dir, scene, (unsigned int)steps + before,
			     from->flight + at, n);
		seed(dir, scene, (unsigned int)steps, from->flight + at,
		     from->flight_len - at);
		at += n;
	}
	scene_close(&p);
}

int main(int argc, char **argv)
{
	if (argc != 5)
		return 2;
	seed_block(argv[3], 0, 64, hs_bytes("\2h2\3foo", 7));
	seed_block(argv[3], 0, 128, hs_bytes("a.example", 9));
	for (unsigned int scene = 0; scene < SCENES; scene++) {
		seed_scene(argv + 1, scene, true);
		seed_scene(argv + 1, scene, false);
	}
	seed_state(argv[4], false);
	seed_state(argv[4], true);
	host_exit();
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
/* A fuzz target: a block of extensions in each message that may carry one, on
 * either side, after a ClientHello with much in it was sent or received. The
 * input: a byte for the scene, a byte for side and place, the block. */
#include <string.h>

#include "daemon/engine/ext.h"
#include "scene.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct hs_reader r = hs_reader(hs_bytes(data, len));
	unsigned int scene = hs_reader_u8(&r) % SCENES;
	uint8_t how = hs_reader_u8(&r);
	enum hs_place place = (enum hs_place)(1u << (how & 15));
	struct hs_bytes body;
	struct pair p;
	struct hs *hs;

	scene_open(&p, scene);
	/* What an application asks for comes from a stranger, too. */
	if (how & 64)
		hs_set_alpn(p.client.hs, r.p, r.len);
	if (how & 128)
		hs_set_server_name(p.client.hs, (const char *)r.p, r.len);
	scene_start(&p, scene);
	hs = how & 16 ? p.client.hs : p.server.hs;
	/* A ServerHello's extensions are read once its suite is known. */
	if (place == HS_IN_SH12)
		hs->suite = hs_suite(how & 32 ? 0x009e : 0x0067);
	hs_ext_find(hs_bytes(r.p, r.len), HS_EXT_SUPPORTED_VERSIONS, &body);
	hs_ext_parse(place == HS_IN_NST ? NULL : hs, place,
		     hs_bytes(r.p, r.len));
	memset(&hs->seen, 0, sizeof(hs->seen));
	scene_close(&p);
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * schedule13: every derivation of RFC 8448's traces, one by one, by the engine's key
 * schedule (RFC 8446 7.1); and that it goes its own way alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/crypto_openssl.h"
#include "daemon/engine/engine.h"
#include "tap.h"
#include "vectors.h"

static const struct hs_crypto *crypto;

/* HKDF-Expand-Label by our own info, with the RFC's PRK, hash and length. */
static bool expands(struct hs_bytes prk, const char *label,
		    struct hs_bytes hash, struct hs_bytes want)
{
	struct hs_secret s = vector_secret(prk);
	uint8_t out[64];

	return !hs_expand_label(crypto, HS_SHA256, &s, label, hash, out,
				want.len) &&
	       hs_bytes_equal(hs_bytes(out, want.len), want);
}

/* Of the entries of one step, that with this label before the next PRK. */
static const struct vector *in_step(size_t i, const char *label)
{
	for (; i < vectors_count(); i++)
		if (!strcmp(vectors_at(i)->label, label))
			return vectors_at(i);
	return vectors_at(0);
}

/* 'derive secret "tls13 c hs traffic":' and 'derive secret for ... "..."'. */
static void derivations(void)
{
	for (size_t i = 0; i < vectors_count(); i++) {
		const struct vector *v = vectors_at(i);
		const char *quote = strstr(v->step, "\"tls13 ");
		char label[64] = "";

		if (strcmp(v->label, "PRK") || !strstr(v->step, "derive secret"))
			continue;
		sscanf(quote, "\"tls13 %63[^\"]", label);
		tap_sub(expands(v->value, label, in_step(i, "hash")->value,
				in_step(i, "expanded")->value),
			"%s, %s", v->section, v->step);
	}
	tap_sum("Derive-Secret, sections 3 to 7 (RFC 8446 7.1)");
}

static void traffic_keys(void)
{
	struct hs_bytes none = { 0 };

	for (size_t i = 0; i < vectors_count(); i++) {
		const struct vector *v = vectors_at(i);

		if (strcmp(v->label, "PRK") || !strstr(v->step, "traffic keys"))
			continue;
		tap_sub(expands(v->value, "key", none,
				in_step(i, "key expanded")->value) &&
			expands(v->value, "iv", none,
				in_step(i, "iv expanded")->value),
			"%s, %s", v->section, v->step);
	}
	tap_sum("traffic keys (7.3)");
}

static void extractions(void)
{
	for (size_t i = 0; i < vectors_count(); i++) {
		const struct vector *v = vectors_at(i);
		struct hs_bytes ikm = v->value, salt = { (uint8_t[32]){ 0 }, 32 };
		uint8_t out[32];

		if (strcmp(v->label, "IKM"))
			continue;
		if (!strcmp(vectors_at(i - 1)->label, "salt"))
			salt = vectors_at(i - 1)->value;
		tap_sub(!crypto->hmac(HS_SHA256, salt, &ikm, 1, out) &&
			hs_bytes_equal(hs_bytes(out, 32), in_step(i, "secret")->value),
			"%s, %s", v->section, v->step);
	}
	tap_sum("HKDF-Extract (7.1)");
}

/* The stages in their order, by the engine's schedule. */
static void schedules(void)
{
	static const struct {
		enum hs_derivation	which;
		const char		*step;
	} rows[] = {
		{ HS_C_HS_TRAFFIC, "tls13 c hs traffic" },
		{ HS_S_HS_TRAFFIC, "tls13 s hs traffic" },
		{ HS_C_AP_TRAFFIC, "tls13 c ap traffic" },
		{ HS_S_AP_TRAFFIC, "tls13 s ap traffic" },
		{ HS_EXP_MASTER, "tls13 exp master" },
		{ HS_RES_MASTER, "tls13 res master" },
	};

	for (int section = 3; section <= 7; section++) {
		struct hs_bytes ikm = vector(section, "\"handshake\"", "IKM", 0);
		struct hs_secret psk, out;
		struct hs_schedule s = { 0 };
		struct hs_shared shared = { .len = ikm.len };

		memcpy(shared.bytes, ikm.data, ikm.len);
		psk = vector_secret(vector(section, "\"early\"", "IKM", 0));
		tap_sub(!hs_schedule_early(&s, crypto, HS_SHA256,
					   section == 4 ? &psk : NULL) &&
			!hs_schedule_handshake(&s, &shared), "%d", section);
		for (size_t i = 0; i < 6; i++) {
			struct hs_bytes hash = vector(section, rows[i].step,
						      "hash", 0);

			if (i == 2)
				tap_sub(!hs_schedule_master(&s), "%d", section);
			tap_sub(!hs_schedule_derive(&s, rows[i].which,
						    hash.data, &out) &&
				hs_bytes_equal(hs_bytes(out.bytes, out.len),
					       vector(section, rows[i].step, "expanded",
						      0)),
				"%d, %s", section, rows[i].step);
		}
	}
	tap_sum("the schedule's stages give the RFC's secrets");
}

/* Nothing early, nothing twice, nothing backwards. */
static void order(void)
{
	static const uint8_t hash[48];
	struct hs_shared shared = { .len = 32, .bytes = { 1 } };
	struct hs_schedule s = { 0 };
	struct hs_secret out;

	for (int d = HS_EXT_BINDER; d <= HS_RES_MASTER; d++)
		tap_sub(hs_schedule_derive(&s, (enum hs_derivation)d, hash,
					   &out), "%d before any stage", d);
	tap_sub(hs_schedule_handshake(&s, &shared), "handshake before early");
	hs_schedule_early(&s, crypto, HS_SHA256, NULL);
	tap_sub(hs_schedule_early(&s, crypto, HS_SHA256, NULL), "early twice");
	tap_sub(hs_schedule_master(&s), "master before handshake");
	tap_sub(hs_schedule_derive(&s, HS_C_HS_TRAFFIC, hash, &out),
		"c hs traffic in the early stage");
	hs_schedule_handshake(&s, &shared);
	tap_sub(hs_schedule_handshake(&s, &shared), "handshake twice");
	tap_sub(hs_schedule_derive(&s, HS_RES_BINDER, hash, &out),
		"res binder after the early stage");
	tap_sub(!hs_schedule_derive(&s, HS_C_HS_TRAFFIC, hash, &out),
		"c hs traffic in its stage");
	tap_sub(hs_schedule_derive(&s, HS_C_HS_TRAFFIC, hash, &out),
		"c hs traffic twice");
	tap_sum("derivations refuse to run early or twice");
}

/* Without a PSK the schedule starts from constants: they are what zeros give,
 * and what the hash of nothing is. */
static void constants(void)
{
	for (enum hs_hash_alg alg = HS_SHA256; alg <= HS_SHA384; alg++) {
		struct hs_secret zeros = { .len = (uint8_t)hs_hash_len(alg) };
		struct hs_shared shared = { .len = 32, .bytes = { 1 } };
		struct hs_schedule a = { 0 }, b = { 0 };
		struct hs_secret with, without;
		uint8_t empty[HS_HASH_MAX];

		hs_digest(crypto, alg, hs_bytes(NULL, 0), empty);
		hs_schedule_early(&a, crypto, alg, &zeros);
		hs_schedule_early(&b, crypto, alg, NULL);
		hs_schedule_derive(&a, HS_RES_BINDER, empty, &with);
		hs_schedule_derive(&b, HS_RES_BINDER, NULL, &without);
		tap_sub(hs_bytes_equal(hs_bytes(with.bytes, with.len),
				       hs_bytes(without.bytes, without.len)),
			"%d: early", alg);
		hs_schedule_handshake(&a, &shared);
		hs_schedule_handshake(&b, &shared);
		hs_schedule_derive(&a, HS_C_HS_TRAFFIC, empty, &with);
		hs_schedule_derive(&b, HS_C_HS_TRAFFIC, empty, &without);
		tap_sub(hs_bytes_equal(hs_bytes(with.bytes, with.len),
				       hs_bytes(without.bytes, without.len)),
			"%d: handshake", alg);
	}
	tap_sum("no PSK is a PSK of zeros");
}

/* The binder of section 4: a Finished over the truncated ClientHello. */
static void binder(void)
{
	struct hs_bytes prefix = vector(4, "PSK binder", "ClientHello prefix", 0);
	struct hs_secret psk = vector_secret(vector(4, "\"early\"", "IKM", 0)), key;
	struct hs_schedule s = { 0 };
	uint8_t hash[32], mac[32];

	tap_ok(!hs_digest(crypto, HS_SHA256, prefix, hash) &&
	       hs_bytes_equal(hs_bytes(hash, 32),
			      vector(4, "PSK binder", "binder hash", 0)) &&
	       !hs_schedule_early(&s, crypto, HS_SHA256, &psk) &&
	       !hs_schedule_derive(&s, HS_RES_BINDER, NULL, &key) &&
	       !hs_finished_mac(crypto, HS_SHA256, &key, hash, mac) &&
	       hs_bytes_equal(hs_bytes(mac, 32), vector(4, "PSK binder", "finished", 0)),
	       "the binder of section 4 (4.2.11.2)");
}

int main(void)
{
	vectors_load("selftests/engine/rfc8448.json");
	crypto = tlsup_crypto_openssl();
	derivations();
	traffic_keys();
	extractions();
	schedules();
	order();
	constants();
	binder();
	vectors_free();
	return tap_done();
}

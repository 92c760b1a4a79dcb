// SPDX-License-Identifier: Apache-2.0
/*
 * report: owns the words in which the end of a handshake is logged.
 */
#include "daemon/report.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "daemon/log.h"
#include "daemon/names.h"

#define TEXT_ROOM	512

uint16_t tlsup_address_parts(const struct sockaddr_storage *address, char *out)
{
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;

	snprintf(out, TLSUP_ADDRESS_TEXT, "unknown");
	if (address->ss_family == AF_INET) {
		inet_ntop(AF_INET, &v4->sin_addr, out, TLSUP_ADDRESS_TEXT);
		return ntohs(v4->sin_port);
	}
	if (address->ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &v6->sin6_addr, out, TLSUP_ADDRESS_TEXT);
		return ntohs(v6->sin6_port);
	}
	return 0;
}

void tlsup_address_text(const struct sockaddr_storage *address, char *out)
{
	char text[TLSUP_ADDRESS_TEXT];
	uint16_t port = tlsup_address_parts(address, text);

	snprintf(out, TLSUP_ADDRESS_TEXT,
		 address->ss_family == AF_INET6 ? "[%.46s]:%u" : "%.46s:%u",
		 text, port);
}

/* What is set apart by blanks has none in it: an application may ask for any
 * name, and a line must not say what did not happen. */
static void add_word(char *out, struct hs_bytes word)
{
	size_t at = strlen(out), i;

	if (!word.len || at + 1 + word.len >= TEXT_ROOM)
		return;
	out[at++] = ' ';
	for (i = 0; i < word.len; i++)
		out[at + i] = word.data[i] > ' ' && word.data[i] <= '~' ?
			      word.data[i] : '?';
	out[at + i] = 0;
}

/* "client 192.0.2.1:443 example.org" */
static void whom(const struct tlsup_outcome *o, char *out)
{
	const struct tlsup_request *r = o->request;
	char peer[TLSUP_ADDRESS_TEXT];
	struct hs_bytes name = { (const uint8_t *)r->server_name,
				 strlen(r->server_name) };

	/* A server learns the name from the client. */
	if (r->role == HS_SERVER && o->info)
		name = o->info->server_name;
	tlsup_address_text(&r->peer, peer);
	snprintf(out, TEXT_ROOM, "%s %s",
		 r->role == HS_CLIENT ? "client" : "server", peer);
	add_word(out, name);
}

static void succeeded(const struct tlsup_outcome *o, const char *who)
{
	const struct hs_info *i = o->info;
	char alpn[TEXT_ROOM] = "";

	add_word(alpn, i->alpn);
	tlsup_log(TLSUP_LOG_INFO,
		  "%s: %s %s %s%s%s%s%s%s%s%s, profile %s, %.1f ms", who,
		  tlsup_version_name(i->version),
		  tlsup_suite_name(i->cipher_suite),
		  i->group ? tlsup_group_name(i->group) : "psk_ke",
		  i->signature_scheme ? " " : "",
		  i->signature_scheme ?
			tlsup_scheme_name(i->signature_scheme) : "",
		  *alpn ? " alpn" : "", alpn,
		  i->resumed ? " resumed" : i->psk ? " external key" : "",
		  i->early_data ? " early" : "",
		  i->retried ? " retried" : "", o->request->profile, o->ms);
}

static void failed(const struct tlsup_outcome *o, const char *who)
{
	const char *received = "", *sent = "";

	if (o->alert_received != HS_ALERT_NONE)
		received = tlsup_alert_name(o->alert_received);
	if (o->alert_sent != HS_ALERT_NONE)
		sent = tlsup_alert_name(o->alert_sent);
	tlsup_log(TLSUP_LOG_NOTICE,
		  "%s: failed: %s (%s%s%s%s%s), profile %s, %.1f ms", who,
		  o->reason, strerrorname_np(o->error),
		  *sent ? ", alert sent " : "", sent,
		  *received ? ", alert received " : "", received,
		  o->request->profile, o->ms);
}

void tlsup_report(const struct tlsup_outcome *o)
{
	char who[TEXT_ROOM];

	whom(o, who);
	if (o->error)
		failed(o, who);
	else
		succeeded(o, who);
}

void tlsup_report_later(const struct tlsup_request *request,
			const struct hs_info *info)
{
	const struct tlsup_outcome o = { .request = request, .info = info };
	char who[TEXT_ROOM];

	whom(&o, who);
	tlsup_log(TLSUP_LOG_INFO, "%s: asked for a certificate, %s, profile %s",
		  who, info->peer_chain_len ? "it is trusted" : "it has none",
		  request->profile);
}

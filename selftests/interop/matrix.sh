#!/bin/bash
# matrix.sh: cipher suites, groups and kinds of certificate, each with each of the others, tlsup as client
# and as server, OpenSSL and GnuTLS at the other end; each connection carries a page, and both ends have
# to agree on what they negotiated.  TLSUP_QUICK, and virtual machines, do each value once.
set -u

# shellcheck source=selftests/interop/lib.sh
. "$(dirname "$0")/lib.sh"

# chosen I J K: suite I, group J, certificate K: each two of them meet once, where three do it is by
# chance; the short form has each certificate once, and with them each suite and each group at least once.
chosen()
{
	[ "$short" = 1 ] || { [ $((($1 + $2 + $3) % 3)) = 0 ]; return; }
	[ "$1" = $(($3 % 3)) ] && [ "$2" = $((($3 + 1 + $3 / 3) % 3)) ]
}

openssl_client_page()
{
	has "$world/out" "Cipher is $1"
}

gnutls_client_page()
{
	has "$world/out" "$(gnutls_cipher "$1")" "ECDHE-${2^^}"
}

client_case()
{
	local peer=$1 suite=$2 group=$3 certificate=$4

	tlsup_get "${ports[$peer-$certificate]}" --profile "client-$suite-$group" \
		>"$world/out" 2>"$world/err" || { echo "tlsup connect: $?"; cat "$world/err"; return 1; }
	has "$world/err" "suite=$suite " "group=$group " "signature=$(scheme_of "$certificate") " \
		'resumed=no' 'verified=yes' 'alert_received=close_notify' || return 1
	has "$world/out" 'HTTP/1.0 200' || return 1
	"${peer}_client_page" "$suite" "$group"
}

openssl_server_case()
{
	openssl_get "$3" -tls1_3 -ciphersuites "$1" -groups "$(openssl_group "$2")" >"$world/out" ||
		{ echo "s_client: $?"; cat "$world/out"; return 1; }
	has "$world/out" "^New, TLSv1.3, Cipher is $1" 'Verify return code: 0' 'the page itself'
}

gnutls_server_case()
{
	gnutls_get "$3" --priority "$(gnutls_priority "$1" "$2")" >"$world/out" ||
		{ echo "gnutls-cli: $?"; cat "$world/out"; return 1; }
	has "$world/out" 'certificate is trusted' "$(gnutls_cipher "$1")" "ECDHE-${2^^}" 'the page itself'
}

server_case()
{
	local peer=$1 suite=$2 group=$3 certificate=$4

	: >"$world/tlsup-$certificate.log"
	"${peer}_server_case" "$suite" "$group" "${ports[tlsup-$certificate]}" || return 1
	world_wait "$world/tlsup-$certificate.log" "suite=$suite group=$group .*resumed=no"
	has "$world/tlsup-$certificate.log" "suite=$suite group=$group .*resumed=no"
}

start_servers()
{
	local certificate

	declare -gA ports
	for certificate in "${certificates[@]}"; do
		openssl_server "openssl-$certificate" "$certificate" -tls1_3 -www || return 1
		ports[openssl-$certificate]=$port
		gnutls_server "gnutls-$certificate" "$certificate" --http --disable-client-cert || return 1
		ports[gnutls-$certificate]=$port
		tlsup_server "tlsup-$certificate" --profile "server-$certificate" --www "$world/page" || return 1
		ports[tlsup-$certificate]=$port
	done
}

run_matrix()
{
	local i j k suite group certificate peer

	for i in "${!suites[@]}"; do for j in "${!groups[@]}"; do for k in "${!certificates[@]}"; do
		chosen "$i" "$j" "$k" || continue
		suite=${suites[i]} group=${groups[j]} certificate=${certificates[k]}
		for peer in openssl gnutls; do
			check "client to $peer: $suite $group $certificate" \
				client_case $peer "$suite" "$group" "$certificate"
			check "$peer to server: $suite $group $certificate" \
				server_case $peer "$suite" "$group" "$certificate"
		done
	done; done; done
}

short=${TLSUP_QUICK:-0}
[[ ${TLSUP_WHERE:-} != vm* ]] || short=1
world_begin "${certificates[@]}"
config_write </dev/null
echo 'the page itself' >"$world/page"
world_daemon || skip_all "no tlsupd"
start_servers || { not_ok "the servers start"; finish; }
run_matrix
finish

#!/bin/bash
# transfers.sh: files of many sizes, up and down, tlsup as client and as server, with OpenSSL, GnuTLS and
# curl at the other end; what arrives is compared by SHA-256.
set -u

# shellcheck source=selftests/interop/lib.sh
. "$(dirname "$0")/lib.sh"

make_file()
{
	# Digits only: no line of it is a command to openssl s_client.
	seq 100000000 199999999 2>/dev/null | head -c "$1" >"$world/$1"
}

same()
{
	[ "$(sha256sum <"$1")" = "$(sha256sum <"$2")" ] || {
		echo "$(stat -c %s "$1") bytes differ from $(stat -c %s "$2") bytes"
		return 1
	}
}

body()
{
	sed '1,/^\r$/d'
}

download_from_openssl()
{
	printf 'GET /%s HTTP/1.0\r\n\r\n' "$1" | timeout 120 tlsup connect localhost "$files" | body >"$world/got"
	same "$world/$1" "$world/got"
}

download_by_curl()
{
	curl -sS --cacert "$world/ca.pem" --tlsv1.3 -o "$world/got" "https://localhost:$root/$1" &&
		same "$world/$1" "$world/got"
}

download_by_openssl()
{
	printf 'GET /%s HTTP/1.0\r\n\r\n' "$1" | timeout 120 openssl s_client -quiet -tls1_3 \
		-CAfile "$world/ca.pem" -connect "localhost:$root" 2>/dev/null | body >"$world/got"
	same "$world/$1" "$world/got"
}

download_by_gnutls()
{
	printf 'GET /%s HTTP/1.0\r\n\r\n' "$1" | timeout 120 gnutls-cli --logfile=/dev/null \
		--x509cafile "$world/ca.pem" --port "$root" localhost 2>/dev/null | body >"$world/got"
	same "$world/$1" "$world/got"
}

download_by_tlsup()
{
	printf 'GET /%s HTTP/1.0\r\n\r\n' "$1" | timeout 120 tlsup connect localhost "$root" | body >"$world/got"
	same "$world/$1" "$world/got"
}

upload_by_openssl()
{
	: >"$world/upload.log"
	timeout 120 openssl s_client -quiet -no_ign_eof -tls1_3 -CAfile "$world/ca.pem" \
		-connect "localhost:$upload" <"$world/$1" >/dev/null 2>&1
	world_until same "$world/$1" "$world/upload.log"
	same "$world/$1" "$world/upload.log"
}

upload_by_gnutls()
{
	: >"$world/upload.log"
	timeout 120 gnutls-cli --logfile=/dev/null --x509cafile "$world/ca.pem" --port "$upload" localhost \
		<"$world/$1" >/dev/null 2>&1
	world_until same "$world/$1" "$world/upload.log"
	same "$world/$1" "$world/upload.log"
}

upload_to_openssl()
{
	: >"$world/sink.log"
	timeout 120 tlsup connect localhost "$sink" <"$world/$1" >/dev/null || return 1
	world_until same "$world/$1" "$world/sink.log"
	same "$world/$1" "$world/sink.log"
}

start_servers()
{
	local top=$PWD

	cd "$world" || return 1
	openssl_server files ecdsa -tls1_3 -WWW
	files=$port
	mkfifo idle
	exec 7<>idle
	openssl_server sink ecdsa -tls1_3 -quiet <idle
	sink=$port
	cd "$top" || return 1
	world_port
	root=$port
	world_listen root "$root" tlsup serve --root "$world" "$root"
	world_port
	upload=$port
	world_listen upload "$upload" tlsup serve --receive "$upload"
}

# The demo carries 64 MiB in a virtual machine, both ways.
sizes="1 16385 1000000"
if [ "${TLSUP_QUICK:-0}" = 0 ] && [[ ${TLSUP_WHERE:-} != vm* ]]; then
	sizes="$sizes 100 16384 65537 16777216"
fi

world_begin ecdsa
certificates=(ecdsa)
config_write </dev/null
for size in $sizes; do
	make_file "$size"
done
world_daemon || skip_all "no tlsupd"
start_servers || { not_ok "the servers start"; finish; }
for size in $sizes; do
	check "openssl to client, $size bytes" download_from_openssl "$size"
	check "client to openssl, $size bytes" upload_to_openssl "$size"
	check "server to curl, $size bytes" download_by_curl "$size"
	check "server to openssl, $size bytes" download_by_openssl "$size"
	# gnutls-cli writes byte by byte.
	[ "$size" -gt 65537 ] || check "server to gnutls, $size bytes" download_by_gnutls "$size"
	check "server to client, $size bytes" download_by_tlsup "$size"
	check "openssl to server, $size bytes" upload_by_openssl "$size"
	check "gnutls to server, $size bytes" upload_by_gnutls "$size"
done
finish

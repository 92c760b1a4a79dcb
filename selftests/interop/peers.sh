# peers.sh: how other people's programs are asked for what a test wants; the names of things in each.
# shellcheck shell=bash disable=SC2154

request='GET / HTTP/1.0\r\n\r\n'

openssl_group()
{
	case "$1" in
	x25519) echo X25519 ;;
	secp256r1) echo P-256 ;;
	secp384r1) echo P-384 ;;
	esac
}

gnutls_cipher()
{
	case "$1" in
	TLS_AES_128_GCM_SHA256) echo AES-128-GCM ;;
	TLS_AES_256_GCM_SHA384) echo AES-256-GCM ;;
	TLS_CHACHA20_POLY1305_SHA256) echo CHACHA20-POLY1305 ;;
	esac
}

# gnutls_priority SUITE GROUP: TLS 1.3 with only these.
gnutls_priority()
{
	echo "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+$(gnutls_cipher "$1"):-GROUP-ALL:+GROUP-${2^^}"
}

# What a certificate's key signs with.
scheme_of()
{
	case "$1" in
	ecdsa) echo ecdsa_secp256r1_sha256 ;;
	ecdsa384) echo ecdsa_secp384r1_sha384 ;;
	rsa) echo 'rsa_pss_rsae_sha(256|384|512)' ;;
	rsapss) echo 'rsa_pss_pss_sha(256|384|512)' ;;
	ed25519) echo ed25519 ;;
	esac
}

# openssl_server NAME CERTIFICATE OPTION...: at the next port, which $port then is.
openssl_server()
{
	local name=$1 certificate=$2

	shift 2
	world_port
	world_listen "$name" "$port" openssl s_server -accept "$port" -cert "$world/$certificate.pem" \
		-key "$world/$certificate.key" "$@"
}

gnutls_server()
{
	local name=$1 certificate=$2

	shift 2
	world_port
	world_listen "$name" "$port" gnutls-serv --port "$port" --x509certfile "$world/$certificate.pem" \
		--x509keyfile "$world/$certificate.key" "$@"
}

tlsup_server()
{
	local name=$1

	shift
	world_port
	world_listen "$name" "$port" tlsup serve --info "$@" "$port"
}

# openssl_get PORT OPTION...: one page; everything that s_client says comes too.
openssl_get()
{
	local where=$1

	shift
	printf "$request" | timeout 60 openssl s_client -ign_eof -CAfile "$world/ca.pem" -verify_return_error \
		-connect "localhost:$where" "$@" 2>&1
}

gnutls_get()
{
	local where=$1

	shift
	printf "$request" | timeout 60 gnutls-cli --x509cafile "$world/ca.pem" --port "$where" "$@" localhost 2>&1
}

# tlsup_get PORT OPTION...: one page on stdout, the info line on stderr.
tlsup_get()
{
	local where=$1

	shift
	printf "$request" | timeout 60 tlsup connect --info "$@" localhost "$where"
}

# has FILE PATTERN...: each is in it; says which is not.
has()
{
	local file=$1 pattern

	shift
	for pattern in "$@"; do
		world_has "$file" "$pattern" && continue
		echo "no '$pattern' in:"
		head -c 4000 "$file"
		return 1
	done
}

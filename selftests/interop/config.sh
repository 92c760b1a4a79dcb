# config.sh: writes the configuration of tlsupd that the tests share.
#
#	client-SUITE-GROUP	trusts ca.pem, speaks only these
#	server-CERTIFICATE	has that certificate
#	default			trusts ca.pem, has the ECDSA certificate
# shellcheck shell=bash

suites=(TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256)
groups=(x25519 secp256r1 secp384r1)
certificates=(ecdsa ecdsa384 rsa rsapss ed25519)

config_profile()
{
	local name=$1

	shift
	printf '\n[profile %s]\n' "$name"
	printf '%s\n' "$@"
}

config_certificate()
{
	echo "certificate = $world/$1.pem"
	echo "key = $world/$1.key"
}

config_write()
{
	local suite group name

	{
		printf '[tlsupd]\nlog-level = debug\n'
		config_profile default "trust = $world/ca.pem" "$(config_certificate ecdsa)"
		for name in "${certificates[@]}"; do
			config_profile "server-$name" "trust = $world/ca.pem" "$(config_certificate "$name")"
		done
		for suite in "${suites[@]}"; do
			for group in "${groups[@]}"; do
				config_profile "client-$suite-$group" "trust = $world/ca.pem" \
					"cipher-suites = $suite" "groups = $group"
			done
		done
		cat
	} >"$world/tlsupd.conf"
}

# pki.sh: owns what the makers of certificates share; source it.
#
#	days N		options of `openssl x509` for a certificate that is good for N days from now, or, with -1, that
#			expired a day ago: OpenSSL 3.4 and later want its dates for that, earlier ones know no dates
#
# shellcheck shell=bash

days()
{
	if [ "$1" -ge 0 ] || ! openssl x509 -help 2>&1 | grep -q -e -not_after; then
		echo "-days $1"
	else
		echo "-not_before $(date -u -d '-2 days' +%Y%m%d%H%M%SZ) -not_after $(date -u -d '-1 day' +%Y%m%d%H%M%SZ)"
	fi
}

# debian13.sh: owns the Debian 13 root tree, made by mmdebstrap and kept in the cache; source it.
#
#	debian13_begin			makes the tree if it is not there, and $work, a directory in it with hs-peer,
#					which goes at the end; where that is not possible the suite ends here
#	inside "a shell command"	runs it in $work, in the tree
#
# shellcheck shell=bash

debian13_packages=openssl,libjansson4,gnutls-bin,curl,ca-certificates,libbrotli1,libzstd1,zlib1g
debian13_packages=$debian13_packages,python3,python3-pycurl,libnss3-tools,nginx-light
# Another list is another tree: nobody's tree goes away under a test.
debian13_root=${TLSUP_CACHE:-/var/cache/tlsup}/debian13-$(echo "$debian13_packages" | md5sum | cut -c1-8)

debian13_make()
{
	(
		flock 9
		[ ! -e "$debian13_root/made" ] || exit 0
		rm -rf "$debian13_root"
		mmdebstrap --quiet --variant=minbase --include="$debian13_packages" trixie "$debian13_root" >/dev/null &&
			printf '127.0.0.1 localhost\n::1 localhost\n' >"$debian13_root/etc/hosts" &&
			touch "$debian13_root/made"
	) 9>"$debian13_root.lock"
}

debian13_begin()
{
	if ! command -v mmdebstrap >/dev/null; then
		not_ok "mmdebstrap is installed" "scripts/deps installs it"
		finish
	fi
	debian13_make || skip_all "no Debian 13 root tree could be made"
	work=$(mktemp -d "$debian13_root/tmp/tlsup.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	mkdir -p "$work/build/tests" "$work/selftests" "$work/daemon/engine"
	cp build/hs-peer "$work/build/"
}

inside()
{
	chroot "$debian13_root" /bin/sh -c "cd ${work#"$debian13_root"} && $*"
}

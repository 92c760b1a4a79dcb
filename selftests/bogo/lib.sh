# lib.sh: owns getting BoringSSL's tests (BoGo) and telling what their runner says as TAP; source it in the
# top directory, behind lib/tap.sh.
#
#	bogo_get			has the runner in the cache, or ends the suite
#	bogo_tests CONFIG LOG SHIM LEAST [OPTION]...	runs it and prints TAP; its own words go to LOG
#
# They come from Debian's source package and stay in the cache. A flag that the shim does not know makes a test
# "not asked"; fewer than LEAST that are asked is a failure. A line of TAP stands for the tests whose names begin
# alike.
# shellcheck shell=bash

bogo_package=android-platform-external-boringssl
bogo_release=trixie
bogo_tree=${TLSUP_CACHE:-/var/cache/tlsup}/bogo

# apt, with this one list of sources beside the machine's own.
bogo_apt_sources()
{
	local dir=$bogo_tree/apt mirror

	mirror=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' |
		sed -n 's/^Debian //p' | head -n 1)
	[ -n "$mirror" ] || return 1
	mkdir -p "$dir/parts" "$dir/lists/partial" "$dir/cache/archives/partial"
	printf '%s\n' 'Types: deb-src' "URIs: $mirror" "Suites: $bogo_release" 'Components: main' \
		'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg' >"$dir/parts/source.sources"
	printf '%s\n' "Dir::Etc::sourcelist \"$dir/none\";" "Dir::Etc::sourceparts \"$dir/parts\";" \
		"Dir::State::lists \"$dir/lists\";" "Dir::Cache \"$dir/cache\";" 'APT::Sandbox::User "root";' >"$dir/conf"
	export APT_CONFIG=$dir/conf
}

bogo_fetch()
{
	(
		bogo_apt_sources && cd "$bogo_tree" && apt-get -qq update &&
			apt-get -qq source --tar-only --download-only "$bogo_package" && mkdir -p boringssl &&
			tar -xf "$bogo_package"_*.orig.tar.xz -C boringssl --strip-components 1 \
			--wildcards '*/src/ssl/test/runner' '*/src/util/testresult'
	) >"$bogo_tree/log" 2>&1
}

bogo_build()
{
	(
		mkdir -p "$bogo_tree/go/src/boringssl.googlesource.com" &&
			ln -sfn "$bogo_tree/boringssl/src" "$bogo_tree/go/src/boringssl.googlesource.com/boringssl" &&
			cd "$bogo_tree/go/src/boringssl.googlesource.com/boringssl/ssl/test/runner" &&
			GO111MODULE=off GOFLAGS='' GOCACHE=$bogo_tree/gocache GOPATH=$bogo_tree/go:/usr/share/gocode \
				go test -c -o "$bogo_tree/runner" .
	) >"$bogo_tree/log" 2>&1
}

bogo_get()
{
	command -v go >/dev/null || { not_ok "go is installed" "scripts/deps installs it"; finish; }
	mkdir -p "$bogo_tree"
	exec 9>"$bogo_tree/lock"
	flock 9
	[ ! -x "$bogo_tree/runner" ] || return 0
	bogo_fetch || { note "$(tail -n 5 "$bogo_tree/log")"; skip_all "the source package $bogo_package could not be had"; }
	bogo_build || { note "$(tail -n 20 "$bogo_tree/log")"; not_ok "the runner is built"; finish; }
}

# Names like Resume-Server-TLS13-TLS12-TLS: a line for each first word.
bogo_tell()
{
	awk -v least="$1" '
	/^(PASSED|FAILED|UNIMPLEMENTED) \(/ {
		name = substr($0, index($0, "(") + 1)
		sub(/\)$/, "", name)
		group = name
		sub(/-.*/, "", group)
		failing = $1 == "FAILED"
		if ($1 == "UNIMPLEMENTED") {
			unasked++
			next
		}
		if (!(group in n))
			order[++groups] = group
		n[group]++
		bad[group] += failing
		if (failing)
			print "# " name
		next
	}
	failing && NF { print "#    " $0 }
	END {
		for (i = 1; i <= groups; i++) {
			g = order[i]
			printf "%sok %d %s (%d tests)\n", bad[g] ? "not " : "", i, g, n[g]
			total += n[g]
		}
		printf "# %d tests; %d more need a flag that the shim does not have\n", total, unasked
		printf "%sok %d at least %d tests are asked\n", total < least ? "not " : "", groups + 1, least
		print "1.." groups + 1
	}'
}

bogo_tests()
{
	local config=$1 log=$2 shim=$3 least=$4 status

	shift 4
	(
		cd "$bogo_tree/boringssl/src/ssl/test/runner" &&
			"$bogo_tree/runner" -shim-path "$shim" -shim-config "$config" -allow-unimplemented \
				-loose-errors -pipe "$@"
	) >"$log" 2>&1
	status=$?
	bogo_tell "$least" <"$log"
	return $status
}

# run.sh: `scripts/uml run`: one boot of a User Mode Linux kernel around one command.
# shellcheck shell=bash

# shellcheck source=scripts/guest/host.sh
. "$top/scripts/guest/host.sh"

uml_shares()
{
	local dir

	echo "shares()"
	echo "{"
	echo "	:"
	for dir in "$@"; do
		dir=$(printf %q "$dir")
		echo "	mkdir -p $dir && mount -t hostfs -o $dir hostfs $dir"
	done
	echo "}"
}

# The serial line is to pass bytes as they are; modprobe is to find this kernel's modules.
uml_prepare()
{
	cat <<-END
		prepare()
		{
			stty raw -echo </dev/ttyS0
			ln -sfn $1/root/lib/modules/\$(uname -r) /lib/modules/\$(uname -r)
			insmod $1/aesni-um.ko
		}
	END
}

uml_run()
{
	local kind=debug mem=2048 limit=600 cpu='' append='' objects status=0
	local shares=() wanted=() modules=() command=() leaks=0

	while [ $# -gt 0 ]; do
		case "$1" in
		--kind) known "$2"; kind=$2; shift ;;
		--mem) mem=${2%M}; shift ;;
		--timeout) limit=$2; shift ;;
		--cpu) cpu=$2; shift ;;
		--append) append=$2; shift ;;
		--insmod | --module) wanted+=("$2"); shift ;;
		--share) shares+=("$(realpath -e "$2")"); shift ;;
		--leaks) leaks=1 ;;
		--) shift; break ;;
		*) usage ;;
		esac
		shift
	done
	[ $# -gt 0 ] || usage
	command=("$@")

	objects=$(build "$kind")
	guest_begin
	guest_modules "$top/build/kmod-uml-$kind/tlsup.ko" "${wanted[@]}"
	guest_shares=$(uml_shares "${shares[@]}")
	guest_prepare=$(uml_prepare "$objects")
	guest_job /dev/ttyS0
	# shellcheck disable=SC2086
	guest_run "$limit" ${cpu:+taskset -c "$cpu"} env LD_PRELOAD="$objects/xstate.so" \
		"$objects/linux" mem="${mem}M" uml_dir="$rundir/" \
		root=/dev/root rootfstype=hostfs rootflags=/ ro init="$guest_dir/overlay" \
		RUNDIR="$rundir" STAGE2="$guest_dir/stage2" quiet loglevel=8 kasan_multi_shot cryptomgr.notests=1 \
		con=null ssl=null con0=null,fd:2 ssl0=null,fd:1 $append
	guest_verdict uml || status=$?
	exit $status
}

#!/bin/bash
# programs.sh: what programs do with a TLS socket that they do with any other: event loops, splice(),
# a descriptor that other programs inherit, several writers, a half-closed connection.
set -u

# shellcheck source=selftests/interop/lib.sh
. "$(dirname "$0")/../interop/lib.sh"

tests=$world_top/build/tests/e2e

polled()
{
	timeout 60 "$tests/polled" "$echo" "$1"
}

spliced()
{
	seq 1 200000 | head -c "$1" >"$world/file"
	timeout 60 "$tests/spliced" "$echo" <"$world/file" >"$world/got" && cmp "$world/file" "$world/got"
}

# cat(1) writes to the connection and reads from it, and knows nothing of TLS.
inherited_by_cat()
{
	timeout 60 "$tests/inherit" "$www" sh -c \
		"printf 'GET / HTTP/1.0\r\n\r\n'; cat >$world/got" || return 1
	has "$world/got" 'HTTP/1.0 200' 'the page itself'
}

# dd writes odd sizes, head ends early, grep uses stdio.
inherited_by_others()
{
	timeout 60 "$tests/inherit" "$www" sh -c \
		"printf 'GET / HTTP/1.0\r\n\r\n' | dd bs=3 2>/dev/null; grep -a itself >$world/got" || return 1
	has "$world/got" '^the page itself'
}

inherited_peer()
{
	timeout 60 "$tests/inherit" "$foreign" sh -c \
		"printf 'GET / HTTP/1.0\r\n\r\n'; cat >$world/got" || return 1
	has "$world/got" 'HTTP/1.0 200' 'Cipher is TLS_'
}

shared()
{
	: >"$world/receive.log"
	timeout 60 "$tests/shared" "$receive" "$1" "$2" || return 1
	world_until enough $(($1 * $2))
	enough $(($1 * $2)) || { wc -l "$world/receive.log"; return 1; }
	# No line was cut, none is missing, each writer's lines are in order.
	[ "$(grep -acE '^process [0-9]{3} line [0-9]{6} \.{16}$' "$world/receive.log")" = $(($1 * $2)) ] &&
		sort -s -k 2,2 "$world/receive.log" | sort -c -k 2,2 -k 4,4
}

enough()
{
	[ "$(wc -l <"$world/receive.log")" -ge "$1" ]
}

half_closed()
{
	timeout 60 "$tests/halfclose" "$relay" "said after the server's end" >"$world/got" || return 1
	has "$world/got" 'what the server says' || return 1
	world_wait "$world/relay.log" "said after the server's end"
	has "$world/relay.log" "said after the server's end"
}

curl_keeps()
{
	curl -sS --cacert "$world/ca.pem" --tlsv1.3 -o /dev/null -w '%{http_code} %{size_download}\n' \
		"https://localhost:$www/" >"$world/got" && has "$world/got" '^200 16$'
}

# fetches PATH STATUS: of tlsup serve --root.
fetches()
{
	curl -sS --path-as-is --cacert "$world/ca.pem" --tlsv1.3 -o "$world/got" -w '%{http_code}' \
		"https://localhost:$root$1" >"$world/code"
	[ "$(cat "$world/code")" = "$2" ] || { echo "HTTP $(cat "$world/code"), not $2"; return 1; }
}

by_ipv6()
{
	printf "$request" | timeout 60 tlsup connect --name localhost ::1 "$www" >"$world/got" &&
		has "$world/got" 'the page itself'
}

unprivileged()
{
	printf "$request" | timeout 60 setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all \
		"$world_top/build/bin/tlsup" connect localhost "$www" >"$world/got" &&
		has "$world/got" 'the page itself'
}

world_begin ecdsa
certificates=(ecdsa)
config_write </dev/null
echo 'the page itself' >"$world/page"
chmod 755 "$world"
world_daemon || skip_all "no tlsupd"
openssl_server foreign ecdsa -tls1_3 -www
foreign=$port
tlsup_server echo --echo
echo=$port
tlsup_server www --www "$world/page"
www=$port
world_port
receive=$port
world_listen receive "$port" tlsup serve --receive "$port"

for size in 1 1000 100000 3000000; do
	check "poll: $size bytes there and back" polled $size
done
for size in 1 16384 1000000; do
	check "splice: $size bytes there and back" spliced $size
done
check "inherited by cat" inherited_by_cat
check "inherited by dd and grep" inherited_by_others
check "inherited by cat, openssl at the other end" inherited_peer
check "2 processes write lines through one socket" shared 2 1000
check "8 processes write lines through one socket" shared 8 300
world_port
relay=$port
echo 'what the server says' >"$world/said"
world_listen relay "$port" tlsup serve "$port" <"$world/said"
check "half-closed by the server, the client still sends" half_closed
check "curl" curl_keeps
mkdir "$world/root"
echo inside >"$world/root/inside"
ln -s ../page "$world/root/link"
ln -s inside "$world/root/good-link"
tlsup_server root --root "$world/root"
root=$port
check "a file below the root" fetches /inside 200
check "a link below the root" fetches /good-link 200
check "a file that is not there" fetches /nothing 404
check "a directory" fetches / 404
check "nothing outside of the root" fetches /../page 404
check "nor by a link" fetches /link 404
check "IPv6" by_ipv6
check "a program without privileges" unprivileged
finish

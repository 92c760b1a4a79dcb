# ktls.mk: the kernel's own kTLS selftest, from Debian's linux-source, through shim.h.

tests: build/tests/ktls/tls

build/tests/ktls/tls: selftests/ktls/shim.h
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	@source=$$(scripts/uml source) && \
		$(CC) -O2 -g -Wall -include selftests/ktls/shim.h -o $@ \
			$$source/tools/testing/selftests/net/tls.c

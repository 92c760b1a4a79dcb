# daemon: tlsupd, and its parts as a library that the tests link with.

TLSUPD_SRC := $(filter-out daemon/main.c,$(sort $(wildcard daemon/*.c)))
TLSUPD_LIBS = $(call pkg_libs,libnl-genl-3.0 inih libcrypto zlib libbrotlienc libbrotlidec libzstd) -lpthread

LIBS += build/lib/libtlsupd.a build/asan/lib/libtlsupd.a
build/lib/libtlsupd.a: $(call objs,$(TLSUPD_SRC))
build/asan/lib/libtlsupd.a: $(call asan_objs,$(TLSUPD_SRC))

PROGRAMS += build/bin/tlsupd
build/bin/tlsupd: $(call objs,daemon/main.c) build/lib/libtlsupd.a build/lib/libhs.a
build/bin/tlsupd: private LDLIBS += $(TLSUPD_LIBS)

# The same under the sanitisers, for the end-to-end tests.
TESTS += build/asan/bin/tlsupd
build/asan/bin/tlsupd: $(call asan_objs,daemon/main.c) build/asan/lib/libtlsupd.a \
	build/asan/lib/libhs.a
build/asan/bin/tlsupd: private LDLIBS += $(TLSUPD_LIBS)

$(call objs,daemon/main.c $(TLSUPD_SRC)) $(call asan_objs,daemon/main.c $(TLSUPD_SRC)): \
	CPPFLAGS += -D_GNU_SOURCE $(call pkg_cflags,libnl-genl-3.0 inih libcrypto)

MAN += daemon/tlsupd.8 daemon/tlsupd.conf.5

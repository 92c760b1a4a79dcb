# engine: the handshake engine, libhs.a, and the same under the sanitisers for the tests.
HS_SRCS := $(wildcard daemon/engine/*.c)

LIBS += build/lib/libhs.a build/asan/lib/libhs.a
build/lib/libhs.a: $(call objs,$(HS_SRCS))
build/asan/lib/libhs.a: $(call asan_objs,$(HS_SRCS))

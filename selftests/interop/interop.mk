# selftests/interop: what the shell tests here need of their own.

TESTS += build/tests/interop/meddler
build/tests/interop/meddler: $(call objs,selftests/interop/meddler.c)
build/obj/selftests/interop/%.o: CPPFLAGS += -D_GNU_SOURCE

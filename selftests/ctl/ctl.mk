# selftests/ctl: the command line tool without a kernel.

TESTS += build/tests/ctl/format
build/tests/ctl/format: $(call objs,selftests/ctl/format.c $(CTL_SRC))
build/tests/ctl/format: private LDLIBS += $(call pkg_libs,libnl-genl-3.0 jansson)
build/obj/selftests/ctl/%.o: CPPFLAGS += -D_GNU_SOURCE $(call pkg_cflags,libnl-genl-3.0 jansson)

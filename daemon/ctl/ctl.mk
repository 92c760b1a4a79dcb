# daemon/ctl: the command line tool.

CTL_SRC := $(addprefix daemon/ctl/,names.c out.c address.c error.c netlink.c socket.c owner.c \
	show.c stats.c monitor.c upgrade.c relay.c session.c connect.c serve.c www.c) daemon/names.c

PROGRAMS += build/bin/tlsup
build/bin/tlsup: $(call objs,daemon/ctl/main.c $(CTL_SRC))
build/bin/tlsup: private LDLIBS += $(call pkg_libs,libnl-genl-3.0 jansson)
build/obj/daemon/ctl/%.o: CPPFLAGS += -D_GNU_SOURCE $(call pkg_cflags,libnl-genl-3.0 jansson)
build/asan/daemon/ctl/%.o: CPPFLAGS += -D_GNU_SOURCE $(call pkg_cflags,libnl-genl-3.0 jansson)

MAN += daemon/ctl/tlsup.8

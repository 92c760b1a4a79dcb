// SPDX-License-Identifier: Apache-2.0
/*
 * tlsupd: makes the handshakes that the kernel module tlsup asks for.
 *
 * main: owns the process: options, limits, signals, start, reload and end.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "daemon/agent.h"
#include "daemon/config.h"
#include "daemon/crypto_openssl.h"
#include "daemon/kept.h"
#include "daemon/keylog.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/notify.h"
#include "daemon/replay.h"
#include "daemon/server_sessions.h"
#include "daemon/sessions.h"
#include "daemon/tickets.h"

#ifndef TLSUP_VERSION
#define TLSUP_VERSION "unreleased"
#endif

/* Connections of which a certificate may be asked for later; each is about
 * ten kilobytes. */
#define KEPT_MAX	4096

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

struct daemon {
	const char		*config_path;	/* NULL: built in */
	bool			verbose;
	bool			no_wait;
	struct tlsup_config	*config;
	struct tlsup_shared	shared;
	struct tlsup_loop	*loop;
	struct tlsup_agent	*agent;
	struct tlsup_watch	signals;
	bool			ending;

	/* The files as they were when they were last read (or tried), and as
	 * they were when they were last looked at. */
	struct tlsup_timer	look;
	uint8_t			files_read[TLSUP_DIGEST];
	uint8_t			files_seen[TLSUP_DIGEST];
};

static const char usage[] =
	"usage: tlsupd [OPTION]...\n"
	"Makes the TLS handshakes that the kernel module tlsup asks for.\n"
	"\n"
	"  -c, --config FILE   configuration (default: " TLSUP_CONFIG_PATH ")\n"
	"  -t, --check-config  read the configuration and all that it names, say what\n"
	"                      is wrong with it, and exit\n"
	"  -f, --foreground    stay in the foreground (the default, and all there is)\n"
	"  -n, --no-wait       exit if the kernel module is not loaded\n"
	"  -v, --verbose       log-level = debug, whatever the configuration says\n"
	"  -V, --version       print the version and exit\n"
	"  -h, --help          print this and exit\n"
	"\n"
	"SIGHUP reads the configuration again; SIGTERM ends.\n";

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * 1000ull + t.tv_nsec / 1000000;
}

/* --- Configuration --- */

static void say_to_log(void *arg, bool error, const char *text)
{
	(void)arg;
	tlsup_log(error ? TLSUP_LOG_ERROR : TLSUP_LOG_WARNING, "%s", text);
}

static void say_to_terminal(void *arg, bool error, const char *text)
{
	(void)arg;
	fprintf(stderr, "%s: %s\n", error ? "error" : "warning", text);
}

static int check_config(const char *path)
{
	struct tlsup_diag diag = { .say = say_to_terminal };
	struct tlsup_config *config = tlsup_config_load(path, &diag);
	const struct tlsup_profile *p;
	unsigned int n = 0;

	if (!config) {
		fprintf(stderr, "%s: %u error%s\n", path ? path : "(built in)",
			diag.errors, diag.errors == 1 ? "" : "s");
		return 1;
	}
	for (p = config->profiles; p; p = p->next)
		n++;
	printf("%s: good: %u profile%s, %u warning%s\n",
	       path ? path : "(built in)", n, n == 1 ? "" : "s", diag.warnings,
	       diag.warnings == 1 ? "" : "s");
	tlsup_config_put(config);
	return 0;
}

static void apply_log_level(const struct daemon *d)
{
	tlsup_log_set_level(d->verbose ? TLSUP_LOG_DEBUG :
					 d->config->log_level);
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* The next look at the files, if there is to be one. */
static void look_again(struct daemon *d)
{
	if (d->config->reload_interval_ms)
		tlsup_loop_set_timer(d->loop, &d->look,
				     d->config->reload_interval_ms);
	else
		tlsup_loop_clear_timer(d->loop, &d->look);
}

static void reload(struct daemon *d)
{
	struct tlsup_diag diag = { .say = say_to_log };
	struct tlsup_config *fresh;
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	tlsup_notify("RELOADING=1\nMONOTONIC_USEC=%llu",
		     t.tv_sec * 1000000ull + t.tv_nsec / 1000);
	/* Before: what is written meanwhile is a change of its own. */
	tlsup_config_files(d->config, d->config_path, d->files_read);
	fresh = tlsup_config_load(d->config_path, &diag);
	if (!fresh) {
		tlsup_log(TLSUP_LOG_ERROR,
			  "the configuration is not taken: %u error%s; the old one stays",
			  diag.errors, diag.errors == 1 ? "" : "s");
		tlsup_notify("READY=1");
		return;
	}
	if (fresh->workers != d->config->workers ||
	    fresh->replay_cache != d->config->replay_cache ||
	    !same_text(fresh->keylog, d->config->keylog))
		tlsup_log(TLSUP_LOG_WARNING,
			  "workers, replay-cache and keylog change only when tlsupd is started");
	tlsup_config_put(d->config);
	d->config = fresh;
	tlsup_config_files(d->config, d->config_path, d->files_read);
	apply_log_level(d);
	look_again(d);
	tlsup_tickets_set_interval(d->shared.tickets,
				   fresh->ticket_key_interval);
	tlsup_sessions_set_max(d->shared.sessions, fresh->session_cache);
	tlsup_server_sessions_set_max(d->shared.server_sessions,
				      fresh->server_session_cache);
	tlsup_agent_set_config(d->agent, fresh);
	tlsup_log(TLSUP_LOG_NOTICE, "configuration read again");
	tlsup_notify("READY=1");
}

/* A file that was changed is read once it has stayed as it is from one look to
 * the next: a certificate and its key are two files, and written one by one. What
 * was read in vain is not read again until it changes. */
static void look(struct tlsup_timer *timer)
{
	struct daemon *d = container_of(timer, struct daemon, look);
	uint8_t now[TLSUP_DIGEST];
	bool settled;

	tlsup_config_files(d->config, d->config_path, now);
	settled = memcmp(now, d->files_seen, sizeof(now)) == 0;
	memcpy(d->files_seen, now, sizeof(now));
	look_again(d);
	if (d->ending || !settled ||
	    memcmp(now, d->files_read, sizeof(now)) == 0)
		return;
	tlsup_log(TLSUP_LOG_NOTICE,
		  "a file of the configuration has changed: reading all again");
	reload(d);
}

static void start_looking(struct daemon *d)
{
	d->look.fire = look;
	tlsup_config_files(d->config, d->config_path, d->files_seen);
	memcpy(d->files_read, d->files_seen, sizeof(d->files_read));
	look_again(d);
}

/* --- Signals --- */

static void drained(void *arg)
{
	struct daemon *d = arg;

	tlsup_loop_stop(d->loop);
}

static void end(struct daemon *d, int signal)
{
	if (d->ending) {
		tlsup_loop_stop(d->loop);	/* asked twice: at once */
		return;
	}
	d->ending = true;
	tlsup_log(TLSUP_LOG_NOTICE, "ending: %s", strsignal(signal));
	tlsup_notify("STOPPING=1");
	tlsup_agent_drain(d->agent, d->config->shutdown_timeout_ms, drained, d);
}

static void on_signal(struct tlsup_watch *watch, uint32_t events)
{
	struct daemon *d = container_of(watch, struct daemon, signals);
	struct signalfd_siginfo info;

	(void)events;
	while (read(watch->fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGHUP)
			end(d, info.ssi_signo);
		else if (!d->ending)
			reload(d);
	}
}

static int watch_signals(struct daemon *d)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	d->signals.ready = on_signal;
	d->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (d->signals.fd < 0)
		return -errno;
	return tlsup_loop_watch(d->loop, &d->signals, EPOLLIN);
}

/* --- Start --- */

/* Secrets stay in memory that nobody else reads and no disc keeps; and there
 * may be a descriptor for each handshake. */
static void protect_process(void)
{
	struct rlimit none = { 0, 0 }, files;
	struct rlimit locked = { RLIM_INFINITY, RLIM_INFINITY };

	if (prctl(PR_SET_DUMPABLE, 0) < 0 || setrlimit(RLIMIT_CORE, &none) < 0)
		tlsup_log(TLSUP_LOG_WARNING, "core dumps cannot be turned off");
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	/* Under a limit, locking what is to come would make malloc() fail. */
	if (setrlimit(RLIMIT_MEMLOCK, &locked) < 0 ||
	    mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0)
		tlsup_log(TLSUP_LOG_DEBUG, "memory may be swapped: %s",
			  strerror(errno));
}

static int open_shared(struct daemon *d)
{
	const struct tlsup_config *c = d->config;

	d->shared.now_ms = now_ms;
	d->shared.crypto = tlsup_crypto_openssl();
	d->shared.tickets = tlsup_tickets_new(c->ticket_key_interval);
	d->shared.sessions = tlsup_sessions_new(c->session_cache);
	d->shared.server_sessions =
		tlsup_server_sessions_new(c->server_session_cache);
	d->shared.replay = tlsup_replay_new(c->replay_cache);
	d->shared.kept = tlsup_kept_new(KEPT_MAX);
	if (!d->shared.crypto || !d->shared.tickets || !d->shared.sessions ||
	    !d->shared.server_sessions || !d->shared.replay ||
	    !d->shared.kept) {
		tlsup_log(TLSUP_LOG_ERROR,
			  "libcrypto lacks an algorithm, or memory is out");
		return -1;
	}
	if (!c->keylog)
		return 0;
	d->shared.keylog = tlsup_keylog_open(c->keylog);
	if (d->shared.keylog)
		return 0;
	tlsup_log(TLSUP_LOG_ERROR, "%s:%u: %s: %s", d->config_path,
		  c->keylog_line, c->keylog, strerror(errno));
	return -1;
}

static int start_agent(struct daemon *d)
{
	int r;

	d->agent = tlsup_agent_new(d->loop, &d->shared, d->config);
	if (!d->agent) {
		tlsup_log(TLSUP_LOG_ERROR, "cannot start: %s", strerror(errno));
		return -1;
	}
	r = tlsup_agent_start(d->agent);
	if (r == 0)
		return 0;
	if (r == -ENOENT)
		tlsup_log(d->no_wait ? TLSUP_LOG_ERROR : TLSUP_LOG_WARNING,
			  "the kernel module tlsup is not loaded%s",
			  d->no_wait ? "" : "; waiting for it");
	else
		tlsup_log(TLSUP_LOG_ERROR, "the kernel did not register us: %s",
			  r == -EPERM ? "CAP_NET_ADMIN is needed" :
					strerror(-r));
	/* Permission will not come by waiting. */
	if (d->no_wait || r == -EPERM)
		return -1;
	tlsup_notify("STATUS=Waiting for the kernel module tlsup.");
	return 0;
}

static void close_all(struct daemon *d)
{
	tlsup_agent_free(d->agent);
	tlsup_loop_free(d->loop);
	tlsup_keylog_close(d->shared.keylog);
	tlsup_sessions_free(d->shared.sessions);
	tlsup_kept_free(d->shared.kept);
	tlsup_server_sessions_free(d->shared.server_sessions);
	tlsup_replay_free(d->shared.replay);
	tlsup_tickets_free(d->shared.tickets);
	tlsup_config_put(d->config);
}

static int serve(struct daemon *d)
{
	struct tlsup_diag diag = { .say = say_to_log };
	int ret = 1;

	tlsup_log_set_journal(getenv("JOURNAL_STREAM") != NULL);
	protect_process();
	d->config = tlsup_config_load(d->config_path, &diag);
	if (!d->config)
		return 1;
	apply_log_level(d);
	d->loop = tlsup_loop_new();
	if (!d->loop || watch_signals(d) < 0) {
		tlsup_log(TLSUP_LOG_ERROR, "cannot start: %s", strerror(errno));
		goto out;
	}
	if (open_shared(d) < 0 || start_agent(d) < 0)
		goto out;
	start_looking(d);
	tlsup_notify("READY=1");
	tlsup_loop_run(d->loop);
	tlsup_log(TLSUP_LOG_NOTICE, "ended");
	ret = 0;
out:
	close_all(d);
	return ret;
}

/* The default file may be missing: there is a profile without it. A file that
 * was asked for may not. */
static const char *default_config(void)
{
	return access(TLSUP_CONFIG_PATH, F_OK) < 0 && errno == ENOENT ?
	       NULL : TLSUP_CONFIG_PATH;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check-config", no_argument, NULL, 't' },
		{ "foreground", no_argument, NULL, 'f' },
		{ "no-wait", no_argument, NULL, 'n' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct daemon d = { .config_path = default_config() };
	bool check = false;
	int option;

	while ((option = getopt_long(argc, argv, "c:tfnvVh", options,
				     NULL)) != -1) {
		switch (option) {
		case 'c':
			d.config_path = optarg;
			break;
		case 't':
			check = true;
			break;
		case 'f':
			break;
		case 'n':
			d.no_wait = true;
			break;
		case 'v':
			d.verbose = true;
			break;
		case 'V':
			printf("tlsupd %s\n", TLSUP_VERSION);
			return 0;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs("Try 'tlsupd --help'.\n", stderr);
			return 2;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "tlsupd: unexpected argument '%s'\n",
			argv[optind]);
		return 2;
	}
	return check ? check_config(d.config_path) : serve(&d);
}

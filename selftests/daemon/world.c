// SPDX-License-Identifier: Apache-2.0
/* world: makes a test's own directory with its certificates, and removes it. */
#include "selftests/daemon/world.h"

#include <sys/stat.h>
#include <time.h>

#include "daemon/config.h"
#include "daemon/credential.h"
#include "selftests/daemon/tap.h"

static char world[64];

char world_said[1024], world_all_said[8192];

static void say(void *arg, bool error, const char *text)
{
	size_t used = strlen(world_all_said);

	(void)arg;
	snprintf(world_said, sizeof(world_said), "%s%s",
		 error ? "" : "warning: ", text);
	snprintf(world_all_said + used, sizeof(world_all_said) - used, "%s\n",
		 world_said);
}

struct tlsup_diag world_diag = { .say = say };

static void world_end(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", world);
	if (system(command))
		note("%s is left", world);
}

void world_begin(const char *sets)
{
	char command[256];

	strcpy(world, "/tmp/tlsupd-test.XXXXXX");
	if (!mkdtemp(world)) {
		perror(world);
		exit(2);
	}
	atexit(world_end);
	snprintf(command, sizeof(command), "selftests/daemon/certs %s %s",
		 world, sets);
	if (system(command)) {
		fprintf(stderr, "certs failed\n");
		exit(2);
	}
	/* libcrypto reads the machine's own for as long as all else takes. */
	setenv("SSL_CERT_FILE", world_at("other.pem"), 1);
}

const char *world_at(const char *name)
{
	static char paths[8][128];
	static unsigned int n;
	char *path = paths[n++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", world, name);
	return path;
}

static void at_fault(const char *name)
{
	perror(name);
	exit(2);
}

size_t world_read(const char *name, void *out, size_t room)
{
	FILE *file = fopen(world_at(name), "r");
	size_t n;

	if (!file)
		at_fault(name);
	n = fread(out, 1, room, file);
	fclose(file);
	return n;
}

void world_write(const char *name, const char *text, unsigned int mode)
{
	FILE *file = fopen(world_at(name), "w");

	if (!file || fputs(text, file) < 0 || fclose(file) ||
	    chmod(world_at(name), mode) < 0)
		at_fault(name);
}

uint64_t world_now_ms(void)
{
	return time(NULL) * 1000ull;
}

void world_hush(void)
{
	world_said[0] = world_all_said[0] = 0;
	world_diag.errors = 0;
	world_diag.warnings = 0;
}

struct tlsup_credential *world_chain(const char *name)
{
	char file[64], key[64];
	struct tlsup_credential *c;

	world_hush();
	snprintf(file, sizeof(file), "%s.chain.pem", name);
	snprintf(key, sizeof(key), "%s.key", name);
	c = tlsup_credential_load(world_at(file), world_at(key), &world_diag);
	if (!c) {
		note("%s", world_all_said);
		exit(2);
	}
	return c;
}

struct tlsup_config *world_load(const char *text)
{
	world_hush();
	world_write("test.conf", text, 0600);
	return tlsup_config_load(world_at("test.conf"), &world_diag);
}

struct tlsup_config *world_config(const char *text)
{
	struct tlsup_config *config = world_load(text);

	if (!config) {
		note("%s", world_all_said);
		exit(2);
	}
	return config;
}

// SPDX-License-Identifier: Apache-2.0
/* world: makes a test's own directory with its certificates, and removes it. */
#include "selftests/daemon/world.h"

#include "daemon/config.h"
#include "selftests/daemon/tap.h"

static char world[64];

static void world_end(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", world);
	if (system(command))
		note("%s is left", world);
}

void world_begin(const char *which)
{
	char command[256];

	strcpy(world, "/tmp/tlsupd-test.XXXXXX");
	if (!mkdtemp(world)) {
		perror(world);
		exit(2);
	}
	atexit(world_end);
	snprintf(command, sizeof(command), "selftests/daemon/certs %s %s",
		 world, which);
	if (system(command)) {
		fprintf(stderr, "certs failed\n");
		exit(2);
	}
}

const char *world_at(const char *name)
{
	static char paths[8][128];
	static unsigned int n;
	char *path = paths[n++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", world, name);
	return path;
}

static void say(void *arg, bool error, const char *text)
{
	(void)arg;
	note("%s: %s", error ? "error" : "warning", text);
}

struct tlsup_config *world_config(const char *text)
{
	struct tlsup_diag diag = { .say = say };
	struct tlsup_config *config;
	FILE *file = fopen(world_at("test.conf"), "w");

	if (!file || fputs(text, file) < 0 || fclose(file))
		exit(2);
	config = tlsup_config_load(world_at("test.conf"), &diag);
	if (!config)
		exit(2);
	return config;
}

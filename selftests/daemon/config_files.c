// SPDX-License-Identifier: Apache-2.0
/*
 * config_files: files of a configuration that are odd, missing, somebody else's, or have
 * changed since they were read.
 */
#include "daemon/config.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/keylog.h"
#include "selftests/daemon/tap.h"
#include "selftests/daemon/world.h"

#define KEY16	"00112233445566778899aabbccddeeff"

/* What no string can be. */
static struct tlsup_config *load_bytes(const char *bytes, size_t len)
{
	FILE *file = fopen(world_at("test.conf"), "w");

	if (!file || fwrite(bytes, 1, len, file) != len || fclose(file))
		exit(2);
	world_hush();
	return tlsup_config_load(world_at("test.conf"), &world_diag);
}

static unsigned int lines_said(void)
{
	unsigned int n = 0;

	for (const char *p = world_all_said; *p; p++)
		n += *p == '\n';
	return n;
}

static void test_odd_files(void)
{
	char line[4096], *text = line;
	struct tlsup_config *c;

	c = world_load("");
	ok(c && !world_diag.errors, "an empty file is the default");
	tlsup_config_put(c);
	c = tlsup_config_load(NULL, &world_diag);
	ok(c && tlsup_config_profile(c, "", 0), "and so is none");
	tlsup_config_put(c);
	ok(!load_bytes("[tlsupd]\nworkers = 1\0\n", 22) &&
	   strstr(world_all_said, "test.conf:2: a NUL byte"), "a NUL byte");
	text += sprintf(text, "[tlsupd]\nlog-level = ");
	memset(text, 'x', 2000);
	strcpy(text + 2000, "\nbogus = 1\n");
	ok(!world_load(line) &&
	   strstr(world_all_said, "test.conf:2: longer than ") &&
	   strstr(world_all_said, "test.conf:3: unknown key 'bogus'"),
	   "a line that is too long does not shift the others");
	ok(!world_load("[tlsupd]\nworkers = 0\nbogus = 1\n[profile p]\ntickets = x\n") &&
	   world_diag.errors == 3 && lines_said() == 3,
	   "every error is told");
	world_hush();
	ok(!tlsup_config_load("/nowhere/tlsupd.conf", &world_diag) &&
	   strstr(world_all_said, "/nowhere/tlsupd.conf: No such file"),
	   "a file that is missing");
	c = world_load("[tlsupd]\nkeylog = keys\n");
	ok(c && world_diag.warnings &&
	   strstr(world_all_said, "test.conf:2: the secrets of every"),
	   "a key log is warned of");
	ok(c && c->keylog && strstr(c->keylog, world_at("")),
	   "a path is relative to the file that names it");
	tlsup_config_put(c);
}

static void test_keylog(void)
{
	struct tlsup_keylog *k = tlsup_keylog_open(world_at("keys"));
	struct stat st;

	ok(k && !stat(world_at("keys"), &st) && (st.st_mode & 0777) == 0600,
	   "a key log is its owner's alone");
	tlsup_keylog_close(k);
	ok(!mkfifo(world_at("fifo"), 0600) && !tlsup_keylog_open(world_at("fifo")),
	   "what is no file is none, and is not waited for");
	world_write("theirs", "", 0600);
	ok(!chown(world_at("theirs"), 4711, 4711) &&
	   !tlsup_keylog_open(world_at("theirs")) && errno == EPERM,
	   "nor is a file that somebody else put there");
}

/* Is the digest of the files another one? Then it is the one to compare with. */
static bool changed(struct tlsup_config *c, uint8_t last[TLSUP_DIGEST])
{
	uint8_t now[TLSUP_DIGEST];
	bool other;

	tlsup_config_files(c, world_at("test.conf"), now);
	other = memcmp(now, last, sizeof(now)) != 0;
	memcpy(last, now, sizeof(now));
	return other;
}

static void test_files(void)
{
	static const char text[] =
		"[profile web]\n"
		"certificate = good.pem\nkey = good.key\n"
		"trust = anchors\ntrust = root.pem\ntrust = system\n"
		"client-psk-file = psk\n";
	struct tlsup_config *c = world_load(text);
	uint8_t last[TLSUP_DIGEST] = { 0 };
	char was[512], is[512];

	ok(changed(c, last) && !changed(c, last),
	   "files that nobody touched are the same");
	world_write("test.conf", "# x\n", 0600);
	ok(changed(c, last) && !changed(c, last), "the configuration itself");
	world_write("anchors/new.crt", "", 0600);
	ok(changed(c, last) && !changed(c, last), "one more in a directory");
	world_write("psk", "two:" KEY16, 0600);
	ok(changed(c, last) && !changed(c, last), "a file of keys");
	strcpy(was, world_at("good.key"));
	strcpy(is, world_at("moved.key"));
	ok(!rename(was, is) && changed(c, last) && !changed(c, last),
	   "a file that is gone");
	ok(!symlink(is, was) && changed(c, last) && !changed(c, last),
	   "one behind a link");
	ok(!chmod(is, 0640) && changed(c, last), "its mode");
	world_write("elsewhere", "", 0600);
	ok(!changed(c, last), "others do not count");
	tlsup_config_put(c);
}

int main(void)
{
	world_begin("chains");
	world_write("psk", "one:" KEY16 "\n", 0600);
	test_odd_files();
	test_keylog();
	test_files();
	return finish();
}

// SPDX-License-Identifier: Apache-2.0
/*
 * config_files: owns the question whether a file that a configuration rests on
 * has changed: what stat(2) says of them all, as one digest. Symbolic links are
 * followed, so that a link that is pointed elsewhere is a change, too.
 */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/config.h"

/* The part of struct stat that another content changes. */
struct mark {
	dev_t		dev;
	ino_t		ino;
	off_t		size;
	struct timespec	modified, changed;
};

/* Next digest: of the one so far and of what is at path. */
static void add(uint8_t digest[TLSUP_DIGEST], const char *path,
		struct stat *st)
{
	struct mark mark;
	const struct hs_bytes parts[] = {
		{ digest, TLSUP_DIGEST },
		{ (const uint8_t *)&mark, sizeof(mark) },
	};

	memset(&mark, 0, sizeof(mark));
	memset(st, 0, sizeof(*st));
	if (stat(path, st) == 0) {
		mark.dev = st->st_dev;
		mark.ino = st->st_ino;
		mark.size = st->st_size;
		mark.modified = st->st_mtim;
		mark.changed = st->st_ctim;
	}
	tlsup_digest(parts, 2, digest);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void add_path(uint8_t digest[TLSUP_DIGEST],
		     const struct tlsup_config_path *path)
{
	struct dirent **entries;
	char file[PATH_MAX];
	struct stat st;
	int i, n;

	if (!path->path)
		return;
	add(digest, path->path, &st);
	if (!S_ISDIR(st.st_mode))
		return;
	n = scandir(path->path, &entries, is_visible, alphasort);
	for (i = 0; i < n; i++) {
		snprintf(file, sizeof(file), "%s/%s", path->path,
			 entries[i]->d_name);
		add(digest, file, &st);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

static void add_paths(uint8_t digest[TLSUP_DIGEST],
		      const struct tlsup_config_paths *paths)
{
	size_t i;

	for (i = 0; i < paths->n; i++)
		add_path(digest, &paths->at[i]);
}

static void add_chains(uint8_t digest[TLSUP_DIGEST],
		       const struct tlsup_config_chains *chains)
{
	size_t i;

	for (i = 0; i < chains->n; i++) {
		add_path(digest, &chains->at[i].certificate);
		add_path(digest, &chains->at[i].key);
		add_path(digest, &chains->at[i].ocsp);
		add_path(digest, &chains->at[i].sct);
	}
}

void tlsup_config_files(const struct tlsup_config *config, const char *path,
			uint8_t digest[TLSUP_DIGEST])
{
	const char *system_file, *system_directory;
	const struct tlsup_profile *p;
	struct stat st;

	memset(digest, 0, TLSUP_DIGEST);
	if (path)
		add(digest, path, &st);
	/* Its hundreds of files are links that are made anew. */
	tlsup_trust_system_paths(&system_file, &system_directory);
	add(digest, system_file, &st);
	add(digest, system_directory, &st);
	for (p = config->profiles; p; p = p->next) {
		add_chains(digest, &p->chains);
		add_chains(digest, &p->client_chains);
		add_paths(digest, &p->trust_paths);
		add_paths(digest, &p->client_trust_paths);
		add_paths(digest, &p->crl_paths);
		add_path(digest, &p->client_psk_file);
		add_path(digest, &p->server_psk_file);
	}
}

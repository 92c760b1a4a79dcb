// SPDX-License-Identifier: Apache-2.0
/*
 * Who holds a socket. The family tells the socket's cookie; inet_diag tells
 * the inode that goes with a cookie; /proc tells who has the inode open.
 */
#include "daemon/ctl/owner.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netlink/msg.h>
#include <netlink/netlink.h>

#include "daemon/ctl/socket.h"

#define ALL_TCP_STATES 0xffffffff

struct search {
	struct tlsup_socket *sockets;
	unsigned int *inodes;	/* of sockets[i]; 0: not known */
	size_t count;
	size_t left;		/* with an inode, without a process */
};

static int on_socket(struct nl_msg *msg, void *arg)
{
	const struct inet_diag_msg *diag = nlmsg_data(nlmsg_hdr(msg));
	struct search *search = arg;
	uint64_t cookie;
	size_t i;

	if (nlmsg_datalen(nlmsg_hdr(msg)) < (int)sizeof(*diag))
		return NL_SKIP;
	cookie = diag->id.idiag_cookie[0] |
		 (uint64_t)diag->id.idiag_cookie[1] << 32;
	for (i = 0; i < search->count; i++) {
		if (search->sockets[i].cookie != cookie || !diag->idiag_inode)
			continue;
		search->inodes[i] = diag->idiag_inode;
		search->left++;
	}
	return NL_OK;
}

static void find_inodes(struct search *search, uint8_t family)
{
	struct inet_diag_req_v2 request = {
		.sdiag_family = family,
		.sdiag_protocol = IPPROTO_TCP,
		.idiag_states = ALL_TCP_STATES,
	};
	struct nl_sock *sock = nl_socket_alloc();

	if (!sock || nl_connect(sock, NETLINK_SOCK_DIAG))
		goto out;
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, on_socket, search);
	if (nl_send_simple(sock, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &request,
			   sizeof(request)) >= 0)
		nl_recvmsgs_default(sock);
out:
	nl_socket_free(sock);
}

static void read_name(int proc, const char *pid, struct tlsup_socket *socket)
{
	char path[NAME_MAX + 8];
	ssize_t len;
	int fd;

	socket->pid = atoi(pid);
	snprintf(path, sizeof(path), "%s/comm", pid);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	len = read(fd, socket->process, sizeof(socket->process) - 1);
	socket->process[len > 0 ? len : 0] = '\0';
	socket->process[strcspn(socket->process, "\n")] = '\0';
	close(fd);
}

static void match(struct search *search, int proc, const char *pid,
		  unsigned int inode)
{
	size_t i;

	for (i = 0; i < search->count; i++) {
		if (search->inodes[i] != inode || search->sockets[i].pid)
			continue;
		read_name(proc, pid, &search->sockets[i]);
		search->left--;
	}
}

static void search_process(struct search *search, int proc, const char *pid)
{
	char path[NAME_MAX + 8], link[64];
	struct dirent *entry;
	unsigned int inode;
	ssize_t len;
	DIR *dir;
	int fd;

	snprintf(path, sizeof(path), "%s/fd", pid);
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	while (dir && (entry = readdir(dir))) {
		len = readlinkat(fd, entry->d_name, link, sizeof(link) - 1);
		link[len > 0 ? len : 0] = '\0';
		if (sscanf(link, "socket:[%u]", &inode) == 1)
			match(search, proc, pid, inode);
	}
	if (dir)
		closedir(dir);
}

static void search_processes(struct search *search)
{
	struct dirent *entry;
	DIR *proc = opendir("/proc");

	while (proc && search->left && (entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			search_process(search, dirfd(proc), entry->d_name);
	if (proc)
		closedir(proc);
}

void tlsup_owner_find(struct tlsup_socket *sockets, size_t count)
{
	struct search search = { .sockets = sockets, .count = count };

	search.inodes = calloc(count, sizeof(*search.inodes));
	if (!search.inodes)
		return;
	find_inodes(&search, AF_INET);
	find_inodes(&search, AF_INET6);
	if (search.left)
		search_processes(&search);
	free(search.inodes);
}

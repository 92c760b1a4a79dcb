// SPDX-License-Identifier: GPL-2.0-only
/* Stand-ins while the hand-off is being written; goes with the last of it. */
#include "context.h"
#include "post.h"
#include "stats.h"
#include "upgrade.h"

int tlsup_upgrade_init(void) { return 0; }
void tlsup_upgrade_exit(void) { }
int tlsup_upgrade_gate(struct sock *sk, int flags, bool sending) { return -EINVAL; }
int tlsup_upgrade_connected(struct sock *sk, int flags, int base_result) { return base_result; }
void tlsup_upgrade_accepted(struct sock *child) { }
void tlsup_upgrade_clone(struct tlsup_context *child, const struct tlsup_context *listener, gfp_t gfp) { }
void tlsup_upgrade_state_change(struct sock *sk) { }
void tlsup_upgrade_wake_channel(struct sock *sk) { }
void tlsup_upgrade_close(struct sock *sk) { }
void tlsup_upgrade_free(struct tlsup_context *ctx) { }
int tlsup_options_set(struct sock *sk, int optname, sockptr_t optval, unsigned int optlen) { return -ENOPROTOOPT; }
int tlsup_options_get(struct sock *sk, int optname, char __user *optval, int __user *optlen) { return -ENOPROTOOPT; }
int tlsup_post_record(struct sock *sk, u8 type, const u8 *data, size_t len) { return 0; }
int tlsup_post_data(struct sock *sk) { return 0; }
void tlsup_post_receive_error(struct sock *sk, int err) { tlsup_context_fail(sk, err); }
int tlsup_post_truncated(struct sock *sk) { return -ECONNRESET; }
void tlsup_post_close_notify(struct sock *sk) { }
int tlsup_post_key_update(struct sock *sk, u8 request) { return 0; }
void tlsup_post_retry(struct sock *sk) { }
void tlsup_stats_add(struct net *net, enum tlsup_stat stat, s64 n) { }

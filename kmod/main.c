// SPDX-License-Identifier: GPL-2.0-only
/* Loading and unloading: who starts before whom. */
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <net/tcp.h>

#include "context.h"
#include "stats.h"
#include "ulp.h"
#include "upgrade.h"

static int __init tlsup_init(void)
{
	int err;

	err = tlsup_context_init();
	if (err)
		return err;
	err = tlsup_upgrade_init();
	if (err)
		goto exit_context;
	err = tlsup_ulp_init();
	if (err)
		goto exit_upgrade;
	return 0;

exit_upgrade:
	tlsup_upgrade_exit();
exit_context:
	tlsup_context_exit();
	return err;
}

static void __exit tlsup_exit(void)
{
	tlsup_ulp_exit();
	/*
	 * The last socket's module_put() may have been made by TCP under our
	 * own close(), which still has to return: wait until every task has
	 * left the code that it is in.
	 */
	synchronize_rcu_tasks();
	tlsup_upgrade_exit();
	tlsup_context_exit();
}

module_init(tlsup_init);
module_exit(tlsup_exit);

MODULE_DESCRIPTION("TLS for ordinary TCP sockets");
MODULE_LICENSE("GPL");
MODULE_ALIAS_TCP_ULP("tlsup");

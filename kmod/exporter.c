// SPDX-License-Identifier: GPL-2.0-only
/* exporter: owns TLSUP_EXPORTER: reads what is asked for, checks it, and gives
 * out what the exporter secret makes of it. */

#include <linux/build_bug.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <net/sock.h>

#include "context.h"
#include "exporter.h"
#include "kdf.h"
#include "session.h"

static_assert(sizeof(struct tlsup_exporter) == 8);

/* RFC 5705 4: what the PRF makes with these is, or is near, the connection's
 * own keys. */
static const char * const reserved_labels[] = {
	"client finished", "server finished", "master secret",
	"extended master secret", "key expansion",
};

static bool valid_label(const u8 *label, size_t len)
{
	size_t i;

	if (!len || len > TLSUP_EXPORTER_LABEL_MAX)
		return false;
	for (i = 0; i < len; i++)
		if (label[i] < ' ' || label[i] >= 0x7f)
			return false;
	for (i = 0; i < ARRAY_SIZE(reserved_labels); i++)
		if (len == strlen(reserved_labels[i]) &&
		    !memcmp(label, reserved_labels[i], len))
			return false;
	return true;
}

static bool valid_head(const struct tlsup_exporter *head, int room)
{
	return !(head->flags & ~TLSUP_EXPORTER_CONTEXT) &&
	       (head->flags || !head->context_length) &&
	       head->length && head->length <= TLSUP_EXPORTER_MAX &&
	       head->length <= room &&
	       head->label_length <= TLSUP_EXPORTER_LABEL_MAX &&
	       head->context_length <= TLSUP_EXPORTER_CONTEXT_MAX &&
	       sizeof(*head) + head->label_length + head->context_length <= room;
}

/* The whole question in memory of ours, or an ERR_PTR. kfree(). */
static struct tlsup_exporter *read_question(char __user *optval, int room)
{
	struct tlsup_exporter head, *question;
	size_t size;

	if (room < (int)sizeof(head))
		return ERR_PTR(-EINVAL);
	if (copy_from_user(&head, optval, sizeof(head)))
		return ERR_PTR(-EFAULT);
	if (!valid_head(&head, room))
		return ERR_PTR(-EINVAL);
	size = head.label_length + head.context_length;
	question = kmalloc(sizeof(head) + size, GFP_KERNEL);
	if (!question)
		return ERR_PTR(-ENOMEM);
	*question = head;
	if (!copy_from_user(question->bytes, optval + sizeof(head), size)) {
		if (valid_label(question->bytes, head.label_length))
			return question;
		kfree(question);
		return ERR_PTR(-EINVAL);
	}
	kfree(question);
	return ERR_PTR(-EFAULT);
}

/* Socket locked. */
static int export(const struct sock *sk, const struct tlsup_exporter *question,
		  u8 *out)
{
	const struct tlsup_context *ctx = tlsup_context(sk);
	const struct tlsup_upgrade *u = ctx ? ctx->upgrade : NULL;
	struct tlsup_kdf_bytes label = { question->bytes, question->label_length };
	struct tlsup_kdf_bytes context = {
		question->flags ? question->bytes + question->label_length : NULL,
		question->context_length,
	};

	if (!ctx)
		return -ENOTCONN;
	if (ctx->mode == TLSUP_MODE_KTLS)
		return -EBUSY;
	if (ctx->error)
		return ctx->error;
	if (!u || !u->done)
		return -ENOTCONN;
	if (!u->exporter)
		return -ENODATA;
	return tlsup_kdf_export(ctx->tx.cipher, u->version,
				(struct tlsup_kdf_bytes){ u->exporter,
							  u->exporter_len },
				label, context, out, question->length);
}

int tlsup_exporter_get(struct sock *sk, char __user *optval, int __user *optlen)
{
	struct tlsup_exporter *question;
	int room, err = -ENOMEM;
	u8 *out;

	if (get_user(room, optlen))
		return -EFAULT;
	question = read_question(optval, room);
	if (IS_ERR(question))
		return PTR_ERR(question);
	out = kmalloc(question->length, GFP_KERNEL);
	if (out) {
		lock_sock(sk);
		err = export(sk, question, out);
		release_sock(sk);
	}
	if (!err && (put_user((int)question->length, optlen) ||
		     copy_to_user(optval, out, question->length)))
		err = -EFAULT;
	kfree_sensitive(out);
	kfree(question);
	return err;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Older kernels in the shape of the newest: the only file that names a kernel
 * version. Code elsewhere is written for the newest kernel.
 */
#ifndef TLSUP_COMPAT_H
#define TLSUP_COMPAT_H

#include <linux/version.h>
#include <linux/bvec.h>
#include <linux/mm.h>
#include <linux/net.h>
#include <linux/tls.h>
#include <linux/uio.h>
#include <net/tcp.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

/* 6.19 (<linux/tls.h>). */
#ifndef TLS_TX_MAX_PAYLOAD_LEN
#define TLS_TX_MAX_PAYLOAD_LEN	5
#endif

/* 6.10 put accept()'s flags into a struct. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define TLSUP_ACCEPT_PARAMS	struct proto_accept_arg *arg
#define TLSUP_ACCEPT_ARGS	arg
#else
#define TLSUP_ACCEPT_PARAMS	int flags, bool kern
#define TLSUP_ACCEPT_ARGS	flags, kern
#endif

/* 6.5 made proto.ioctl answer into kernel memory, and sendpage a flag of
 * sendmsg (MSG_SPLICE_PAGES). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)

#define TLSUP_IOCTL_PARAM	int *karg
#define TLSUP_IOCTL_ARG		karg
#define tlsup_ioctl_answer(n)	({ *karg = (n); 0; })

/* Give pages to TCP, by reference: the number of bytes it took or an errno. */
static inline int tlsup_tcp_push(struct sock *sk, const struct bio_vec *vec,
				 unsigned int nr, size_t bytes, int flags)
{
	struct msghdr msg = { .msg_flags = flags | MSG_SPLICE_PAGES };

	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, vec, nr, bytes);
	return tcp_sendmsg_locked(sk, &msg, bytes);
}

#else

#define TLSUP_HAVE_SENDPAGE
#define TLSUP_IOCTL_PARAM	unsigned long uarg
#define TLSUP_IOCTL_ARG		uarg
#define tlsup_ioctl_answer(n)	put_user((n), (int __user *)uarg)

static inline int tlsup_tcp_push(struct sock *sk, const struct bio_vec *vec,
				 unsigned int nr, size_t bytes, int flags)
{
	int done = 0;

	while (nr--) {
		int more = nr ? MSG_SENDPAGE_NOTLAST : 0;
		int ret = do_tcp_sendpages(sk, vec->bv_page, vec->bv_offset,
					   vec->bv_len, flags | more);

		if (ret <= 0)
			return done ? done : ret;
		done += ret;
		if (ret < vec->bv_len)
			break;
		vec++;
	}
	return done;
}

#endif

/*
 * The pages behind the next bytes of an iterator, which is advanced by what is
 * returned. *refs tells whether each page must be put: memory of the kernel
 * itself is lent for the length of the call. 6.3 was the first to find the
 * pages of a kvec; before, -EOPNOTSUPP and the caller copies.
 */
static inline ssize_t tlsup_iter_pages(struct iov_iter *iter,
				       struct page **pages, size_t size,
				       unsigned int nr, size_t *offset,
				       bool *refs)
{
	*refs = true;
	if (user_backed_iter(iter))
		return iov_iter_get_pages2(iter, pages, size, nr, offset);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	*refs = false;
	return iov_iter_extract_pages(iter, &pages, size, nr, 0, offset);
#else
	if (iov_iter_is_bvec(iter))
		return iov_iter_get_pages2(iter, pages, size, nr, offset);
	return -EOPNOTSUPP;
#endif
}

#endif /* TLSUP_COMPAT_H */

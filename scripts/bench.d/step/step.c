// SPDX-License-Identifier: GPL-2.0-only
/*
 * step: times sending and receiving on a pair of sockets, from within a User Mode Linux kernel.
 *
 * A system call costs 15 us there, so the loop over sendmsg and recvmsg runs in one ioctl.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <linux/uio.h>

#include "step.h"

#ifndef CONFIG_UML
#error "step reads the clock of the host thread that it runs on: User Mode Linux only"
#endif

#define WARM_UP			8
#define HOST_CLOCK_GETTIME	228L
#define HOST_THREAD_CPUTIME	3L

struct step {
	struct step_request *request;
	struct socket *tx;
	struct socket *rx;
	void *source;		/* kernel buffers, or NULL */
	void *sink;
};

/* CPU time of the host thread that is this kernel's processor: other load is not in it. */
static u64 cpu_time(void)
{
	struct { long seconds, nanoseconds; } now;
	long result;

	asm volatile("syscall"
		     : "=a"(result)
		     : "0"(HOST_CLOCK_GETTIME), "D"(HOST_THREAD_CPUTIME), "S"(&now)
		     : "rcx", "r11", "memory");
	return now.seconds * 1000000000ULL + now.nanoseconds;
}

static void iterate(struct msghdr *msg, struct kvec *vec, unsigned int direction,
		    void *kernel, u64 user, u32 size)
{
	if (kernel) {
		vec->iov_base = kernel;
		vec->iov_len = size;
		iov_iter_kvec(&msg->msg_iter, direction, vec, 1, size);
	} else {
		iov_iter_ubuf(&msg->msg_iter, direction, u64_to_user_ptr(user), size);
	}
}

/* Bytes sent: a batch, or what the socket took of it. */
static ssize_t send_batch(struct step *s)
{
	struct step_request *q = s->request;
	size_t sent = 0;
	int n;

	while (sent < q->batch) {
		struct msghdr msg = { .msg_flags = MSG_DONTWAIT };
		struct kvec vec;

		iterate(&msg, &vec, ITER_SOURCE, s->source, q->source, q->write_size);
		n = sock_sendmsg(s->tx, &msg);
		if (n == -EAGAIN && sent)
			break;
		if (n < 0)
			return n;
		sent += n;
		q->writes++;
		if (n < q->write_size)
			break;
	}
	return sent;
}

static int receive_batch(struct step *s, size_t sent)
{
	struct step_request *q = s->request;
	size_t got = 0;
	int n;

	while (got < sent) {
		struct msghdr msg = {};
		struct kvec vec;

		iterate(&msg, &vec, ITER_DEST, s->sink, q->sink, q->read_size);
		n = sock_recvmsg(s->rx, &msg, 0);
		if (n <= 0)
			return n ?: -EPIPE;
		got += n;
		q->reads++;
	}
	return 0;
}

static int step(struct step *s)
{
	struct step_request *q = s->request;
	u64 start, between, end, until = 0;
	int err, warm = WARM_UP;
	ssize_t sent;

	do {
		start = cpu_time();
		sent = send_batch(s);
		if (sent < 0)
			return sent;
		between = cpu_time();
		err = receive_batch(s, sent);
		if (err)
			return err;
		end = cpu_time();
		if (warm) {
			q->writes = 0;
			q->reads = 0;
			until = end + q->cpu_ms * 1000000ULL;
			warm--;
			continue;
		}
		q->tx_ns += between - start;
		q->rx_ns += end - between;
		q->bytes += sent;
	} while (warm || end < until);
	return 0;
}

static int step_buffers(struct step *s)
{
	struct step_request *q = s->request;
	int err = -ENOMEM;

	if (q->source)
		return step(s);
	s->source = kvzalloc(q->write_size, GFP_KERNEL);
	s->sink = kvzalloc(q->read_size, GFP_KERNEL);
	if (s->source && s->sink)
		err = step(s);
	kvfree(s->source);
	kvfree(s->sink);
	return err;
}

static int step_sockets(struct step_request *q)
{
	struct step s = { .request = q };
	int err;

	s.tx = sockfd_lookup(q->tx, &err);
	if (!s.tx)
		return err;
	s.rx = sockfd_lookup(q->rx, &err);
	if (s.rx) {
		err = step_buffers(&s);
		sockfd_put(s.rx);
	}
	sockfd_put(s.tx);
	return err;
}

static long step_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct step_request q;
	int err;

	if (command != STEP_RUN)
		return -ENOTTY;
	if (copy_from_user(&q, (void __user *)argument, sizeof(q)))
		return -EFAULT;
	if (!q.write_size || !q.read_size || !q.batch || !q.source != !q.sink)
		return -EINVAL;
	q.bytes = 0;
	q.tx_ns = 0;
	q.rx_ns = 0;
	q.writes = 0;
	q.reads = 0;
	err = step_sockets(&q);
	if (!err && copy_to_user((void __user *)argument, &q, sizeof(q)))
		err = -EFAULT;
	return err;
}

static const struct file_operations step_operations = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = step_ioctl,
};

static struct miscdevice step_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "tlsup-step",
	.fops = &step_operations,
	.mode = 0600,
};

module_misc_device(step_device);

MODULE_DESCRIPTION("Stepwise timing of a pair of sockets");
MODULE_LICENSE("GPL");

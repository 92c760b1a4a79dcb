/* SPDX-License-Identifier: GPL-2.0-only */
/* frame.h: no frames in assembly functions, since User Mode Linux has no unwinder to please. */
#define FRAME_BEGIN
#define FRAME_END
#define FRAME_OFFSET 0
